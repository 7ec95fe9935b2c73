import { expect, test } from 'vitest';
import { shownPixels, type WireFormat } from '../../../testing/screen-encoder.ts';
import { pixelTable } from './pixels.ts';

test.each(['rgb565', 'rgb332', 'grey8', 'grey4'] as const satisfies readonly WireFormat[])(
  'spreads every value of %s over 0 to 255',
  (format) => {
    const { words } = pixelTable(format);
    const values = Uint16Array.from({ length: format === 'grey4' ? 16 : words.length }, (_, i) => i);
    expect(new Uint8ClampedArray(words.buffer).subarray(0, 4 * values.length)).toEqual(shownPixels(values, format));
  },
);

test.each([
  { format: 'rgb565', value: 0xffff, shown: [255, 255, 255, 255] },
  { format: 'rgb565', value: 0xf800, shown: [255, 0, 0, 255] },
  { format: 'rgb565', value: 0x8410, shown: [132, 130, 132, 255] },
  { format: 'rgb332', value: 0xe0, shown: [255, 0, 0, 255] },
  { format: 'rgb332', value: 0x25, shown: [36, 36, 85, 255] },
  { format: 'grey8', value: 0x80, shown: [128, 128, 128, 255] },
  { format: 'grey4', value: 0x08, shown: [136, 136, 136, 255] },
  { format: 'grey4', value: 0xf8, shown: [136, 136, 136, 255] },
] as const)('shows $value of $format as $shown', ({ format, value, shown }) => {
  expect([...new Uint8Array(pixelTable(format).words.buffer, 4 * value, 4)]).toEqual(shown);
});
