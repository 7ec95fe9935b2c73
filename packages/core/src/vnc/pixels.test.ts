import { describe, expect, test } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { type PixelFormat, PixelFormats } from '../redirection/kvm/messages.ts';
import { compactPixelWriter, NATIVE_FORMAT, palette, pixelWriter } from './pixels.ts';

/** Red 255, green 128, blue 64, and black. */
const words = new Int32Array(Uint8Array.of(9, 9, 9, 9, 255, 128, 64, 255, 0, 0, 0, 255).buffer);

function format(hex: string): PixelFormat {
  const bytes = hex.split(' ').map((pair) => Number.parseInt(pair, 16));
  const at = (i: number): number => bytes[i] ?? 0;
  return {
    bitsPerPixel: at(0),
    depth: at(1),
    bigEndian: at(2),
    trueColour: at(3),
    redMax: at(4) * 256 + at(5),
    greenMax: at(6) * 256 + at(7),
    blueMax: at(8) * 256 + at(9),
    redShift: at(10),
    greenShift: at(11),
    blueShift: at(12),
  };
}

describe.each([
  ['BGRX, ours', '20 18 00 01 00 ff 00 ff 00 ff 10 08 00', '40 80 ff 00 00 00 00 00', '40 80 ff 00 00 00'],
  [
    'RGBX, what noVNC asks for',
    '20 18 00 01 00 ff 00 ff 00 ff 00 08 10',
    'ff 80 40 ff 00 00 00 ff',
    'ff 80 40 00 00 00',
  ],
  [
    'XRGB, the highest byte first',
    '20 18 01 01 00 ff 00 ff 00 ff 10 08 00',
    '00 ff 80 40 00 00 00 00',
    'ff 80 40 00 00 00',
  ],
  ['XBGR in the upper bytes', '20 18 00 01 00 ff 00 ff 00 ff 08 10 18', '00 ff 80 40 00 00 00 00', 'ff 80 40 00 00 00'],
  [
    'the upper bytes, the highest first',
    '20 18 01 01 00 ff 00 ff 00 ff 18 10 08',
    'ff 80 40 00 00 00 00 00',
    'ff 80 40 00 00 00',
  ],
  [
    '32 bits of colour, which are not compact',
    '20 20 00 01 00 ff 00 ff 00 ff 10 08 00',
    '40 80 ff 00 00 00 00 00',
    '40 80 ff 00 00 00 00 00',
  ],
  [
    'bits in all four bytes',
    '20 18 00 01 00 ff 00 ff 00 ff 00 0c 18',
    'ff 00 08 40 00 00 00 00',
    'ff 00 08 40 00 00 00 00',
  ],
  ['10 bits a colour', '20 1e 00 01 03 ff 03 ff 03 ff 14 0a 00', '01 09 f8 3f 00 00 00 00', '01 09 f8 3f 00 00 00 00'],
  ['RGB565', '10 10 00 01 00 1f 00 3f 00 1f 0b 05 00', '08 fc 00 00', '08 fc 00 00'],
  ['RGB565, the high byte first', '10 10 01 01 00 1f 00 3f 00 1f 0b 05 00', 'fc 08 00 00', 'fc 08 00 00'],
  ['RGB555', '10 0f 00 01 00 1f 00 1f 00 1f 0a 05 00', '08 7e 00 00', '08 7e 00 00'],
  ['RGB332', '08 08 00 01 00 07 00 07 00 03 05 02 00', 'f1 00', 'f1 00'],
  ['BGR233 of TigerVNC', '08 08 00 01 00 07 00 07 00 03 00 03 06', '67 00', '67 00'],
  ['RGB222, what noVNC asks for at 8 bits', '08 06 00 01 00 03 00 03 00 03 00 02 04', '1b 00', '1b 00'],
  ['a palette', '08 08 00 00 00 00 00 00 00 00 00 00 00', 'f1 00', 'f1 00'],
])('%s', (_name, hex, whole, compact) => {
  test.each([
    ['whole', pixelWriter, whole],
    ['compact', compactPixelWriter, compact],
  ] as const)('%s', (_how, make, expected) => {
    const writer = make(format(hex));
    const out = new Uint8Array(2 + 2 * writer.bytesPerPixel);
    writer.write(out, 2, words, 1, 2);
    expect(toHex(out.subarray(2))).toBe(expected);
    expect(toHex(out.subarray(0, 2))).toBe('00 00');
  });
});

test('every colour of the firmware comes out as it came in', () => {
  for (const [name, size] of [
    ['rgb565', 65536],
    ['rgb332', 256],
  ] as const) {
    const spread = (value: number, max: number): number => Math.round((value * 255) / max);
    const colours = Uint8Array.from(
      Array.from({ length: size }, (_, value) =>
        name === 'rgb565'
          ? [spread(value >> 11, 31), spread((value >> 5) & 63, 63), spread(value & 31, 31), 255]
          : [spread(value >> 5, 7), spread((value >> 2) & 7, 7), spread(value & 3, 3), 255],
      ).flat(),
    );
    const writer = pixelWriter(PixelFormats[name]);
    const out = new Uint8Array(size * writer.bytesPerPixel);
    writer.write(out, 0, new Int32Array(colours.buffer), 0, size);
    const values = name === 'rgb565' ? new Uint16Array(out.buffer) : out;
    expect(values.every((value, i) => value === i)).toBe(true);
  }
});

test('the palette has black first and white last', () => {
  expect([palette()[0], palette()[0xe0], palette()[255]]).toEqual([
    [0, 0, 0],
    [0xffff, 0, 0],
    [0xffff, 0xffff, 0xffff],
  ]);
});

test.each([
  { ...NATIVE_FORMAT, bitsPerPixel: 24 },
  { ...NATIVE_FORMAT, bitsPerPixel: 0 },
  { ...NATIVE_FORMAT, redShift: 25 },
  { ...NATIVE_FORMAT, trueColour: 0 },
  { ...PixelFormats.rgb565, redMax: 65535 },
])('refuses $bitsPerPixel bits with red up to $redMax from bit $redShift on', (odd) => {
  expect(() => pixelWriter(odd)).toThrow(ProtocolError);
  expect(() => compactPixelWriter(odd)).toThrow(ProtocolError);
});
