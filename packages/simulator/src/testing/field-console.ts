/** Consoles that lend an image, with the habits of those in the field: what they answer right, and what not. [IDER §5] */
import { createHash } from 'node:crypto';
import { fromHex } from '@amtkit/core/wire';
import type { SimulatorOptions } from '../simulator.ts';
import { type Desk, desk, type RawConsole, settled } from './redirection.ts';

/** Habits. `right` follows the standards, `mesh` and `amtider` are two families in use. */
export type Habit = 'right' | 'mesh' | 'amtider';

/** What is lent. */
export interface Lent {
  readonly cd?: Uint8Array;
  readonly floppy?: Uint8Array;
  readonly writable?: boolean;
}

/** Answers commands until its connection ends. */
export class FieldConsole {
  readonly #console: RawConsole;
  readonly #habit: Habit;
  lent: Lent;
  /** What it was asked, as hex of unit and command block, in order; other messages by their number. */
  readonly asked: string[] = [];
  /** Answers this once instead of what it would: bytes without their sequence number matter. */
  readonly instead: ((cdb: Uint8Array) => readonly string[] | undefined)[] = [];
  #next: number | undefined;
  #gaps = 0;
  #written = new Uint8Array(0);

  constructor(console: RawConsole, habit: Habit, lent: Lent) {
    this.#console = console;
    this.#habit = habit;
    this.lent = lent;
  }

  /** Messages whose number did not follow the one before. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Everything the host has written so far. */
  get written(): Uint8Array {
    return this.#written;
  }

  /** Says something out of turn. */
  async say(bytes: string): Promise<void> {
    await this.#console.say(bytes);
  }

  /** Says that a command went well. */
  async sayGood(device: 'a0' | 'b0'): Promise<void> {
    await this.#end(Number.parseInt(device, 16));
  }

  /** Answers all that came so far. */
  async answer(): Promise<void> {
    for (;;) {
      const frame = await this.#frame();
      if (frame === undefined) return;
      this.#count(frame);
      if (frame[0] === 0x50) await this.#command(frame);
      else this.asked.push((frame[0] as number).toString(16));
      if (frame[0] === 0x53) this.#written = Uint8Array.from([...this.#written, ...frame.subarray(14)]);
      if (frame[0] === 0x44) await this.#console.say(this.#habit === 'amtider' ? frame : '45 00 00 00 07 00 00 00');
      if (frame[0] === 0x4b && this.#habit === 'amtider') await this.#console.say(frame);
      if (frame[0] === 0x46) await this.#console.say('47 00 00 00 07 00 00 00');
    }
  }

  async #frame(): Promise<Uint8Array | undefined> {
    const waiting = fromHex(await this.#console.heard());
    const type = waiting[0];
    if (type === undefined) return undefined;
    const length = type === 0x53 ? 14 + (waiting[9] as number) + 256 * (waiting[10] as number) : LENGTHS.get(type);
    if (length === undefined) throw new Error(`The firmware sent a message ${type.toString(16)}.`);
    return waiting.length < length ? undefined : await this.#console.take(length);
  }

  #count(frame: Uint8Array): void {
    const number = new DataView(frame.buffer, frame.byteOffset).getUint32(4, true);
    if (this.#next !== undefined && number !== this.#next) this.#gaps++;
    this.#next = number + 1;
  }

  async #command(frame: Uint8Array): Promise<void> {
    const device = frame[14] as number;
    const cdb = frame.subarray(16);
    this.asked.push(Buffer.from(Uint8Array.of(device, ...cdb)).toString('hex'));
    const other = this.instead.length > 0 ? this.instead[0]?.(cdb) : undefined;
    if (other !== undefined) {
      this.instead.shift();
      for (const each of other) await this.#console.say(each);
      return;
    }
    const image = (device & 0x10) !== 0 ? this.lent.cd : this.lent.floppy;
    const blockLength = (device & 0x10) !== 0 ? 2048 : 512;
    await this.#reply(device, cdb, image, blockLength);
    await settled();
  }

