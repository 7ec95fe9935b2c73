import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../bytes/hex.ts';
import { ProtocolError } from '../../../errors.ts';
import { packIndexes, type Tile, type TileKind, tileBytes } from '../../../testing/screen-encoder.ts';
import { seededRandom } from '../../../transport/faulty.ts';
import { pixelTable } from './pixels.ts';
import { TilePainter } from './tile.ts';

const rgb565 = pixelTable('rgb565');
const rgb332 = pixelTable('rgb332');

/** Untouched pixels: no colour of any table has this alpha. */
const NOTHING = 0x12345678;

/** Paints a tile in the middle of a screen; gives its pixels back as words, and checks that all others stayed. */
function painted(bytes: Uint8Array, width: number, height: number, table = rgb565): number[] {
  const stride = width + 9;
  const words = new Int32Array(stride * (height + 4)).fill(NOTHING);
  const origin = 2 * stride + 5;
  const padded = Uint8Array.of(0xee, 0xee, 0xee, ...bytes, 0xee, 0xee);
  new TilePainter(table).paint(padded, 3, 3 + bytes.length, words, origin, stride, width, height);
  const inside = Array.from({ length: width * height }, (_, i) => {
    return words[origin + Math.floor(i / width) * stride + (i % width)] ?? 0;
  });
  expect(words.filter((word) => word !== NOTHING).length).toBe(inside.filter((word) => word !== NOTHING).length);
  return inside;
}

/** Values of the wire behind words; tables have each word once. */
function valuesOf(words: readonly number[], table = rgb565): number[] {
  return words.map((word) => table.words.indexOf(word));
}

describe('examples, 8 × 2 pixels of 16 bits', () => {
  const [red, green, blue, white, black] = [0xf800, 0x07e0, 0x001f, 0xffff, 0];
  test.each([
    { what: 'one colour', hex: '01 00 f8', pixels: Array(16).fill(red) },
    {
      what: 'two colours, a bit a pixel, the highest first',
      hex: '02 00 00 ff ff aa 55',
      pixels: [...Array(4).fill([white, black]), ...Array(4).fill([black, white])].flat(),
    },
    {
      what: 'five colours, four bits a pixel',
      hex: '05 00 00 ff ff 1f 00 e0 07 00 f8 01 23 40 12 34 01 23 40',
      pixels: [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0].map((i) => [black, white, blue, green, red][i]),
    },
    {
      what: 'runs of a colour',
      hex: '80 00 f8 07 1f 00 07',
      pixels: [...Array(8).fill(red), ...Array(8).fill(blue)],
    },
    {
      what: 'runs from a palette',
      hex: '82 00 f8 1f 00 80 06 01 81 07',
      pixels: [...Array(7).fill(red), blue, ...Array(8).fill(blue)],
    },
    { what: 'a run past the end, which is cut', hex: '80 00 f8 ff 00', pixels: Array(16).fill(red) },
  ])('$what: $hex', ({ hex, pixels }) => {
    expect(valuesOf(painted(fromHex(hex), 8, 2))).toEqual(pixels);
  });

  test('a run of a whole tile', () => {
    expect(valuesOf(painted(fromHex(`80 e0 07 ${'ff '.repeat(16)}0f`), 64, 64))).toEqual(Array(4096).fill(green));
  });

  test.each(['00', '07', 'ff 00', 'ff ff 0f'])('the length of a run, %s', (length) => {
    const pixels = [...fromHex(length)].reduce((sum, byte) => sum + byte, 1);
    const rest = 4096 - pixels;
    const filler = `${'ff '.repeat(Math.floor((rest - 1) / 255))}${toHex(Uint8Array.of((rest - 1) % 255))}`;
    const values = valuesOf(painted(fromHex(`80 00 f8 ${length} 1f 00 ${filler}`), 64, 64));
    expect(values.lastIndexOf(red)).toBe(pixels - 1);
    expect(values.indexOf(blue)).toBe(pixels);
  });
});

test('a tile that AMT 16.1 sent, as far as it was seen: rows of 64 pixels', () => {
  const palette = '92 17 24 92 ff db 00 b6 49 6d 0e 09 04 05 1b 0d 20 25 29';
  // Its first two runs, and the last colour for the rest.
  const values = valuesOf(painted(fromHex(`${palette} 80 0d 81 04 91 ${'ff '.repeat(15)}fb`), 64, 64, rgb332), rgb332);
  expect(values.slice(0, 20)).toEqual([...Array(14).fill(0x17), ...Array(5).fill(0x24), 0x29]);
});

/** A tile of `colours` colours in runs of up to `longest`. */
function someTile(width: number, height: number, colours: number, longest: number, values: number, seed: number): Tile {
  const random = seededRandom(seed);
  const palette = Array.from({ length: colours }, () => Math.floor(random() * values));
  const pixels: number[] = [];
  while (pixels.length < width * height) {
    const value = palette[pixels.length < colours ? pixels.length : Math.floor(random() * colours)] ?? 0;
    const run = pixels.length < colours ? 1 : 1 + Math.floor(random() * longest);
    pixels.push(...Array(run).fill(value));
  }
  return { x: 0, y: 0, width, height, values: pixels.slice(0, width * height) };
}

