/** Tiles as bytes, and ways to pack them. */
import { fromHex, toHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { type PackedRows, TileEncoder } from './kvm-tile.ts';

function encoded(
  pixels: readonly number[],
  [width, height]: readonly [number, number],
  { packedRows = 'avoided', bytesPerPixel = 2, bigEndian = false }: Partial<Parameters<TileEncoder['encode']>[1]> = {},
): string {
  const tile = { pixels: Uint16Array.from(pixels), width, height };
  return toHex(new TileEncoder().encode(tile, { bytesPerPixel, bigEndian, packedRows }));
}

const hex = (text: string) => toHex(fromHex(text));
const times = (count: number, ...pixels: readonly number[]) => Array.from({ length: count }, () => pixels).flat();
const [RED, BLUE, WHITE, GREEN] = [0xf800, 0x001f, 0xffff, 0x07e0];

describe('a tile of 8 × 2', () => {
  // [REDIR §KVM 6], each read by a console in the field.
  test.each<[string, readonly number[], string]>([
    ['of one colour', times(16, RED), '01 00 f8'],
    ['of two', [...times(4, 0, WHITE), ...times(4, WHITE, 0)], '02 00 00 ff ff 55 aa'],
    [
      'of five',
      [0, 0xffff, 0x1f, 0x7e0, 0xf800, 0, 0xffff, 0x1f, 0x7e0, 0xf800, 0, 0xffff, 0x1f, 0x7e0, 0xf800, 0],
      '05 00 00 ff ff 1f 00 e0 07 00 f8 01 23 40 12 34 01 23 40',
    ],
    ['of two halves', [...times(8, RED), ...times(8, BLUE)], '02 00 f8 1f 00 00 ff'],
  ])('%s', (_, pixels, bytes) => {
    expect(encoded(pixels, [8, 2])).toBe(hex(bytes));
  });
});

describe('runs', () => {
  test.each<[string, readonly number[], readonly [number, number], string]>([
    [
      'of a palette, where that is shorter',
      [...times(7, RED), BLUE, ...times(7, RED)],
      [5, 3],
      '82 00 f8 1f 00 80 06 01 80 06',
    ],
    ['of colours that come once', [...times(8, 1), ...times(7, 2)], [5, 3], '80 01 00 07 02 00 06'],
    ['that end at 255', [...times(256, 1), 2, ...times(31, 1)], [9, 32], '82 01 00 02 00 80 ff 00 01 80 1e'],
    ['longer than that', [...times(526, 1), ...times(51, 2)], [577, 1], '80 01 00 ff ff 0f 02 00 32'],
    ['of 64 × 64, if that were not one colour', times(4096, GREEN), [64, 64], '01 e0 07'],
  ])('%s', (_, pixels, size, bytes) => {
    expect(encoded(pixels, size)).toBe(hex(bytes));
  });
});

test('plain pixels are what is left for noise', () => {
  const noise = Array.from({ length: 4096 }, (_, i) => (i * 40_503) & 0xffff);
  const bytes = encoded(noise, [64, 64]);
  expect(bytes.startsWith('00 00 00 37 9e')).toBe(true);
  expect(fromHex(bytes)).toHaveLength(1 + 8192);
});

test('bytes can be the other way round, or one a pixel', () => {
  expect(encoded(times(16, RED), [8, 2], { bigEndian: true })).toBe('01 f8 00');
  expect(encoded(times(16, 0xe0), [8, 2], { bytesPerPixel: 1 })).toBe('01 e0');
});

test.each<[PackedRows, string]>([
  ['avoided', '82 01 00 02 00 00 01 00 01 00 01'],
  ['padded', '02 01 00 02 00 40 a0'],
  ['continued', '02 01 00 02 00 54'],
])('rows that do not fill their last byte are %s', (packedRows, bytes) => {
  expect(encoded([1, 2, 1, 2, 1, 2], [3, 2], { packedRows })).toBe(hex(bytes));
});

test('nothing of one tile is left in the next', () => {
  const encoder = new TileEncoder();
  const format = { bytesPerPixel: 2, bigEndian: false, packedRows: 'avoided' } as const;
  const many = { pixels: Uint16Array.from({ length: 4096 }, (_, i) => i % 200), width: 64, height: 64 };
  const few = { pixels: Uint16Array.from(times(8, 7, 3)), width: 8, height: 2 };
  encoder.encode(many, format);
  encoder.encode({ ...many, pixels: many.pixels.map((pixel) => pixel % 127) }, format);
  expect(toHex(encoder.encode(few, format))).toBe('02 07 00 03 00 55 55');
});
