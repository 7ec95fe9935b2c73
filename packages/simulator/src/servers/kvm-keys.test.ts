/** Keysyms of consoles, and the keys of the PC that go down for them. */
import { describe, expect, test } from 'vitest';
import { Keyboard } from './kvm-keys.ts';

/** Presses and releases keysyms; + and - with the usages that went down and up. */
function typed(keysyms: readonly (readonly [keysym: number, pressed: boolean])[], shifts = true): string {
  const seen: string[] = [];
  const keyboard = new Keyboard((usage, pressed) => {
    seen.push(`${pressed ? '+' : '-'}${usage.toString(16).padStart(2, '0')}`);
  }, shifts);
  for (const [keysym, pressed] of keysyms) keyboard.event(keysym, pressed);
  return seen.join(' ');
}

const tap = (keysym: number) => [[keysym, true] as const, [keysym, false] as const];

test.each([
  ['a', 0x61, '04'],
  ['z', 0x7a, '1d'],
  ['1', 0x31, '1e'],
  ['0', 0x30, '27'],
  ['Return', 0xff0d, '28'],
  ['Escape', 0xff1b, '29'],
  ['Backspace', 0xff08, '2a'],
  ['Tab', 0xff09, '2b'],
  ['space', 0x20, '2c'],
  ['-', 0x2d, '2d'],
  ['=', 0x3d, '2e'],
  ['[', 0x5b, '2f'],
  [']', 0x5d, '30'],
  ['backslash', 0x5c, '31'],
  [';', 0x3b, '33'],
  ["'", 0x27, '34'],
  ['`', 0x60, '35'],
  [',', 0x2c, '36'],
  ['.', 0x2e, '37'],
  ['/', 0x2f, '38'],
  ['Caps Lock', 0xffe5, '39'],
  ['F1', 0xffbe, '3a'],
  ['F12', 0xffc9, '45'],
  ['Print', 0xff61, '46'],
  ['Scroll Lock', 0xff14, '47'],
  ['Pause', 0xff13, '48'],
  ['Insert', 0xff63, '49'],
  ['Home', 0xff50, '4a'],
  ['Page Up', 0xff55, '4b'],
  ['Delete', 0xffff, '4c'],
  ['End', 0xff57, '4d'],
  ['Page Down', 0xff56, '4e'],
  ['Right', 0xff53, '4f'],
  ['Left', 0xff51, '50'],
  ['Down', 0xff54, '51'],
  ['Up', 0xff52, '52'],
  ['Num Lock', 0xff7f, '53'],
  ['keypad /', 0xffaf, '54'],
  ['keypad *', 0xffaa, '55'],
  ['keypad -', 0xffad, '56'],
  ['keypad +', 0xffab, '57'],
  ['keypad Enter', 0xff8d, '58'],
  ['keypad 1', 0xffb1, '59'],
  ['keypad 0', 0xffb0, '62'],
  ['keypad .', 0xffae, '63'],
  ['Menu', 0xff67, '65'],
  ['the key between Shift and Z', 0x17170056, '64'],
  ['yen', 0x1717007d, '89'],
  ['Ro', 0x17170073, '87'],
  ['Muhenkan', 0x1717007b, '8b'],
  ['Henkan', 0x17170079, '8a'],
  ['Katakana', 0x17170070, '88'],
  ['Control', 0xffe3, 'e0'],
  ['right Control', 0xffe4, 'e4'],
  ['Shift', 0xffe1, 'e1'],
  ['right Shift', 0xffe2, 'e5'],
  ['Alt', 0xffe9, 'e2'],
  ['right Alt', 0xffea, 'e6'],
  ['Windows', 0xffe7, 'e3'],
  ['right Windows', 0xffe8, 'e7'],
])('%s is a key', (_, keysym, usage) => {
  expect(typed(tap(keysym))).toBe(`+${usage} -${usage}`);
});

// Codes of browsers instead of keysyms come from consoles in the field. [REDIR §KVM 10]
test.each([0x13, 0x14, 0x90, 0x91, 0, 0x010020ac, 0xe4, 0x17170001])('%i is none', (keysym) => {
  expect(typed(tap(keysym))).toBe('');
});

describe('symbols that need Shift', () => {
  test('get it from the firmware', () => {
    expect(typed([...tap(0x21), ...tap(0x41), ...tap(0x61)])).toBe('+e1 +1e -1e -e1 +e1 +04 -04 -e1 +04 -04');
  });

  test('do without it while the console holds one', () => {
    expect(typed([[0xffe1, true], ...tap(0x21), ...tap(0x41), [0xffe1, false]])).toBe('+e1 +1e -1e +04 -04 -e1');
    expect(typed([[0xffe2, true], ...tap(0x7e)])).toBe('+e5 +35 -35');
  });

  test('go without it, if a profile says so', () => {
    expect(typed(tap(0x21), false)).toBe('+1e -1e');
  });

  test('repeat under one', () => {
    expect(
      typed([
        [0x41, true],
        [0x41, true],
        [0x41, false],
      ]),
    ).toBe('+e1 +04 +04 -04 -e1');
  });
});

test('takes the three keys of MeshCommander', () => {
  const chord = [0xffe3, 0xffe9, 0xffff];
  const events = [
    ...chord.map((each) => [each, true] as const),
    ...chord.reverse().map((each) => [each, false] as const),
  ];
  expect(typed(events)).toBe('+e0 +e2 +4c -4c -e2 -e0');
});

test('holds nothing any more when it is unplugged', () => {
  const seen: string[] = [];
  const keyboard = new Keyboard((usage, pressed) => seen.push(`${pressed ? '+' : '-'}${usage}`), true);
  keyboard.event(0x41, true);
  keyboard.releaseAll();
  keyboard.releaseAll();
  expect(seen).toEqual(['+225', '+4', '-4', '-225']);
});
