/**
 * The host's commands and what becomes of them: one at a time for each drive, data of one command at a time for both, so
 * that replies stand in the order of their commands and are never mixed. Every command gets an answer. [IDER §3]
 */
import type { Inbox } from '../../bytes/inbox.ts';
import { ProtocolError } from '../../errors.ts';
import { Drive } from './drive.ts';
import type { IderEvent, IderTransfer } from './events.ts';
import type { DataFrames } from './frames.ts';
import { IderDevice, type IderMessage } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { DriveUnit, Medium } from './replies.ts';
import { SENSE, type Sense } from './scsi.ts';
import { type Lane, Transfer } from './transfer.ts';

/** What the firmware takes and sends at once, in bytes of data. */
export interface Link {
  readonly readBuffer: number;
  readonly writeBuffer: number;
}

type Command = Extract<IderMessage, { type: 'CommandWritten' }>;

/** The commands of one session. */
export class Commands {
  readonly #out: Outbox;
  readonly #lanes: Readonly<Record<DriveUnit, Lane>>;
  #link: Link = { readBuffer: 0, writeBuffer: 0 };
  #count = 0;
  /** Transfers in the order of their commands; the first is under way. */
  readonly #transfers: Transfer[] = [];
  /** Bytes of the present IderDataFromHost that did not come yet, and whose they are. */
  #incoming = 0;
  #receiver: Transfer | undefined;
  /** A write was given up: what the host still sends of it is thrown away. */
  #forgetful = false;
  /** Memory of the last reply, and whether that has left it. */
  #frames: DataFrames | undefined;
  readonly #sent: () => boolean;

  constructor(out: Outbox, media: Readonly<Partial<Record<DriveUnit, Medium>>>, sent: () => boolean) {
    this.#out = out;
    this.#sent = sent;
    this.#lanes = { cd: lane('cd', media.cd), floppy: lane('floppy', media.floppy) };
  }

  /** Commands so far. */
  get count(): number {
    return this.#count;
  }

  /** The firmware announced its buffers. @throws ProtocolError when they hold nothing */
  connect({ readBuffer, writeBuffer }: Link): void {
    if (readBuffer < 2 || writeBuffer < 2) {
      throw new ProtocolError(`Buffers of ${readBuffer} and ${writeBuffer} bytes hold no data.`);
    }
    this.#link = { readBuffer: frameSize(readBuffer), writeBuffer };
  }

  receive(command: Command, events: IderEvent[]): void {
    this.#count++;
    const lane = this.#lanes[(command.device & CD_BIT) !== 0 ? 'cd' : 'floppy'];
    if (lane.waiting.length === MAX_WAITING) {
      throw new ProtocolError(`More than ${MAX_WAITING} commands wait for a drive that does one at a time.`);
    }
    lane.waiting.push(command);
    this.#advance(lane, events);
  }

  insert(unit: DriveUnit, medium: Medium | undefined, events: IderEvent[]): void {
    const { drive, transfer } = this.#lanes[unit];
    drive.insert(medium);
    if (transfer !== undefined) this.#end(transfer, drive.interrupted(), events);
  }

  supply(done: IderTransfer, ok: boolean, events: IderEvent[]): void {
    const transfer = this.#transfers[0];
    if (transfer === undefined || transfer.piece !== done) return;
    if (!ok) {
      this.#end(transfer, done.kind === 'read' ? SENSE.readFailed : SENSE.writeFailed, events);
      return;
    }
    const { frames } = transfer.piece;
    const last = transfer.advance();
    if (frames !== undefined) {
      this.#out.frames(frames, done.length, last, transfer.shape);
      this.#frames = frames;
    }
    if (!last) this.#proceed(transfer, events);
    else if (frames === undefined) this.#end(transfer, SENSE.none, events);
    else this.#over(transfer, events);
  }

