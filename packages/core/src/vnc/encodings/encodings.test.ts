/** What viewers are sent, read back by a decoder written here from the RFC, and by noVNC's own. */
import { join } from 'node:path';
import { constants, inflateSync } from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { fromHex, toHex } from '../../bytes/hex.ts';
import { PixelFormats } from '../../redirection/kvm/messages.ts';
import { joined } from '../../testing/bytes.ts';
import { needs, peersFolder } from '../../testing/needs.ts';
import { type PictureName, picture, wrongPixels } from '../../testing/pictures.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { Deflater, Deflaters } from '../deflate.ts';
import { compactPixelWriter, NATIVE_FORMAT, pixelWriter, tightPixelWriter } from '../pixels.ts';
import { rawEncoder } from './raw.ts';
import { tightEncoder } from './tight.ts';
import { zrleEncoder } from './zrle.ts';

/** 32 bits in the order of a framebuffer, so that three bytes of a pixel are its colour. */
const RGBX = { ...NATIVE_FORMAT, redShift: 0, blueShift: 16 };

function rgbaOf(name: PictureName, width: number, height: number): Uint8ClampedArray {
  const { rgb } = picture(name, width, height);
  return Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 255 : (rgb[3 * (i >> 2) + (i % 4)] ?? 0),
  );
}

function wordsOf(pixels: Uint8ClampedArray): Int32Array {
  return new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
}

