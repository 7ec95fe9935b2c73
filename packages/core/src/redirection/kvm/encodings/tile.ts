/**
 * Tiles of encoding 16, as they are inside the zlib stream: a byte for the kind, colours, and indexes or runs.
 * [RFC 6143 §7.7.6] One tile a rectangle, at most 64 × 64 pixels. What is here was inflated, or needed no inflating.
 */
import { excerpt } from '../../../bytes/hex.ts';
import { ProtocolError } from '../../../errors.ts';
import type { PixelTable } from './pixels.ts';
import { paintRaw } from './raw.ts';

/** Most pixels on a side of a tile. */
export const TILE = 64;

/** Bytes of the largest tile: its kind, and a run of one for each of 4096 pixels of two bytes. */
export const MAX_TILE = 1 + TILE * TILE * 3;

/** Runs longer than this are filled, shorter ones written: a call costs about as much as so many pixels. */
const FILL = 24;

/**
 * Paints tiles of one pixel format into a framebuffer. Nothing is allocated for a tile.
 *
 * Every tile is read as far as it makes sense; what was painted before an error is what the firmware sent.
 */
export class TilePainter {
  readonly colours: PixelTable;
  /** Words of the tile's colours; indexes are checked before they are looked up. */
  readonly #palette = new Int32Array(127);

  constructor(colours: PixelTable) {
    this.colours = colours;
  }

  /**
   * Paints the tile in `bytes` from `start` to `end`.
   * @param words of the framebuffer, `stride` of them a row, the first of the tile at `origin`
   * @throws ProtocolError when the bytes are no tile of this size
   */
  paint(
    bytes: Uint8Array,
    start: number,
    end: number,
    words: Int32Array,
    origin: number,
    stride: number,
    width: number,
    height: number,
  ): void {
    if (start >= end) throw ended(bytes, start, end);
    const kind = bytes[start] as number;
    const size = this.colours.bytesPerPixel;
    const at = start + 1;
    if (kind === 0) {
      expectLength(bytes, start, end, 1 + width * height * size);
      paintRaw(this.colours, bytes, at, words, origin, stride, width, height);
    } else if (kind === 1) {
      expectLength(bytes, start, end, 1 + size);
      paintSolid(this.#colour(bytes, at), words, origin, stride, width, height);
    } else if (kind <= 16) {
      this.#readPalette(bytes, at, end, kind);
      const indexes = at + kind * size;
      const bits = kind === 2 ? 1 : kind <= 4 ? 2 : 4;
      if (((width * bits) & 7) === 0) {
        expectLength(bytes, start, end, indexes - start + ((width * bits) >> 3) * height);
        this.#paintPacked(bytes, indexes, kind, bits, words, origin, stride, width, height);
      } else {
        this.#paintOddPacked(bytes, start, indexes, end, kind, bits, words, origin, stride, width, height);
      }
    } else if (kind === 128) {
      this.#paintRuns(bytes, at, end, words, origin, stride, width, height);
    } else if (kind >= 130) {
      const colours = kind - 128;
      this.#readPalette(bytes, at, end, colours);
      this.#paintPaletteRuns(bytes, at + colours * size, end, colours, words, origin, stride, width, height);
    } else {
      throw new ProtocolError(`A tile of kind ${kind}, which does not exist: ${excerpt(bytes.subarray(start, end))}.`);
    }
  }

  #colour(bytes: Uint8Array, at: number): number {
    const low = bytes[at] as number;
    const value = this.colours.bytesPerPixel === 2 ? low | ((bytes[at + 1] as number) << 8) : low;
    return this.colours.words[value] as number;
  }