describe.each([
  { depth: 16, table: rgb565, values: 65536 },
  { depth: 8, table: rgb332, values: 256 },
])('tiles of $depth bits a pixel', ({ table, values }) => {
  const sizes = [
    [64, 64],
    [32, 24],
    [22, 64],
    [6, 9],
    [1, 1],
    [64, 1],
    [1, 64],
  ] as const;
  const kinds: readonly { kind: TileKind; colours: number; longest: number }[] = [
    { kind: 'raw', colours: 200, longest: 1 },
    { kind: 'solid', colours: 1, longest: 1 },
    { kind: 'packed', colours: 2, longest: 5 },
    { kind: 'packed', colours: 3, longest: 5 },
    { kind: 'packed', colours: 4, longest: 5 },
    { kind: 'packed', colours: 11, longest: 3 },
    { kind: 'packed', colours: 16, longest: 3 },
    { kind: 'runs', colours: 30, longest: 400 },
    { kind: 'palette-runs', colours: 2, longest: 900 },
    { kind: 'palette-runs', colours: 127, longest: 40 },
  ];
  test.each(kinds.flatMap((kind) => sizes.map(([width, height]) => ({ ...kind, width, height }))))(
    '$kind of $colours colours, $width × $height',
    ({ kind, colours, longest, width, height }) => {
      const tile = someTile(width, height, colours, longest, values, colours * width + height);
      let bytes: number[];
      try {
        bytes = tileBytes(tile, table.bytesPerPixel, kind);
      } catch {
        return; // A tile too small or too odd for this kind.
      }
      expect(painted(Uint8Array.from(bytes), width, height, table)).toEqual(
        tile.values.map((value) => table.words[value]),
      );
    },
  );

  test.each([
    { width: 22, colours: 2, bits: 1 },
    { width: 22, colours: 3, bits: 2 },
    { width: 21, colours: 9, bits: 4 },
    { width: 3, colours: 2, bits: 1 },
  ])('rows of $width pixels of $bits bits, filled up to a byte or not', ({ width, colours, bits }) => {
    const height = 16;
    const random = seededRandom(width);
    const indexes = Array.from({ length: width * height }, () => Math.floor(random() * colours));
    const palette = Array.from({ length: colours }, (_, i) => 17 * i + 3);
    const head = [
      colours,
      ...palette.flatMap((value) => (table.bytesPerPixel === 2 ? [value & 255, value >> 8] : [value])),
    ];
    const rows = Array.from({ length: height }, (_, row) => indexes.slice(row * width, (row + 1) * width));
    const padded = [...head, ...rows.flatMap((row) => packIndexes(row, bits))];
    const continuous = [...head, ...packIndexes(indexes, bits)];
    expect(padded.length).not.toBe(continuous.length);
    for (const bytes of [padded, continuous]) {
      const words = painted(Uint8Array.from(bytes), width, height, table);
      expect(words).toEqual(indexes.map((index) => table.words[palette[index] ?? 0]));
    }
  });

  test('nothing but ProtocolError for any bytes, and nothing outside the tile', () => {
    const random = seededRandom(11);
    const painter = new TilePainter(table);
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
      const words = new Int32Array(20 * 12).fill(NOTHING);
      try {
        painter.paint(bytes, 0, bytes.length, words, 22, 20, 8, 8);
        accepted++;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      const outside = words.filter((_, at) => at < 22 || (at - 22) % 20 >= 8 || at >= 22 + 160);
      if (outside.some((word) => word !== NOTHING)) throw new Error(`Painted outside: ${toHex(bytes)}`);
    }
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('tiles that are none', () => {
  test.each([
    ['no bytes at all', ''],
    ['a kind that does not exist', '11 00 00'],
    ['another', '81 00 00 00 00'],
    ['one colour and half of it missing', '01 00'],
    ['one colour and a byte too many', '01 00 f8 00'],
    ['pixels that end early', `00 ${'00 '.repeat(31)}`],
    ['pixels and a byte more', `00 ${'00 '.repeat(33)}`],
    ['a palette that ends early', '05 00 00 ff ff'],
    ['indexes that end early', '02 00 00 ff ff aa'],
    ['indexes and a byte more', '02 00 00 ff ff aa 55 00'],
    ['the fourth of three colours', '03 00 00 ff ff 1f 00 1b 1b 1b 1b'],
    ['the sixth of five colours', '05 00 00 ff ff 1f 00 e0 07 00 f8 01 23 40 12 34 01 23 45'],
    ['the third of two colours, in a run', '82 00 f8 1f 00 82 0f'],
    ['the third of two colours, alone', '82 00 f8 1f 00 02 80 0e'],
    ['runs that end early', '80 00 f8 07'],
    ['a run without its length', '80 00 f8'],
    ['a length that goes on and ends', '80 00 f8 ff'],
    ['a palette run without its length', '82 00 f8 1f 00 80'],
    ['palette runs that end early', '82 00 f8 1f 00 80 06'],
    ['runs and a byte more', '80 00 f8 0f 00'],
    ['palette runs and a byte more', '82 00 f8 1f 00 80 0f 00'],
  ])('%s', (_what, hex) => {
    expect(() => painted(fromHex(hex), 8, 2)).toThrow(ProtocolError);
  });

  test.each(['03 00 00 ff ff 1f 00 1b 1b 1b 1b', '82 00 f8 1f 00 82 0f'])(
    'paint no colour that is not there: %s',
    (hex) => {
      const words = new Int32Array(16).fill(NOTHING);
      const bytes = fromHex(hex);
      expect(() => new TilePainter(rgb565).paint(bytes, 0, bytes.length, words, 0, 8, 8, 2)).toThrow(ProtocolError);
      expect(words.every((word) => word === NOTHING)).toBe(true);
    },
  );
});