/** Tiles of ZRLE with three bytes a pixel, as the RFC describes them. [RFC 6143 §7.7.6] */
function decodeZrle(content: Uint8Array, width: number, height: number): Uint8ClampedArray {
  const shown = new Uint8ClampedArray(4 * width * height);
  let at = 0;
  const byte = (): number => content[at++] ?? Number.NaN;
  const colour = (): number[] => [byte(), byte(), byte(), 255];
  const length = (): number => {
    let sum = 1;
    for (let next = byte(); ; next = byte()) {
      sum += next;
      if (next !== 255) return sum;
    }
  };
  for (let top = 0; top < height; top += 64) {
    for (let left = 0; left < width; left += 64) {
      const [w, h] = [Math.min(64, width - left), Math.min(64, height - top)];
      const pixels: number[][] = [];
      const kind = byte();
      const palette = Array.from({ length: kind >= 130 ? kind - 128 : kind >= 1 && kind <= 16 ? kind : 0 }, colour);
      if (kind === 1) pixels.push(...Array(w * h).fill(palette[0]));
      else if (kind > 1 && kind <= 16) {
        const bits = kind === 2 ? 1 : kind <= 4 ? 2 : 4;
        for (let row = 0; row < h; row++) {
          const line = Array.from({ length: Math.ceil((w * bits) / 8) }, byte);
          for (let x = 0; x < w; x++) {
            const index = ((line[(x * bits) >> 3] ?? 0) >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
            pixels.push(palette[index] ?? []);
          }
        }
      }
      while (pixels.length < w * h) {
        if (kind === 0) pixels.push(colour());
        else if (kind === 128) {
          const run = colour();
          pixels.push(...Array(length()).fill(run));
        } else {
          const code = byte();
          pixels.push(...Array(code < 128 ? 1 : length()).fill(palette[code & 127]));
        }
      }
      expect(pixels.length).toBe(w * h);
      pixels.forEach((pixel, i) => {
        shown.set(pixel, 4 * ((top + Math.floor(i / w)) * width + left + (i % w)));
      });
    }
  }
  expect(at).toBe(content.length);
  return shown;
}

const names = ['solid', 'console', 'bios', 'desktop', 'photo'] as const;
const sizes = [
  [150, 100],
  [64, 64],
  [130, 3],
  [1, 1],
  [342, 64],
] as const;

describe('ZRLE', () => {
  test.each(names.flatMap((name) => sizes.map(([width, height]) => ({ name, width, height }))))(
    '$name, $width × $height, and what follows it in the stream',
    ({ name, width, height }) => {
      const encoder = zrleEncoder(compactPixelWriter(RGBX), new Deflater(1));
      const pieces: Uint8Array[] = [];
      for (const shown of [name, 'desktop', name] as const) {
        const pixels = rgbaOf(shown, width, height);
        const bytes = encoder.encode({ words: wordsOf(pixels), stride: width }, 0, width, height);
        expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length - 4);
        const before = pieces.length === 0 ? 0 : inflated(pieces).length;
        pieces.push(bytes.subarray(4));
        expect(wrongPixels(decodeZrle(inflated(pieces).subarray(before), width, height), pixels)).toBe(0);
      }
    },
  );

  const inflated = (pieces: readonly Uint8Array[]): Uint8Array =>
    inflateSync(joined(pieces), { finishFlush: constants.Z_SYNC_FLUSH });

  test.each([
    ['one colour', 8, 2, 'a'.repeat(16), '01 61 00 00'],
    ['two colours', 8, 2, 'abababababbababa', '02 61 00 00 62 00 00 55 6a'],
    ['rows that are filled up', 3, 3, 'abaabbbab', '02 61 00 00 62 00 00 40 60 a0'],
    ['one row each', 8, 2, 'aaaaaaaabbbbbbbb', '02 61 00 00 62 00 00 00 ff'],
    ['few pixels, as they are', 2, 1, 'ab', '00 61 00 00 62 00 00'],
  ])('%s', (_what, width, height, letters, hex) => {
    const words = Int32Array.from(letters, (letter) => letter.charCodeAt(0));
    const encoder = zrleEncoder(compactPixelWriter(RGBX), new Deflater(0));
    const piece = encoder.encode({ words, stride: width }, 0, width, height).subarray(4);
    expect(toHex(inflated([piece]))).toBe(hex);
  });

  test.each([
    ['two', [600, 3496], `80 61 00 00 ff ff 59 62 00 00 ${'ff '.repeat(13)}b4`],
    [
      'four, where a palette is worth it',
      [1024, 1024, 1024, 1024],
      `82 61 00 00 62 00 00${' 80 ff ff ff ff 03 81 ff ff ff ff 03'.repeat(2)}`,
    ],
  ])('long runs: %s', (_what, lengths, hex) => {
    const words = Int32Array.from(lengths.flatMap((length, i) => Array(length).fill(0x61 + (i % 2))));
    const encoder = zrleEncoder(compactPixelWriter(RGBX), new Deflater(0));
    const piece = encoder.encode({ words, stride: 64 }, 0, 64, 64).subarray(4);
    expect(toHex(inflated([piece]))).toBe(hex);
  });

  test('128 colours are no palette', () => {
    for (const count of [126, 127, 128, 129]) {
      const words = Int32Array.from({ length: 4096 }, (_, i) => Math.floor(i / 8) % count);
      const encoder = zrleEncoder(compactPixelWriter(RGBX), new Deflater(1));
      const piece = encoder.encode({ words, stride: 64 }, 0, 64, 64).subarray(4);
      expect(inflated([piece])[0]).toBe(count <= 127 ? 128 + count : 128);
    }
  });

  test('begins with a header of zlib, once', () => {
    const encoder = zrleEncoder(compactPixelWriter(RGBX), new Deflater(1));
    const words = new Int32Array(4);
    expect(toHex(encoder.encode({ words, stride: 2 }, 0, 2, 2).subarray(4, 6))).toBe('78 01');
    expect(toHex(encoder.encode({ words, stride: 2 }, 0, 2, 2).subarray(4, 6))).not.toBe('78 01');
  });
});

