import { expect, test } from 'vitest';
import { chord, KEY_NAMES } from './chords.ts';

function written(text: string): string {
  return chord(text)
    .map(({ keysym, pressed }) => `${pressed ? '+' : '-'}${keysym.toString(16)}`)
    .join(' ');
}

test.each([
  ['ctrl+alt+del', '+ffe3 +ffe9 +ffff -ffff -ffe9 -ffe3'],
  ['CTRL + Alt + F2', '+ffe3 +ffe9 +ffbf -ffbf -ffe9 -ffe3'],
  ['f12', '+ffc9 -ffc9'],
  ['enter', '+ff0d -ff0d'],
  ['shift+tab', '+ffe1 +ff09 -ff09 -ffe1'],
  ['win+r', '+ffe7 +72 -72 -ffe7'],
  ['alt+sysrq+b', '+ffe9 +ff61 +62 -62 -ff61 -ffe9'],
  ['A', '+61 -61'],
  ['ctrl+-', '+ffe3 +2d -2d -ffe3'],
  ['ctrl+/', '+ffe3 +2f -2f -ffe3'],
  ['NumpadEnter', '+ff8d -ff8d'],
  ['intlbackslash', '+17170056 -17170056'],
])('%s', (text, strokes) => {
  expect(written(text)).toBe(strokes);
});

test.each(['ctrl+altt+del', '', 'ctrl+', '!', 'toString'])('refuses %o and says what there is', (text) => {
  expect(() => chord(text)).toThrow(TypeError);
  expect(() => chord(text)).toThrow('is no key. Keys are alt altgr');
});

test('knows every name it offers', () => {
  for (const name of KEY_NAMES) expect(chord(name).length).toBe(2);
});