  #readPalette(bytes: Uint8Array, at: number, end: number, count: number): void {
    const size = this.colours.bytesPerPixel;
    if (end - at < count * size) throw ended(bytes, at, end);
    for (let i = 0; i < count; i++) this.#palette[i] = this.#colour(bytes, at + i * size);
  }

  /** Indexes of 1, 2 or 4 bits, highest first, where every row is whole bytes. */
  #paintPacked(
    bytes: Uint8Array,
    at: number,
    colours: number,
    bits: number,
    words: Int32Array,
    origin: number,
    stride: number,
    width: number,
    height: number,
  ): void {
    const palette = this.#palette;
    const last = origin + height * stride;
    const top = colours - 1;
    let from = at;
    for (let row = origin; row < last; row += stride) {
      const rowEnd = row + width;
      let to = row;
      if (bits === 1) {
        const zero = palette[0] as number;
        const difference = zero ^ (palette[1] as number);
        for (; to < rowEnd; to += 8) {
          // Text is unpredictable to a branch, so that there is none: a bit becomes a mask of 32.
          const byte = bytes[from++] as number;
          words[to] = zero ^ (difference & ((byte << 24) >> 31));
          words[to + 1] = zero ^ (difference & ((byte << 25) >> 31));
          words[to + 2] = zero ^ (difference & ((byte << 26) >> 31));
          words[to + 3] = zero ^ (difference & ((byte << 27) >> 31));
          words[to + 4] = zero ^ (difference & ((byte << 28) >> 31));
          words[to + 5] = zero ^ (difference & ((byte << 29) >> 31));
          words[to + 6] = zero ^ (difference & ((byte << 30) >> 31));
          words[to + 7] = zero ^ (difference & ((byte << 31) >> 31));
        }
      } else if (bits === 2) {
        for (; to < rowEnd; to += 4) {
          const byte = bytes[from++] as number;
          if (top === 2 && (byte & (byte >> 1) & 0x55) !== 0) throw noColour(3, colours);
          words[to] = palette[byte >> 6] as number;
          words[to + 1] = palette[(byte >> 4) & 3] as number;
          words[to + 2] = palette[(byte >> 2) & 3] as number;
          words[to + 3] = palette[byte & 3] as number;
        }
      } else {
        for (; to < rowEnd; to += 2) {
          const byte = bytes[from++] as number;
          const left = byte >> 4;
          const right = byte & 15;
          if (((top - left) | (top - right)) < 0) throw noColour(Math.max(left, right), colours);
          words[to] = palette[left] as number;
          words[to + 1] = palette[right] as number;
        }
      }
    }
  }

  /**
   * Indexes where rows are not whole bytes. The RFC fills every row up to a byte; consoles in the field read one string
   * of bits, and which of the two the firmware means nobody has seen. The length tells. [REDIR §KVM 6]
   */
  #paintOddPacked(
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
    colours: number,
    bits: number,
    words: Int32Array,
    origin: number,
    stride: number,
    width: number,
    height: number,
  ): void {
    const padded = 8 * Math.ceil((width * bits) / 8);
    const isPadded = end - at === (padded / 8) * height;
    if (!isPadded) expectLength(bytes, start, end, at - start + Math.ceil((width * height * bits) / 8));
    const rowBits = isPadded ? padded : width * bits;
    for (let row = 0; row < height; row++) {
      let bit = row * rowBits;
      for (let column = 0; column < width; column++, bit += bits) {
        const byte = bytes[at + (bit >> 3)] as number;
        const index = (byte >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
        if (index >= colours) throw noColour(index, colours);
        words[origin + row * stride + column] = this.#palette[index] as number;
      }
    }
  }

  /** Colours with the length of their run. A run may go on in the next row; one past the end of the tile is cut. */
  #paintRuns(
    bytes: Uint8Array,
    at: number,
    end: number,
    words: Int32Array,
    origin: number,
    stride: number,
    width: number,
    height: number,
  ): void {
    const { bytesPerPixel: size, words: colours } = this.colours;
    const last = origin + height * stride;
    let from = at;
    let row = origin;
    let to = origin;
    while (row < last) {
      if (from + size >= end) throw ended(bytes, at, end);
      let value = bytes[from++] as number;
      if (size === 2) value |= (bytes[from++] as number) << 8;
      const word = colours[value] as number;
      let byte = bytes[from++] as number;
      let left = 1 + byte;
      while (byte === 255) {
        if (from === end) throw ended(bytes, at, end);
        byte = bytes[from++] as number;
        left += byte;
      }
      while (left > 0 && row < last) {
        const stop = Math.min(to + left, row + width);
        left -= stop - to;
        if (stop - to > FILL) words.fill(word, to, stop);
        else for (let i = to; i < stop; i++) words[i] = word;
        to = stop;
        if (stop === row + width) {
          row += stride;
          to = row;
        }
      }
    }
    if (from < end) throw surplus(bytes, from, end);
  }

  /** Indexes of one pixel, and from 128 on of a run. */
  #paintPaletteRuns(
    bytes: Uint8Array,
    at: number,
    end: number,
    colours: number,
    words: Int32Array,
    origin: number,
    stride: number,
    width: number,
    height: number,
  ): void {
    const palette = this.#palette;
    const last = origin + height * stride;
    let from = at;
    let row = origin;
    let rowEnd = origin + width;
    let to = origin;
    while (row < last) {
      if (from >= end) throw ended(bytes, at, end);
      const code = bytes[from++] as number;
      const index = code & 127;
      if (index >= colours) throw noColour(index, colours);
      const word = palette[index] as number;
      if (code < 128) {
        words[to++] = word;
        if (to === rowEnd) {
          row += stride;
          rowEnd += stride;
          to = row;
        }
        continue;
      }
      let left = 1;
      let byte: number;
      do {
        if (from >= end) throw ended(bytes, at, end);
        byte = bytes[from++] as number;
        left += byte;
      } while (byte === 255);
      while (left > 0 && row < last) {
        const stop = Math.min(to + left, rowEnd);
        left -= stop - to;
        if (stop - to > FILL) words.fill(word, to, stop);
        else for (let i = to; i < stop; i++) words[i] = word;
        to = stop;
        if (stop === rowEnd) {
          row += stride;
          rowEnd += stride;
          to = row;
        }
      }
    }
    if (from < end) throw surplus(bytes, from, end);
  }
}

function paintSolid(
  word: number,
  words: Int32Array,
  origin: number,
  stride: number,
  width: number,
  height: number,
): void {
  const last = origin + height * stride;
  for (let row = origin; row < last; row += stride) words.fill(word, row, row + width);
}

function expectLength(bytes: Uint8Array, start: number, end: number, length: number): void {
  if (end - start < length) throw ended(bytes, start, end);
  if (end - start > length) throw surplus(bytes, start + length, end);
}

function ended(bytes: Uint8Array, start: number, end: number): ProtocolError {
  return new ProtocolError(
    `A tile ends before its last pixel: ${excerpt(bytes.subarray(start, Math.max(start, end)))}.`,
  );
}

function surplus(bytes: Uint8Array, from: number, end: number): ProtocolError {
  return new ProtocolError(`Behind the last pixel of a tile are more bytes: ${excerpt(bytes.subarray(from, end))}.`);
}

function noColour(index: number, colours: number): ProtocolError {
  return new ProtocolError(`A tile of ${colours} colours uses colour number ${index}, counted from 0.`);
}