describe('Tight', () => {
  const encode = (letters: string, width: number, pixels = tightPixelWriter(NATIVE_FORMAT)): string => {
    const words = Int32Array.from(letters, (letter) => 0x102000 + letter.charCodeAt(0));
    const encoder = tightEncoder(pixels, new Deflaters(1));
    return toHex(encoder.encode({ words, stride: width }, 0, width, letters.length / width));
  };

  test.each([
    ['one colour: red, green, blue, whatever their places in a pixel', 'aaaa', 2, '80 61 20 10'],
    ['two colours: a bit a pixel, rows filled up', 'abaabbbab', 3, '50 01 01 61 20 10 62 20 10 40 60 a0'],
    ['three colours: a byte a pixel', 'abcabc', 3, '60 01 02 61 20 10 62 20 10 63 20 10 00 01 02 00 01 02'],
  ])('%s', (_what, letters, width, hex) => {
    expect(encode(letters, width)).toBe(hex);
  });

  test('twelve bytes and more are deflated, behind their length', () => {
    const hex = encode('abc'.repeat(4), 4);
    expect(hex.slice(0, 36)).toBe('60 01 02 61 20 10 62 20 10 63 20 10 ');
    const bytes = fromHex(hex).subarray(12);
    expect(bytes[0]).toBe(bytes.length - 1);
    const numbers = inflateSync(bytes.subarray(1), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(toHex(numbers)).toBe(Array(4).fill('00 01 02').join(' '));
  });

  test('whole pixels where they are not 24 bits of 32', () => {
    expect(encode('aaaa', 2, tightPixelWriter(PixelFormats.rgb565))).toBe('80 02 61');
  });

  test('too many colours are pixels, behind their length in two bytes', () => {
    const random = seededRandom(6);
    const words = Int32Array.from({ length: 4096 }, () => Math.floor(random() * 0x1000000));
    const encoder = tightEncoder(tightPixelWriter(NATIVE_FORMAT), new Deflaters(0));
    const bytes = encoder.encode({ words, stride: 64 }, 0, 64, 64);
    expect(bytes[0]).toBe(0);
    const length = ((bytes[1] ?? 0) & 0x7f) | (((bytes[2] ?? 0) & 0x7f) << 7);
    expect(length).toBe(bytes.length - 3);
    const pixels = inflateSync(bytes.subarray(3), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(pixels.length).toBe(3 * 4096);
    expect([pixels[0], pixels[1], pixels[2]]).toEqual([0, 8, 16].map((shift) => ((words[0] ?? 0) >> shift) & 255));
  });
});

test('Raw is rows of pixels, out of the middle of a screen', () => {
  const words = Int32Array.from({ length: 20 }, (_, i) => i);
  const encoder = rawEncoder(pixelWriter(RGBX));
  expect(toHex(encoder.encode({ words, stride: 5 }, 6, 2, 2))).toBe('06 00 00 00 07 00 00 00 0b 00 00 00 0c 00 00 00');
});

test('a stream of deflated pieces has room for any', () => {
  const deflater = new Deflater(0);
  const content = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
  const piece = deflater.deflate(content);
  expect(inflateSync(piece, { finishFlush: constants.Z_SYNC_FLUSH }).equals(content)).toBe(true);
  expect(deflater.deflate(fromHex('01 02'), 1).length).toBeLessThan(20);
});

/** The parts of noVNC's decoders that are used. */
interface NoVncDecoder {
  decodeRect(
    x: number,
    y: number,
    width: number,
    height: number,
    socket: Queue,
    display: Display,
    depth: number,
  ): boolean;
}

/** The receive queue of noVNC's socket, with everything already in it. */
class Queue {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  rQwait(_what: string, length: number): boolean {
    return this.#bytes.length - this.#at < length;
  }

  rQshift8(): number {
    return this.rQshiftBytes(1)[0] ?? 0;
  }

  rQshift32(): number {
    const { buffer, byteOffset } = this.rQshiftBytes(4);
    return new DataView(buffer, byteOffset).getUint32(0);
  }

  rQshiftBytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rQpeek8(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  rQskipBytes(length: number): void {
    this.#at += length;
  }

  rQshiftTo(target: Uint8Array, length: number): void {
    target.set(this.rQshiftBytes(length));
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
}

/** noVNC's display, which keeps the pixels. */
class Display {
  readonly pixels: Uint8ClampedArray;
  readonly #width: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.pixels = new Uint8ClampedArray(4 * width * height);
  }

  fillRect(x: number, y: number, width: number, height: number, colour: readonly number[]): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++)
        this.pixels.set([...colour, 255], 4 * (row * this.#width + column));
    }
  }

  blitImage(x: number, y: number, width: number, height: number, bytes: Uint8Array, offset: number): void {
    for (let row = 0; row < height; row++) {
      const from = offset + 4 * row * width;
      this.pixels.set(bytes.subarray(from, from + 4 * width), 4 * ((y + row) * this.#width + x));
    }
  }
}

describe("noVNC's decoders", needs('peers'), () => {
  // It looks for the console of a browser while it is loaded.
  vi.stubGlobal('window', { console });
  afterAll(() => void vi.unstubAllGlobals());

  const load = async (name: string): Promise<NoVncDecoder> => {
    const file = join(peersFolder() ?? '', '@novnc/novnc/core/decoders', `${name}.js`);
    const { default: Decoder } = (await import(file)) as { default: new () => NoVncDecoder };
    return new Decoder();
  };
  const encoders = {
    zrle: () => zrleEncoder(compactPixelWriter(RGBX), new Deflater(1)),
    raw: () => rawEncoder(pixelWriter(RGBX)),
    tight: () => tightEncoder(tightPixelWriter(NATIVE_FORMAT), new Deflaters(1)),
  };

  test.each(['zrle', 'raw', 'tight'] as const)('read %s as the same pictures', async (encoding) => {
    const [width, height] = [342, 150];
    const decoder = await load(encoding);
    const encoder = encoders[encoding]();
    for (const name of names) {
      const pixels = rgbaOf(name, width, height);
      const display = new Display(width, height);
      const [columns, rows] = [Math.min(encoder.maxColumns, width), Math.min(encoder.maxRows, height)];
      for (let y = 0; y < height; y += rows) {
        for (let x = 0; x < width; x += columns) {
          const [w, h] = [Math.min(columns, width - x), Math.min(rows, height - y)];
          const queue = new Queue(encoder.encode({ words: wordsOf(pixels), stride: width }, y * width + x, w, h));
          let done = false;
          // Raw is read row by row.
          for (let turn = 0; turn < h && !done; turn++) done = decoder.decodeRect(x, y, w, h, queue, display, 24);
          expect([done, queue.left]).toEqual([true, 0]);
        }
      }
      expect(wrongPixels(display.pixels, pixels)).toBe(0);
    }
  });
});

test('Tight says the length of a tile of noise in three bytes, where pixels have four', () => {
  const deep = {
    ...NATIVE_FORMAT,
    depth: 30,
    redMax: 1023,
    greenMax: 1023,
    blueMax: 1023,
    redShift: 20,
    greenShift: 10,
  };
  const random = seededRandom(3);
  const words = Int32Array.from({ length: 64 * 64 }, () => Math.floor(random() * 2 ** 24));
  // Stored, so that it grows.
  const bytes = tightEncoder(tightPixelWriter(deep), new Deflaters(0)).encode({ words, stride: 64 }, 0, 64, 64);
  const [control = 0, low = 0, middle = 0, high = 0] = bytes;
  const length = (low & 0x7f) | ((middle & 0x7f) << 7) | (high << 14);
  expect([control, low >> 7, middle >> 7, length]).toEqual([0, 1, 1, bytes.length - 4]);
  expect(length).toBeGreaterThan(0x4000);
  const pixels = inflateSync(bytes.subarray(4), { finishFlush: constants.Z_SYNC_FLUSH });
  expect(pixels.length).toBe(4 * 64 * 64);
});
