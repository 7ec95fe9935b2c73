/** Pixels of a framebuffer in the format that a viewer asked for. [RFC 6143 §7.4] */
import { ProtocolError } from '../errors.ts';
import type { PixelFormat } from '../redirection/kvm/messages.ts';

/** Writes pixels of one format. */
export interface PixelWriter {
  readonly bytesPerPixel: number;
  /** Writes `count` of `words` from `from` on into `out` at `at`. */
  write(out: Uint8Array, at: number, words: Int32Array, from: number, count: number): void;
}

/** What viewers get that ask for nothing: 32 bits, 24 of them colour, blue first. */
export const NATIVE_FORMAT: PixelFormat = {
  bitsPerPixel: 32,
  depth: 24,
  bigEndian: 0,
  trueColour: 1,
  redMax: 255,
  greenMax: 255,
  blueMax: 255,
  redShift: 16,
  greenShift: 8,
  blueShift: 0,
};

/** What stands in for a palette: 8 bits, three of them red, three green, two blue. */
const RGB332: PixelFormat = {
  bitsPerPixel: 8,
  depth: 8,
  bigEndian: 0,
  trueColour: 1,
  redMax: 7,
  greenMax: 7,
  blueMax: 3,
  redShift: 5,
  greenShift: 2,
  blueShift: 0,
};

/** Whether a viewer wants to be sent a palette, and pixels that are numbers in it. */
export function wantsPalette(format: PixelFormat): boolean {
  return format.trueColour === 0;
}

/** The palette of those who want one: every colour that eight bits can say. Levels are 0 to 65,535. */
export function palette(): (readonly [red: number, green: number, blue: number])[] {
  const level = (value: number, max: number): number => Math.round((value * 0xffff) / max);
  return Array.from({ length: 256 }, (_, i) => [level(i >> 5, 7), level((i >> 2) & 7, 7), level(i & 3, 3)] as const);
}

/** Whole pixels, as Raw has them. @throws ProtocolError for a format that RFB does not have */
export function pixelWriter(asked: PixelFormat): PixelWriter {
  const format = checked(asked);
  const values = valuesOf(format);
  const { bitsPerPixel, bigEndian } = format;
  if (bitsPerPixel === 8) return oneByte(values);
  if (bitsPerPixel === 16) return twoBytes(values, bigEndian !== 0);
  if (bigEndian === 0 && isRgb(format)) return { bytesPerPixel: 4, write: copyWords };
  return bytesOf(values, bigEndian !== 0 ? [24, 16, 8, 0] : [0, 8, 16, 24]);
}

/**
 * Pixels as ZRLE has them: of 32 bits only the three bytes that hold colour, where all of it is in three.
 * [RFC 6143 §7.7.5]
 */
export function compactPixelWriter(asked: PixelFormat): PixelWriter {
  const format = checked(asked);
  const { bitsPerPixel, depth, bigEndian } = format;
  if (bitsPerPixel !== 32 || depth > 24) return pixelWriter(asked);
  const used =
    mask(format.redMax, format.redShift) |
    mask(format.greenMax, format.greenShift) |
    mask(format.blueMax, format.blueShift);
  const low = used >>> 24 === 0;
  if (!low && (used & 0xff) !== 0) return pixelWriter(asked);
  const places = low ? [0, 8, 16] : [8, 16, 24];
  return bytesOf(valuesOf(format), bigEndian !== 0 ? places.reverse() : places);
}

/** Pixels as Tight has them: red, green and blue where 24 bits of 32 are colour, whatever their places. [RFB §Tight] */
export function tightPixelWriter(asked: PixelFormat): PixelWriter {
  const { bitsPerPixel, depth, redMax, greenMax, blueMax } = checked(asked);
  const isTrue = bitsPerPixel === 32 && depth === 24 && redMax === 255 && greenMax === 255 && blueMax === 255;
  return isTrue ? bytesOf((word) => word, [0, 8, 16]) : pixelWriter(asked);
}

function checked(format: PixelFormat): PixelFormat {
  const { bitsPerPixel } = format;
  if (wantsPalette(format) && bitsPerPixel === 8) return RGB332;
  const maxima = [format.redMax, format.greenMax, format.blueMax];
  const shifts = [format.redShift, format.greenShift, format.blueShift];
  const fits = maxima.every((max, i) => (max + 1) * 2 ** (shifts[i] ?? 0) <= 2 ** bitsPerPixel);
  if (![8, 16, 32].includes(bitsPerPixel) || wantsPalette(format) || !fits) {
    throw new ProtocolError(`A viewer asks for pixels that RFB does not have: ${JSON.stringify(format)}.`);
  }
  return format;
}

/** The value of a word, from three tables of 256. */
function valuesOf(format: PixelFormat): (word: number) => number {
  const levels = (max: number, shift: number): Int32Array =>
    Int32Array.from({ length: 256 }, (_, level) => Math.round((level * max) / 255) << shift);
  const red = levels(format.redMax, format.redShift);
  const green = levels(format.greenMax, format.greenShift);
  const blue = levels(format.blueMax, format.blueShift);
  return (word) =>
    (red[word & 255] as number) | (green[(word >> 8) & 255] as number) | (blue[(word >> 16) & 255] as number);
}

function mask(max: number, shift: number): number {
  return max << shift;
}

/** The very bytes of a framebuffer, the fourth of which nobody looks at. */
function isRgb(format: PixelFormat): boolean {
  const { redMax, greenMax, blueMax, redShift, greenShift, blueShift } = format;
  return (
    redMax === 255 && greenMax === 255 && blueMax === 255 && redShift === 0 && greenShift === 8 && blueShift === 16
  );
}

function copyWords(out: Uint8Array, at: number, words: Int32Array, from: number, count: number): void {
  out.set(new Uint8Array(words.buffer, words.byteOffset + 4 * from, 4 * count), at);
}

function oneByte(values: (word: number) => number): PixelWriter {
  return writer(1, (out, at, word) => {
    out[at] = values(word);
  });
}

function twoBytes(values: (word: number) => number, bigEndian: boolean): PixelWriter {
  return writer(2, (out, at, word) => {
    const value = values(word);
    out[at] = bigEndian ? value >> 8 : value;
    out[at + 1] = bigEndian ? value : value >> 8;
  });
}

/** Three or four bytes, each taken from its place in the value. */
function bytesOf(values: (word: number) => number, places: readonly number[]): PixelWriter {
  const [a = 0, b = 0, c = 0, d] = places;
  if (d === undefined) {
    return writer(3, (out, at, word) => {
      const value = values(word);
      out[at] = value >> a;
      out[at + 1] = value >> b;
      out[at + 2] = value >> c;
    });
  }
  return writer(4, (out, at, word) => {
    const value = values(word);
    out[at] = value >> a;
    out[at + 1] = value >> b;
    out[at + 2] = value >> c;
    out[at + 3] = value >> d;
  });
}

function writer(bytesPerPixel: number, put: (out: Uint8Array, at: number, word: number) => void): PixelWriter {
  return {
    bytesPerPixel,
    write(out, at, words, from, count) {
      for (let i = 0; i < count; i++) put(out, at + i * bytesPerPixel, words[from + i] as number);
    },
  };
}
