/**
 * The one zlib stream that all tiles of a session travel in, a piece for each tile. [RFC 6143 §7.7.6] [RFC 1950]
 * A piece is either a stored block, which costs nothing to make, or deflated and flushed, so that it can be read at once.
 */
import { constants, deflateRawSync } from 'node:zlib';

/** What a deflated piece may refer back to, as little firmware with little memory keeps. */
const WINDOW = 8192;

/** Level 1 and small tables: a piece is made from scratch, with the window as dictionary. */
const SETTINGS = { level: 1, memLevel: 5, windowBits: 13, finishFlush: constants.Z_SYNC_FLUSH };

/** How a session's tiles are packed. Some readers leave stored blocks out of what deflated ones refer to, others do not. */
export class Pieces {
  readonly #header: boolean;
  #begun = false;
  #deflating = false;
  #window = new Uint8Array(0);

  /** @param header whether the stream begins with a zlib header. */
  constructor(header: boolean) {
    this.#header = header;
  }

  get deflating(): boolean {
    return this.#deflating;
  }

  /** Begins with nothing to refer to, which readers of either kind understand. */
  set deflating(on: boolean) {
    if (on && !this.#deflating) this.#window = new Uint8Array(0);
    this.#deflating = on;
  }

  /** The piece of one tile, with the header in front of the first. */
  pack(tile: Uint8Array): Uint8Array {
    const body = this.#deflating ? this.#deflate(tile) : stored(tile);
    const header = this.#begun || !this.#header ? NO_HEADER : this.#deflating ? HEADER : FASTEST_HEADER;
    this.#begun = true;
    if (header.length === 0) return body;
    const piece = new Uint8Array(header.length + body.length);
    piece.set(header);
    piece.set(body, header.length);
    return piece;
  }

  #deflate(tile: Uint8Array): Uint8Array {
    const window = this.#window;
    const piece = deflateRawSync(tile, window.length > 0 ? { ...SETTINGS, dictionary: window } : SETTINGS);
    const kept = window.subarray(Math.max(0, window.length + tile.length - WINDOW));
    const next = new Uint8Array(kept.length + tile.length);
    next.set(kept);
    next.set(tile, kept.length);
    this.#window = next.subarray(Math.max(0, next.length - WINDOW));
    return piece;
  }
}

const NO_HEADER = new Uint8Array(0);
/** Of a stream that is compressed with the usual effort, and of one that is not compressed at all. */
const HEADER = Uint8Array.of(0x78, 0x9c);
const FASTEST_HEADER = Uint8Array.of(0x78, 0x01);

/** Not the last block, stored: length, its complement, the bytes. [RFC 1951 §3.2.4] */
function stored(tile: Uint8Array): Uint8Array {
  const block = new Uint8Array(5 + tile.length);
  const view = new DataView(block.buffer);
  view.setUint16(1, tile.length, true);
  view.setUint16(3, ~tile.length, true);
  block.set(tile, 5);
  return block;
}
