/** Commands that move bytes of a medium: piece by piece, so that even the longest needs little memory. */
import type { Drive } from './drive.ts';
import type { IderTransfer } from './events.ts';
import { DataFrames, type ReplyShape } from './frames.ts';
import type { IderMessage } from './messages.ts';
import type { DriveUnit } from './replies.ts';

/** One drive and what it is busy with. */
export interface Lane {
  readonly drive: Drive;
  /** How its answers name it. */
  readonly device: number;
  transfer: Transfer | undefined;
  /** Commands that came before the one under way was over; a host in order sends none. */
  readonly waiting: Extract<IderMessage, { type: 'CommandWritten' }>[];
}

/** Most frames that are filled and sent at once: 256 KiB at the usual size. */
const MAX_FRAMES = 32;

/** Most bytes that are collected before they are written. */
const MAX_WRITE = 64 * 1024;

/** One command that reads or writes a range. */
export class Transfer {
  readonly kind: 'read' | 'write';
  readonly lane: Lane;
  readonly shape: ReplyShape;
  /** Most data in one message. */
  readonly size: number;
  /** The piece under way. */
  piece: Piece | undefined;
  #offset: number;
  #left: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #collected = 0;
  #missing = 0;

  constructor(
    kind: 'read' | 'write',
    lane: Lane,
    shape: ReplyShape,
    size: number,
    { offset, length }: { readonly offset: number; readonly length: number },
  ) {
    this.kind = kind;
    this.lane = lane;
    this.shape = shape;
    this.size = size;
    this.#offset = offset;
    this.#left = length;
  }

  /** The next piece to read. @param spare memory that may be used for it */
  read(spare: DataFrames | undefined): Piece {
    const needed = Math.min(MAX_FRAMES, Math.ceil(this.#left / this.size));
    const fits = spare !== undefined && spare.size === this.size && spare.count >= needed;
    const frames = fits ? spare : new DataFrames(this.size, Math.min(MAX_FRAMES, powerOfTwo(needed)));
    const length = Math.min(this.#left, needed * this.size);
    return new Piece(this, this.#offset, length, frames.parts(length), frames);
  }

  /** Makes room for the next piece the host writes. */
  collectNext(): void {
    this.#buffer = new Uint8Array(Math.min(MAX_WRITE, this.#left));
    this.#collected = 0;
  }

  /** Bytes the host was asked for and did not send yet. */
  get missing(): number {
    return this.#missing;
  }

  /** How much to ask the host for next; 0 when the piece is whole. */
  ask(): number {
    this.#missing = Math.min(this.size, this.#buffer.length - this.#collected);
    return this.#missing;
  }

  /** The host sent some of it. */
  collect(data: Uint8Array): void {
    this.#buffer.set(data, this.#collected);
    this.#collected += data.length;
    this.#missing -= data.length;
  }

  /** What was collected, to be written. */
  collected(): Piece {
    return new Piece(this, this.#offset, this.#buffer.length, [this.#buffer], undefined);
  }

  /** The piece under way is done. True when it was the last. */
  advance(): boolean {
    const { length = 0 } = this.piece ?? {};
    this.piece = undefined;
    this.#offset += length;
    this.#left -= length;
    return this.#left === 0;
  }
}

/** A piece of a transfer, and the memory that its parts are in. */
class Piece implements IderTransfer {
  readonly kind: 'read' | 'write';
  readonly unit: DriveUnit;
  readonly offset: number;
  readonly length: number;
  readonly parts: readonly Uint8Array[];
  readonly frames: DataFrames | undefined;

  constructor(
    { kind, lane }: Transfer,
    offset: number,
    length: number,
    parts: readonly Uint8Array[],
    frames: DataFrames | undefined,
  ) {
    this.kind = kind;
    this.unit = lane.drive.unit;
    this.offset = offset;
    this.length = length;
    this.parts = parts;
    this.frames = frames;
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
