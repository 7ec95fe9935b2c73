import { expect, test } from 'vitest';
import { excerpt, fromHex, hexDump, toHex } from './hex.ts';

test('writes bytes as pairs of digits and reads them back', () => {
  expect(toHex(Uint8Array.of(6, 0, 255))).toBe('06 00 ff');
  expect(fromHex('06 00\n  FF')).toEqual(Uint8Array.of(6, 0, 255));
  expect(fromHex('')).toEqual(new Uint8Array(0));
});

test.each(['0', '06 0', 'xx', '0x06'])('refuses %s as hex', (text) => {
  expect(() => fromHex(text)).toThrow(TypeError);
});

test('shortens long excerpts and says how long they were', () => {
  expect(excerpt(new Uint8Array(20), 4)).toBe('00 00 00 00 … (20 bytes)');
  expect(excerpt(Uint8Array.of(1))).toBe('01');
  expect(excerpt(new Uint8Array(0))).toBe('no bytes');
});

test('dumps sixteen bytes a line with their characters', () => {
  const dump = hexDump(new TextEncoder().encode('SOL is a serial\nline'));
  expect(dump.split('\n')).toEqual([
    '00000000  53 4f 4c 20 69 73 20 61 20 73 65 72 69 61 6c 0a  SOL is a serial.',
    '00000010  6c 69 6e 65                                      line',
  ]);
});
