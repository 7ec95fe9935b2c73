/** The zlib stream of a session, taken apart into the tiles that firmware put into it, piece by piece. */
import {
  Z_BUF_ERROR,
  Z_OK,
  Z_SYNC_FLUSH,
  ZStream,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateSetDictionary,
} from 'pako';
import { excerpt } from '../../bytes/hex.ts';
import { ProtocolError } from '../../errors.ts';
import { MAX_TILE } from './encodings/tile.ts';

/** How far back a stream may refer to, in bytes. [RFC 1951 §2] */
const WINDOW = 32 * 1024;

/** Raw deflate: the header of the stream was read before, and no checksum ever comes. */
const RAW = -15;

/** Room for a tile, and for the inflater to overshoot in its fast loop. */
const ROOM = MAX_TILE + 512;

/**
 * Reads one piece after the other; the tile of the last one stands in `bytes` from `start` to `end`, until the next.
 *
 * A piece is one stored block, whose tile is used where it lies, or deflated blocks that end on a byte: a sync flush.
 * [REDIR §KVM 5.3] Stored blocks count as history of the stream, as zlib has it. Consoles in the field leave them out,
 * and nobody has seen firmware mix the two. So `readAgain` tries it without, should the first reading make no sense.
 */
export class PieceReader {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #room = new Uint8Array(ROOM);
  #stream = newStream();
  #begun = false;
  /** Stored bytes that the stream has not been told of yet. */
  readonly #stored = new History();
  /** What was inflated, without what was stored. */
  readonly #inflated = new History();
  /** Length in `#room` of what is not yet in `#inflated`. */
  #fresh = 0;
  #storedCount: 'never' | 'mixed' | 'not' = 'never';
  #piece: { readonly bytes: Uint8Array; readonly start: number; readonly end: number } | undefined;

  /** @throws ProtocolError when the piece is broken, or is more than a tile */
  read(bytes: Uint8Array, start: number, end: number): void {
    const from = this.#begun ? start : start + headerLength(bytes, start, end);
    this.#begun = true;
    this.#piece = undefined;
    if (isStored(bytes, from, end)) {
      this.bytes = bytes;
      this.start = from + 5;
      this.end = end;
      if (this.#storedCount !== 'not') this.#stored.append(bytes, this.start, end);
      return;
    }
    this.#inflated.append(this.#room, 0, this.#fresh);
    this.#fresh = 0;
    if (this.#stored.length > 0) {
      this.#storedCount = 'mixed';
      zlibInflateSetDictionary(this.#stream, this.#stored.recent());
      this.#stored.clear();
    }
    if (this.#storedCount === 'mixed') this.#piece = { bytes, start: from, end };
    this.#inflate(bytes, from, end);
  }

  /**
   * Reads the last piece once more, with a history of deflated pieces only. `false` where that is no other history.
   * @throws ProtocolError when it makes no sense that way either
   */
  readAgain(): boolean {
    const piece = this.#piece;
    if (piece === undefined) return false;
    this.#piece = undefined;
    this.#storedCount = 'not';
    this.#stream = newStream();
    zlibInflateSetDictionary(this.#stream, this.#inflated.recent());
    this.#inflate(piece.bytes, piece.start, piece.end);
    return true;
  }

  #inflate(bytes: Uint8Array, start: number, end: number): void {
    const stream = this.#stream;
    stream.input = bytes;
    stream.next_in = start;
    stream.avail_in = end - start;
    stream.output = this.#room;
    stream.next_out = 0;
    stream.avail_out = ROOM;
    const status = zlibInflate(stream, Z_SYNC_FLUSH);
    if (stream.next_out > MAX_TILE) {
      throw new ProtocolError(`A piece of ${end - start} bytes inflates to more than the ${MAX_TILE} bytes of a tile.`);
    }
    if ((status !== Z_OK && status !== Z_BUF_ERROR) || stream.avail_in > 0) {
      const why = stream.msg === '' || stream.msg === null ? 'the stream ends' : stream.msg;
      throw new ProtocolError(`A piece cannot be inflated, ${why}: ${excerpt(bytes.subarray(start, end))}.`);
    }
    this.bytes = this.#room;
    this.start = 0;
    this.end = this.#fresh = stream.next_out;
  }
}

/** The last bytes of a stream: in memory of twice that size, so that they lie together and are seldom moved. */
class History {
  readonly #bytes = new Uint8Array(2 * WINDOW);
  length = 0;

  append(bytes: Uint8Array, start: number, end: number): void {
    const from = Math.max(start, end - WINDOW);
    if (this.length + end - from > this.#bytes.length) {
      this.#bytes.copyWithin(0, this.length - WINDOW, this.length);
      this.length = WINDOW;
    }
    this.#bytes.set(bytes.subarray(from, end), this.length);
    this.length += end - from;
  }

  /** At most one window. */
  recent(): Uint8Array {
    return this.#bytes.subarray(Math.max(0, this.length - WINDOW), this.length);
  }

  clear(): void {
    this.length = 0;
  }
}

function newStream(): ZStream {
  const stream = new ZStream();
  zlibInflateInit2(stream, RAW);
  return stream;
}

/** The first piece of a session begins with the two bytes of a zlib header; without them it is taken, too. [RFC 1950 §2.2] */
function headerLength(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return 0;
  const method = bytes[start] as number;
  const flags = bytes[start + 1] as number;
  return (method & 15) === 8 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0 ? 2 : 0;
}

/** One block, stored, not the last, and nothing behind it. [RFC 1951 §3.2.4] */
function isStored(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start - 5;
  if (length <= 0 || bytes[start] !== 0) return false;
  const low = length & 255;
  const high = length >> 8;
  return (
    bytes[start + 1] === low &&
    bytes[start + 2] === high &&
    bytes[start + 3] === (low ^ 255) &&
    bytes[start + 4] === (high ^ 255)
  );
}
