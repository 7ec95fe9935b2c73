import { expect, test } from 'vitest';
import { fromHex } from './hex.ts';
import { sidText } from './sid.ts';

test.each([
  ['the group of administrators', '01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00', 'S-1-5-32-544'],
  [
    'a user of a domain',
    '01 05 00 00 00 00 00 05 15 00 00 00 01 00 00 00 02 00 00 00 FF FF FF FF F4 01 00 00',
    'S-1-5-21-1-2-4294967295-500',
  ],
  ['one that is cut short', '01 02 00 00 00 00 00 05 20 00 00 00', '010200000000000520000000'],
  ['nothing', '', ''],
])('%s', (_name, bytes, text) => {
  expect(sidText(fromHex(bytes))).toBe(text);
});
