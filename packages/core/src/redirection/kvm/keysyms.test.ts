import { expect, test } from 'vitest';
import { KEYS, keysymOf, keysymOfBrowser, keysymOfScanCode } from './keysyms.ts';

test.each([0, 1, 2, 3])('no two keys share what stands in column %i', (column) => {
  expect(new Set(KEYS.map((key) => key[column])).size).toBe(KEYS.length);
});

// As MeshCommander's and QEMU's tables have them.
test.each([
  ['KeyA', 0x61, 0x1e],
  ['Digit0', 0x30, 0x0b],
  ['Enter', 0xff0d, 0x1c],
  ['Backquote', 0x60, 0x29],
  ['F11', 0xffc8, 0x57],
  ['Delete', 0xffff, 0xd3],
  ['ArrowUp', 0xff52, 0xc8],
  ['Numpad7', 0xffb7, 0x47],
  ['NumpadEnter', 0xff8d, 0x9c],
  ['AltRight', 0xffea, 0xb8],
  ['MetaLeft', 0xffe7, 0xdb],
  ['IntlBackslash', 0x17170056, 0x56],
] as const)('%s', (code, keysym, scanCode) => {
  expect([keysymOf(code), keysymOfBrowser(code), keysymOfScanCode(scanCode)]).toEqual([keysym, keysym, keysym]);
});

test('letters run as the alphabet does, in every column but the last', () => {
  const letters = KEYS.slice(0, 26);
  expect(letters.map(([code, keysym, usage]) => [code, keysym, usage])).toEqual(
    [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter, i) => [`Key${letter}`, letter.toLowerCase().charCodeAt(0), 4 + i]),
  );
  const rows = ['QWERTYUIOP', 'ASDFGHJKL', 'ZXCVBNM'].map((row) => {
    return Array.from(row, (letter) => KEYS.find(([code]) => code === `Key${letter}`)?.[3] ?? 0);
  });
  expect(rows.map(([first]) => first)).toEqual([0x10, 0x1e, 0x2c]);
  for (const row of rows) expect(row).toEqual(row.map((_, i) => (row[0] ?? 0) + i));
});

test('Print Screen with Alt held is Print Screen', () => {
  expect(keysymOfScanCode(0x54)).toBe(0xff61);
});

test('keys that no PC has are unknown', () => {
  expect([keysymOfBrowser('BrowserBack'), keysymOfBrowser('toString'), keysymOfScanCode(0x7f)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