  /** Gives up whatever is under way or waits: nobody wants to hear of it any more. */
  forget(): void {
    this.#forgetful ||= (this.#transfers[0]?.missing ?? 0) > 0;
    this.#transfers.length = 0;
    for (const lane of Object.values(this.#lanes)) {
      lane.transfer = undefined;
      lane.waiting.length = 0;
    }
  }

  /** The host reset its bus. */
  reset(): void {
    this.forget();
    for (const { drive } of Object.values(this.#lanes)) drive.reset();
  }

  /** The host will now send so many bytes. @throws ProtocolError when they are more than it was asked for */
  announce(length: number): void {
    const transfer = this.#transfers[0];
    const asked = transfer?.missing ?? 0;
    if (length > this.#link.writeBuffer || (length > asked && !this.#forgetful)) {
      throw new ProtocolError(`The host sends ${length} bytes where ${asked} were asked for.`);
    }
    this.#incoming = length;
    this.#receiver = this.#forgetful ? undefined : transfer;
  }

  /** Takes what was announced, as far as it is there. True when it is not all there. */
  takeData(inbox: Inbox, events: IderEvent[]): boolean {
    if (this.#incoming === 0) return false;
    const data = inbox.take(Math.min(this.#incoming, inbox.length)) as Uint8Array;
    this.#incoming -= data.length;
    const transfer = this.#receiver;
    if (transfer !== undefined && transfer === this.#transfers[0]) {
      transfer.collect(data);
      if (transfer.missing === 0) this.#askOrWrite(transfer, events);
    }
    return this.#incoming > 0;
  }

  /** Begins what waits for a drive that is free. */
  #advance(lane: Lane, events: IderEvent[]): void {
    while (lane.transfer === undefined) {
      const command = lane.waiting.shift();
      if (command === undefined) return;
      this.#begin(lane, command, events);
    }
  }

  #begin(lane: Lane, command: Command, events: IderEvent[]): void {
    const shape = { device: lane.device, dma: (command.feature & 1) !== 0 };
    const answer = lane.drive.answer(command.cdb);
    switch (answer.type) {
      case 'sense':
        this.#out.end(lane.device, answer.sense);
        break;
      case 'good':
        this.#out.end(lane.device, SENSE.none);
        if (answer.ejected === true) events.push({ type: 'ejected', unit: lane.drive.unit });
        break;
      case 'data':
        this.#out.data(answer.bytes, frameLimit(command, this.#link), shape);
        break;
      default: {
        const size = answer.type === 'read' ? frameLimit(command, this.#link) : this.#link.writeBuffer;
        const transfer = new Transfer(answer.type, lane, shape, size, answer);
        lane.transfer = transfer;
        this.#transfers.push(transfer);
        if (this.#transfers.length === 1) this.#proceed(transfer, events);
      }
    }
  }

  /** The next piece of the transfer that is the first of all. */
  #proceed(transfer: Transfer, events: IderEvent[]): void {
    if (transfer.kind === 'read') {
      const free = this.#out.empty && this.#sent();
      transfer.piece = transfer.read(free ? this.#frames : undefined);
      // Filled from now on; it comes back with the reply, or never.
      this.#frames = undefined;
      events.push({ type: 'transfer', transfer: transfer.piece });
    } else {
      this.#forgetful = false;
      transfer.collectNext();
      this.#askOrWrite(transfer, events);
    }
  }

  #askOrWrite(transfer: Transfer, events: IderEvent[]): void {
    const length = transfer.ask();
    if (length > 0) {
      this.#out.ask(transfer.shape.device, length);
    } else {
      transfer.piece = transfer.collected();
      events.push({ type: 'transfer', transfer: transfer.piece });
    }
  }

  /** The command of a transfer is over, without data or behind what it had. */
  #end(transfer: Transfer, sense: Sense, events: IderEvent[]): void {
    transfer.lane.drive.failed(sense);
    this.#forgetful ||= transfer.missing > 0;
    this.#out.end(transfer.lane.device, sense);
    this.#over(transfer, events);
  }

  #over(transfer: Transfer, events: IderEvent[]): void {
    const wasFirst = this.#transfers[0] === transfer;
    this.#transfers.splice(this.#transfers.indexOf(transfer), 1);
    transfer.lane.transfer = undefined;
    const next = this.#transfers[0];
    if (wasFirst && next !== undefined) this.#proceed(next, events);
    this.#advance(transfer.lane, events);
  }
}

/** The bit of the device register that tells the drives apart. */
const CD_BIT = 0x10;

/** Commands a drive may have waiting; more than one is already odd. */
const MAX_WAITING = 32;

/** Most data in a frame that firmware in the field was seen to take. [IDER §4.4] */
const MAX_FRAME = 8192;

function lane(unit: DriveUnit, medium: Medium | undefined): Lane {
  return { drive: new Drive(unit, medium), device: IderDevice[unit], transfer: undefined, waiting: [] };
}

/** Data of one frame: no more than the firmware takes, whole sectors where that leaves any. */
function frameSize(readBuffer: number): number {
  const size = Math.min(readBuffer, MAX_FRAME);
  return size >= 512 ? size - (size % 512) : size - (size % 2);
}

/** Without DMA the host says how much it fetches at once, an even number. [IDER §4.4] */
function frameLimit({ feature, byteCount }: Command, { readBuffer }: Link): number {
  const limit = byteCount - (byteCount % 2);
  return (feature & 1) !== 0 || limit === 0 ? readBuffer : Math.min(limit, readBuffer);
}