  async #reply(device: number, cdb: Uint8Array, image: Uint8Array | undefined, blockLength: number): Promise<void> {
    const lies = this.#habit === 'mesh';
    const view = new DataView(cdb.buffer, cdb.byteOffset);
    switch (cdb[0]) {
      case 0x00:
        await this.#end(device, image === undefined && !lies ? [2, 0x3a, 0] : undefined);
        return;
      case 0x25: {
        if (image === undefined) return await this.#end(device, [2, 0x3a, 0]);
        const answer = new Uint8Array(8);
        new DataView(answer.buffer).setUint32(0, image.length / blockLength - 1);
        new DataView(answer.buffer).setUint32(4, blockLength);
        return await this.#data(device, answer);
      }
      case 0x28: {
        const start = view.getUint32(2) * blockLength;
        const end = start + view.getUint16(7) * blockLength;
        if (image === undefined) return await this.#end(device, lies ? undefined : [2, 0x3a, 0]);
        if (end > image.length) return await this.#end(device, lies ? undefined : [5, 0x21, 0]);
        return await this.#data(device, image.subarray(start, end));
      }
      case 0x2a:
        return await this.#end(device, [7, 0x27, 0]);
      case 0x5a:
        if (device & 0x10) return await this.#end(device, [5, 0x24, 0]);
        return await this.#data(device, Uint8Array.of(0, 0x5c, 0x24, this.lent.writable ? 0 : 0x80, 0, 0, 0, 0));
      case 0x43:
        return await this.#data(device, fromHex('00 12 01 01 00 14 01 00 00 00 00 00 00 14 aa 00 00 00 00 00'));
      default:
        return await this.#end(device, [5, 0x20, 0]);
    }
  }

  async #end(device: number, sense?: readonly number[]): Promise<void> {
    const mask = sense !== undefined ? 0x87 : this.#habit === 'amtider' ? 0x85 : 0xc5;
    const output = [mask, sense === undefined ? 0 : (sense[0] as number) << 4, 3, 0, 0, 0, device, sense ? 0x51 : 0x50];
    await this.#console.say(Uint8Array.of(0x51, 0, 0, 2, 9, 0, 0, 0, ...ZEROS, ...output, ...(sense ?? [0, 0, 0])));
  }

  /** Data in messages of 8192 bytes, with the bits each family sets or forgets. */
  async #data(device: number, data: Uint8Array): Promise<void> {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += 8192) {
      const part = data.subarray(at, at + 8192);
      const last = at + 8192 >= data.length;
      const [low, high] = [part.length & 0xff, part.length >> 8];
      const counts = this.#habit === 'amtider' ? [low, high] : [0, 0];
      const attributes = (this.#habit === 'amtider' ? 0 : 1) + (last ? 2 : 0);
      const output = last ? [0x85, 0, 3, 0, 0, 0, device, 0x50] : [0, 0, 0, 0, 0, 0, 0, 0];
      const head = [0x54, 0, 0, attributes, 9, 0, 0, 0, 0, low, high, 0, 0xb4, 0, 2, 0, ...counts, device, 0x58];
      frames.push(Uint8Array.of(...head, ...output, 0, 0, 0, 0, 0, 0), part);
    }
    await this.#console.say(...frames);
  }
}

/** How MeshCommander opens a session, and asks for its drives to appear at once. [IDER §2.1] [IDER §2.3] */
export const OPEN = '40 00 00 00 00 00 00 00 30 75 00 00 20 4e 01 00 00 00';
export const NOW = '48 00 00 00 01 00 00 00 03 19 00 00 00';

/** A desk with a console that lends something. */
export interface Lending extends Desk {
  readonly field: FieldConsole;
  /** Lets console and firmware talk until both are silent; waits for `what` meanwhile. */
  during<T>(what: Promise<T> | undefined): Promise<T>;
}

/** Opens a drive session and lends what there is, at once. */
export async function lend(lent: Lent, habit: Habit = 'right', options: SimulatorOptions = {}): Promise<Lending> {
  const made = await desk({ ...options, quirks: { iderPollSeconds: 0, ...options.quirks } });
  const console = await made.enter('ider');
  const field = new FieldConsole(console, habit, lent);
  const during = async <T>(what: Promise<T> | undefined): Promise<T> => {
    let over = false;
    const end = () => {
      over = true;
    };
    what?.then(end, end);
    for (let i = 0; i < 500 && !over; i++) {
      await field.answer();
      await settled();
      if (!over) made.clock.advance(20);
    }
    return await (what as Promise<T>);
  };
  await console.say(OPEN, NOW);
  for (let i = 0; i < 60; i++) {
    made.clock.advance(20);
    await field.answer();
  }
  return { ...made, field, during };
}

const ZEROS = new Uint8Array(12);

/** Lengths of the messages that firmware sends. */
const LENGTHS = new Map([
  [0x41, 30],
  [0x43, 8],
  [0x44, 8],
  [0x45, 8],
  [0x46, 9],
  [0x49, 13],
  [0x4b, 8],
  [0x50, 28],
]);

/** An image that is different everywhere. */
export function image(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    bytes.set(
      createHash('sha256')
        .update(String(at))
        .digest()
        .subarray(0, length - at),
      at,
    );
  }
  return bytes;
}

/** Unit and operation of every command it was asked, as hex. */
export const opcodes = ({ field }: Lending) =>
  field.asked.filter((each) => each.length > 2).map((each) => each.slice(0, 4));

/** A 0x51 from its registers on. */
export const NO_INPUT = '00 00 00 00 00 00 00 00 00 00 00 00';
/** The rest of a 0x51 that says why not. */
export const SENSE = (device: string, sense: string) => `87 ${sense.slice(1, 2)}0 03 00 00 00 ${device} 51 ${sense}`;
/** Data of zeros in one completing 0x54. */
export function data(device: string, length: number): string {
  const count = `${(length & 0xff).toString(16).padStart(2, '0')} ${(length >> 8).toString(16).padStart(2, '0')}`;
  return `54 00 00 03 09 00 00 00 00 ${count} 00 b4 00 02 00 00 00 ${device} 58 85 00 03 00 00 00 ${device} 50 00 00 00 00 00 00 ${'00 '.repeat(length)}`;
}
