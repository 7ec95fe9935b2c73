/**
 * Frames of data for the host, laid out in one piece of memory: each a header and behind it the room where a source
 * puts its sectors, so that a reply leaves without having been copied. [IDER §4.4]
 */

/** Bytes in front of the data of a frame. */
const DATA_HEADER = 34;

/** What the headers of one reply have in common. */
export interface ReplyShape {
  readonly device: number;
  readonly dma: boolean;
}

/** Room for a run of frames. */
export class DataFrames {
  /** Data in a full frame. */
  readonly size: number;
  /** Frames there is room for. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  /** The room of the last question, which is mostly that of the next. */
  #parts: readonly Uint8Array[] = [];
  #length = 0;

  constructor(size: number, count: number) {
    this.size = size;
    this.count = count;
    this.#bytes = new Uint8Array(count * (DATA_HEADER + size));
  }

  /** Where `length` bytes of data belong, in order. */
  parts(length: number): readonly Uint8Array[] {
    if (length === this.#length) return this.#parts;
    const parts: Uint8Array[] = [];
    for (let done = 0, at = DATA_HEADER; done < length; done += this.size, at += this.size + DATA_HEADER) {
      parts.push(this.#bytes.subarray(at, at + Math.min(this.size, length - done)));
    }
    this.#length = length;
    this.#parts = parts;
    return parts;
  }

  /**
   * The frames with their headers, ready to be sent.
   * @param sequence number of the first
   * @param last whether the command ends with them
   */
  seal(length: number, sequence: number, last: boolean, shape: ReplyShape): Uint8Array {
    let at = 0;
    for (let left = length; left > 0; left -= this.size) {
      const size = Math.min(this.size, left);
      writeDataHeader(this.#bytes, at, size, sequence++, last && left <= this.size, shape);
      at += DATA_HEADER + size;
    }
    return this.#bytes.subarray(0, at);
  }
}

/** Frames that hold `data` themselves, each with at most `size` bytes of it. */
export function framed(data: Uint8Array, size: number, sequence: number, shape: ReplyShape): Uint8Array {
  const frames = new DataFrames(Math.min(size, data.length), Math.ceil(data.length / size));
  let at = 0;
  for (const part of frames.parts(data.length)) {
    part.set(data.subarray(at, at + part.length));
    at += part.length;
  }
  return frames.seal(data.length, sequence, true, shape);
}

/** The header of IderDataToHost by hand: at a thousand frames a second and more the table would be felt. */
function writeDataHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  sequence: number,
  last: boolean,
  { device, dma }: ReplyShape,
): void {
  const count = dma ? 0 : length;
  bytes[at] = 0x54;
  bytes[at + 1] = 0;
  bytes[at + 2] = 0;
  bytes[at + 3] = (dma ? 1 : 0) | (last ? 2 : 0);
  bytes[at + 4] = sequence;
  bytes[at + 5] = sequence >>> 8;
  bytes[at + 6] = sequence >>> 16;
  bytes[at + 7] = sequence >>> 24;
  bytes[at + 8] = 0;
  bytes[at + 9] = length;
  bytes[at + 10] = length >>> 8;
  bytes[at + 11] = 0;
  // The registers while data moves: all but the sector; an interrupt where the processor fetches them itself.
  bytes[at + 12] = dma ? 0xb4 : 0xb5;
  bytes[at + 13] = 0;
  bytes[at + 14] = 2;
  bytes[at + 15] = 0;
  bytes[at + 16] = count;
  bytes[at + 17] = count >>> 8;
  bytes[at + 18] = device;
  bytes[at + 19] = 0x58;
  // And those after the command.
  bytes[at + 20] = last ? 0x85 : 0;
  bytes[at + 21] = 0;
  bytes[at + 22] = last ? 3 : 0;
  bytes[at + 23] = 0;
  bytes[at + 24] = 0;
  bytes[at + 25] = 0;
  bytes[at + 26] = last ? device : 0;
  bytes[at + 27] = last ? 0x50 : 0;
  for (let i = 28; i < DATA_HEADER; i++) bytes[at + i] = 0;
}
