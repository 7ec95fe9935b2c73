/** A redirected medium as the PC meets it: reads and writes in portions, and what firmware answers by itself. [IDER §5] */
import { type DriveUnit, MediumFailed, type RedirectedMedium } from '../hardware/hardware.ts';
import { type Command, type Outcome, type Sense, sense } from './ider-commands.ts';

/** What a medium says of itself when asked. */
export interface Geometry {
  readonly blocks: number;
  readonly blockLength: number;
  readonly writable: boolean;
}

/** What a medium needs of its session. */
export interface MediumOptions extends Geometry {
  readonly unit: DriveUnit;
  /** Most bytes that one command moves. */
  readonly bytesPerCommand: number;
  readonly run: (command: Command) => Promise<Outcome>;
  /** The console says that the medium is another one, or none. */
  readonly changed: () => void;
}

/** Times a command is given again because the drive only wanted to say that it was reset. */
const ATTENTIONS = 3;

/** One medium, from its insertion to its removal. */
export class Medium implements RedirectedMedium {
  readonly blockLength: number;
  readonly blocks: number;
  readonly writable: boolean;
  readonly #options: MediumOptions;
  #last: Sense = [0, 0, 0];
  #removed = false;

  constructor(options: MediumOptions) {
    this.#options = options;
    this.blockLength = options.blockLength;
    this.blocks = options.blocks;
    this.writable = options.writable;
  }

  /** Whatever is asked of it from now on fails: its place may be another one's. */
  remove(): void {
    this.#removed = true;
  }

  async read(block: number, count: number): Promise<Uint8Array> {
    const { blockLength } = this;
    const all = new Uint8Array(count * blockLength);
    for (const [first, blocks] of this.#portions(block, count)) {
      const start = (first - block) * blockLength;
      const room = all.subarray(start, start + blocks * blockLength);
      const { length } = await this.#run(cdbOf(READ, first, blocks), { room });
      if (length !== room.length) {
        throw this.#failure(`The console sent ${length} of ${room.length} bytes at block ${first}.`, sense.readError);
      }
    }
    return all;
  }

  async write(block: number, data: Uint8Array): Promise<void> {
    const { blockLength } = this;
    if (data.length % blockLength !== 0) throw new TypeError(`${data.length} bytes are no whole blocks.`);
    if (!this.writable) throw this.#failure('The medium is write-protected.', sense.writeProtected);
    for (const [first, blocks] of this.#portions(block, data.length / blockLength)) {
      const start = (first - block) * blockLength;
      await this.#run(cdbOf(WRITE, first, blocks), { data: data.subarray(start, start + blocks * blockLength) });
    }
  }

  async command(cdb: Uint8Array): Promise<Uint8Array> {
    if (cdb.length > 12) throw this.#failure('No command of more than twelve bytes fits.', sense.invalidCommand);
    const block = new Uint8Array(12);
    block.set(cdb);
    const own = this.#own(block);
    if (own !== undefined) return await own;
    const allocated = allocationOf(block);
    const room = new Uint8Array(allocated);
    const { length } = await this.#run(block, { room });
    const missing = length === 0 && allocated > 0 && NEED_A_MEDIUM.includes(block[0] as number);
    if (missing) throw this.#failure('The console answered a question with nothing.', sense.noMedium);
    return room.subarray(0, Math.min(length, allocated));
  }

  /** What never reaches a console: firmware answers it, or consoles are known not to. */
  #own(cdb: Uint8Array): Promise<Uint8Array> | Uint8Array | undefined {
    switch (cdb[0]) {
      case 0x03:
        return Uint8Array.of(
          0x70,
          0,
          this.#last[0],
          0,
          0,
          0,
          0,
          10,
          0,
          0,
          0,
          0,
          this.#last[1],
          this.#last[2],
          0,
          0,
          0,
          0,
        );
      case 0x12:
        return inquiryOf(this.#options.unit).subarray(0, cdb[4]);
      case 0x08:
        return this.read(word(cdb, 2) + ((cdb[1] as number) & 0x1f) * 0x10000, cdb[4] || 256);
      case 0x28:
        return this.read(long(cdb, 2), word(cdb, 7));
      case 0xa8:
        return this.read(long(cdb, 2), long(cdb, 6));
      case 0x43:
        if (((cdb[2] as number) & 0x0f || (cdb[9] as number) >> 6) < 2) return undefined;
        throw this.#failure('A table of contents of this form is never asked for.', sense.invalidField);
      case 0x0a:
      case 0x2a:
      case 0x2e:
      case 0xaa:
        throw this.#failure('A command that writes needs its data.', sense.invalidField);
      default:
        return undefined;
    }
  }

  /** Runs a command to its end. @throws MediumFailed */
  async #run(cdb: Uint8Array, more: Pick<Command, 'room' | 'data'>): Promise<Outcome> {
    const { unit, run, changed } = this.#options;
    for (let attentions = 0; ; attentions++) {
      if (this.#removed) throw this.#failure('The medium is not there any more.', sense.noMedium);
      const outcome = await run({ unit, cdb, ...more });
      if (outcome.sense === undefined) return outcome;
      const [key, asc] = outcome.sense;
      const another = (key === 6 && asc === 0x28) || (key === 2 && asc === 0x3a);
      if (another) changed();
      if (key === 6 && !another && attentions < ATTENTIONS) continue;
      throw this.#failure(`The console refused command ${hex(cdb[0] as number)}`, outcome.sense);
    }
  }

  #failure(text: string, why: Sense): MediumFailed {
    this.#last = why;
    return new MediumFailed(text.endsWith('.') ? text : `${text}: sense ${why.map(hex).join('/')}.`, why);
  }

  *#portions(block: number, count: number): Generator<readonly [first: number, count: number]> {
    const most = Math.max(1, Math.min(0xffff, Math.floor(this.#options.bytesPerCommand / this.blockLength)));
    for (let at = 0; at < count; at += most) yield [block + at, Math.min(most, count - at)];
  }
}

const READ = 0x28;
const WRITE = 0x2a;

/** A command block of ten bytes, padded: operation, address, length. */
export function cdbOf(operation: number, block: number, count: number): Uint8Array {
  const cdb = new Uint8Array(12);
  const view = new DataView(cdb.buffer);
  view.setUint8(0, operation);
  view.setUint32(2, block);
  view.setUint16(7, count);
  return cdb;
}

/** MODE SENSE and READ CAPACITY: without data they say that there is no medium. */
const NEED_A_MEDIUM: readonly number[] = [0x1a, 0x25, 0x5a];

/** Bytes the host has room for, as the command says. */
function allocationOf(cdb: Uint8Array): number {
  switch (cdb[0]) {
    case 0x25:
      return 8;
    case 0x1a:
      return cdb[4] as number;
    case 0x23:
    case 0x43:
    case 0x46:
    case 0x4a:
    case 0x51:
    case 0x52:
    case 0x5a:
      return word(cdb, 7);
    case 0xac:
    case 0xbd:
      return word(cdb, 8);
    default:
      return 0;
  }
}

/** What firmware tells of its drives: kind, removable, maker, model. [SPC-4 §6.4] */
function inquiryOf(unit: DriveUnit): Uint8Array {
  const bytes = new Uint8Array(36);
  bytes.set([unit === 'cd' ? 5 : 0, 0x80, 0, 0x21, 31]);
  bytes.set(new TextEncoder().encode(`amtkit  ${unit === 'cd' ? 'Redirected CD   ' : 'Redirected disk '}1.0 `), 8);
  return bytes;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function long(bytes: Uint8Array, at: number): number {
  return word(bytes, at) * 0x10000 + word(bytes, at + 2);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
