/** A zlib stream that goes on for a whole session, cut where a viewer has to be able to read all of it so far. */
import { Z_DEFAULT_STRATEGY, Z_SYNC_FLUSH, ZStream, zlibDeflate, zlibDeflateInit2 } from 'pako';

const DEFLATED = 8;
const WINDOW_BITS = 15;
const MEMORY_LEVEL = 8;

/** Room that is asked for at once. */
const ROOM = 64 * 1024;

/** One stream. The two bytes of its header stand in front of the first piece. [RFC 1950] */
export class Deflater {
  readonly #stream = new ZStream();
  #room = new Uint8Array(ROOM);

  /** @param level 0, which stores, to 9; few screens are worth more than 1 */
  constructor(level: number) {
    zlibDeflateInit2(this.#stream, level, DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
  }

  /** The next piece: everything in `bytes` up to `length`, flushed. */
  deflate(bytes: Uint8Array, length: number = bytes.length): Uint8Array {
    const stream = this.#stream;
    stream.input = bytes;
    stream.next_in = 0;
    stream.avail_in = length;
    stream.output = this.#room;
    stream.next_out = 0;
    stream.avail_out = this.#room.length;
    for (;;) {
      zlibDeflate(stream, Z_SYNC_FLUSH);
      // A full output may hide more of it.
      if (stream.avail_out > 0) return this.#room.slice(0, stream.next_out);
      const larger = new Uint8Array(2 * this.#room.length);
      larger.set(this.#room);
      stream.output = this.#room = larger;
      stream.avail_out = larger.length - stream.next_out;
    }
  }
}

/** The streams of one encoding, each made when it is first needed. */
export class Deflaters {
  readonly #level: number;
  readonly #streams: Deflater[] = [];

  constructor(level: number) {
    this.#level = level;
  }

  at(number: number): Deflater {
    this.#streams[number] ??= new Deflater(this.#level);
    return this.#streams[number];
  }
}
