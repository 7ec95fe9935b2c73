import { describe, expect, test } from 'vitest';
import { KEYS, type KeyStroke } from '../redirection/kvm/keysyms.ts';
import { de } from '../redirection/kvm/layouts/de.ts';
import { fr } from '../redirection/kvm/layouts/fr.ts';
import { us } from '../redirection/kvm/layouts/us.ts';
import { KeyTranslator } from './keys.ts';

const names = new Map<number, string>(KEYS.map(([code, keysym]) => [keysym, code]));
const SHIFT = 0xffe1;
const CTRL = 0xffe3;
const ALTGR_OF_X = 0xfe03;

function written(strokes: readonly KeyStroke[]): string {
  return strokes.map(({ keysym, pressed }) => `${pressed ? '+' : '-'}${names.get(keysym) ?? keysym}`).join(' ');
}

/** What these keysyms come to, pressed and let go in turn; a minus lets go of one that was pressed. */
function typed(keys: KeyTranslator, ...keysyms: readonly number[]): string {
  return written(keysyms.flatMap((keysym) => keys.character(Math.abs(keysym), keysym > 0)));
}

describe('a viewer and a guest with a US keyboard', () => {
  test.each([
    ['a letter', [0x61, -0x61], '+KeyA -KeyA'],
    ['a letter with Shift', [SHIFT, 0x41, -0x41, -SHIFT], '+ShiftLeft +KeyA -KeyA -ShiftLeft'],
    ['a sign with Shift', [SHIFT, 0x21, -0x21, -SHIFT], '+ShiftLeft +Digit1 -Digit1 -ShiftLeft'],
    ['a letter with Caps Lock, which we do not see', [0x41, -0x41], '+ShiftLeft +KeyA -ShiftLeft -KeyA'],
    ['a command', [CTRL, 0x63, -0x63, -CTRL], '+ControlLeft +KeyC -KeyC -ControlLeft'],
    ['a command with Shift', [CTRL, SHIFT, 0x54, -0x54], '+ControlLeft +ShiftLeft +KeyT -KeyT'],
    ['a command with Shift, told as a small letter', [CTRL, SHIFT, 0x74, -0x74], '+ControlLeft +ShiftLeft +KeyT -KeyT'],
    ['a command with Caps Lock', [CTRL, 0x43, -0x43], '+ControlLeft +KeyC -KeyC'],
    [
      '@ of a German viewer',
      [ALTGR_OF_X, 0x40, -0x40],
      '+AltRight -AltRight +ShiftLeft +Digit2 -ShiftLeft +AltRight -Digit2',
    ],
    ['Ctrl+Alt+Del', [CTRL, 0xffe9, 0xffff, -0xffff], '+ControlLeft +AltLeft +Delete -Delete'],
    ['a key of the keypad without Num Lock', [0xff96, -0xff96], '+ArrowLeft -ArrowLeft'],
    ['a digit of the keypad', [0xffb4, -0xffb4], '+Numpad4 -Numpad4'],
    ['Shift and Tab', [SHIFT, 0xfe20, -0xfe20], '+ShiftLeft +Tab -Tab'],
    ['Super', [0xffeb, -0xffeb], '+MetaLeft -MetaLeft'],
    ['a letter let go in another case', [SHIFT, 0x41, -SHIFT, -0x61], '+ShiftLeft +KeyA -ShiftLeft -KeyA'],
    ['a sign let go as a digit', [SHIFT, 0x21, -SHIFT, -0x31], '+ShiftLeft +Digit1 -ShiftLeft -Digit1'],
    ['a key that repeats', [0x61, 0x61, -0x61], '+KeyA +KeyA -KeyA'],
    ['what no US keyboard has', [0xe4, -0xe4, 0x20ac, -0x20ac, 0x0100_03b1], ''],
    ['what no keyboard has', [0x1008ff13, -0x1008ff13, 0xffffff, 0x7f], ''],
    ['a key let go that was not pressed', [-0x61], ''],
  ])('%s', (_what, keysyms, strokes) => {
    expect(typed(new KeyTranslator(us), ...keysyms)).toBe(strokes);
  });
});

describe('a guest with a German keyboard', () => {
  test.each([
    ['y, and z', [0x79, -0x79, 0x7a, -0x7a], '+KeyZ -KeyZ +KeyY -KeyY'],
    [
      '@ from a US keyboard: Shift is not what makes it',
      [SHIFT, 0x40, -0x40, -SHIFT],
      '+ShiftLeft -ShiftLeft +AltRight +KeyQ -AltRight +ShiftLeft -KeyQ -ShiftLeft',
    ],
    ['@ from a German one', [ALTGR_OF_X, 0x40, -0x40, -ALTGR_OF_X], '+AltRight +KeyQ -KeyQ -AltRight'],
    ['/ from a US keyboard', [0x2f, -0x2f], '+ShiftLeft +Digit7 -ShiftLeft -Digit7'],
    [
      '# from a US keyboard, without its Shift',
      [SHIFT, 0x23, -0x23, -SHIFT],
      '+ShiftLeft -ShiftLeft +Backslash +ShiftLeft -Backslash -ShiftLeft',
    ],
    ['é, over a dead key', [0xe9, -0xe9], '+Equal -Equal +KeyE -KeyE'],
    [
      'É with Shift held',
      [SHIFT, 0xc9, -0xc9],
      '+ShiftLeft -ShiftLeft +Equal -Equal +ShiftLeft +KeyE -KeyE -ShiftLeft +ShiftLeft',
    ],
    ['ä, as Unicode', [0x0100_00e4, -0x0100_00e4], '+Quote -Quote'],
    ['the euro', [0x20ac, -0x20ac], '+AltRight +KeyE -AltRight -KeyE'],
  ])('%s', (_what, keysyms, strokes) => {
    expect(typed(new KeyTranslator(de), ...keysyms)).toBe(strokes);
  });
});

test('digits of a French keyboard need Shift', () => {
  expect(typed(new KeyTranslator(fr), 0x31, -0x31)).toBe('+ShiftLeft +Digit1 -ShiftLeft -Digit1');
});

describe('places', () => {
  test('are keys of their own, let go by place, too', () => {
    const keys = new KeyTranslator(de);
    expect(written([...keys.place(0x2c, 0x79, true), ...keys.place(0x2c, 0x59, false)])).toBe('+KeyZ -KeyZ');
    expect(written(keys.place(0xb8, ALTGR_OF_X, true))).toBe('+AltRight');
  });

  test('that nobody knows are taken by what they made', () => {
    const keys = new KeyTranslator(us);
    expect(written([...keys.place(0, 0x61, true), ...keys.place(0, 0x61, false)])).toBe('+KeyA -KeyA');
  });
});

test('lets go of all, the last first, once', () => {
  const keys = new KeyTranslator(us);
  typed(keys, CTRL, 0xffe9, 0x61);
  expect(written(keys.release())).toBe('-KeyA -AltLeft -ControlLeft');
  expect(keys.release()).toEqual([]);
});
