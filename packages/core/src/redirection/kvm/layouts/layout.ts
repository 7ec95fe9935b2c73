/**
 * What a keyboard types: characters, and the keys that make them. The firmware passes on keys and not characters, so text
 * has to be typed with the layout that the guest is set to. [REDIR §KVM 10]
 */
import { type KeyCode, type KeyStroke, keysymOf } from '../keysyms.ts';

/** What stands on the keys of a row, from the left; `◌` in front: a dead key, which waits for a letter. `␣`: nothing. */
export interface LayoutRows {
  readonly plain: readonly [numbers: string, upper: string, home: string, lower: string];
  readonly shift: readonly [numbers: string, upper: string, home: string, lower: string];
  /** With AltGr, the right Alt key. */
  readonly altgr?: Partial<Readonly<Record<KeyCode, string>>>;
}

/** One keyboard, as Windows has it. */
export interface KeyboardLayout {
  readonly name: string;
  /** What makes a character; `undefined` where nothing does. */
  strokes(character: string): readonly KeyStroke[] | undefined;
}

/** The keys of the four rows. */
const ROWS: readonly (readonly KeyCode[])[] = [
  ['Backquote', ...digits('1234567890'), 'Minus', 'Equal'],
  [...letters('QWERTYUIOP'), 'BracketLeft', 'BracketRight', 'Backslash'],
  [...letters('ASDFGHJKL'), 'Semicolon', 'Quote'],
  ['IntlBackslash', ...letters('ZXCVBNM'), 'Comma', 'Period', 'Slash'],
];

/** Combining marks of Unicode, and the accents that are written on dead keys. */
const ACCENTS: Readonly<Record<string, string>> = {
  '\u0300': '`',
  '\u0301': '´',
  '\u0302': '^',
  '\u0303': '~',
  '\u0308': '¨',
};

/** The keys that no layout moves. */
const FIXED: readonly (readonly [character: string, code: KeyCode])[] = [
  [' ', 'Space'],
  ['\n', 'Enter'],
  ['\r', 'Enter'],
  ['\t', 'Tab'],
  ['\b', 'Backspace'],
  ['\u001b', 'Escape'],
];

const SHIFT = keysymOf('ShiftLeft');
const ALTGR = keysymOf('AltRight');

/**
 * The layout with this on its keys. An accented letter without a key of its own is made with a dead key, and what stands
 * on a dead key with a blank behind it. Where a character is in two places, the one that needs fewer keys counts.
 */
export function defineLayout(name: string, { plain, shift, altgr = {} }: LayoutRows): KeyboardLayout {
  const direct = new Map<string, readonly KeyStroke[]>(FIXED.map(([character, code]) => [character, stroke(code)]));
  const dead = new Map<string, readonly KeyStroke[]>();
  const put = (text: string, strokes: readonly KeyStroke[]): void => {
    const [target, character] = text.startsWith('◌') && text.length > 1 ? [dead, text.slice(1)] : [direct, text];
    if (!target.has(character)) target.set(character, strokes);
  };
  for (const [text, code] of onKeys(name, plain)) put(text, stroke(code));
  for (const [text, code] of onKeys(name, shift)) put(text, stroke(code, SHIFT));
  for (const [code, text] of Object.entries(altgr)) put(text, stroke(code as KeyCode, ALTGR));
  return {
    name,
    strokes(character) {
      const known = direct.get(character);
      if (known !== undefined) return known;
      const alone = dead.get(character);
      if (alone !== undefined) return [...alone, ...stroke('Space')];
      // Beyond Latin-1 keyboards have other opinions on what accents go with what.
      const [letter = '', mark = '', ...more] = character <= 'ÿ' ? character.normalize('NFD') : '';
      const accent = dead.get(ACCENTS[mark] ?? '');
      const base = direct.get(letter);
      return accent !== undefined && base !== undefined && more.length === 0 ? [...accent, ...base] : undefined;
    },
  };
}

function onKeys(name: string, rows: readonly string[]): (readonly [text: string, code: KeyCode])[] {
  return rows.flatMap((row, i) => {
    const texts = row.split(' ');
    const codes = ROWS[i] ?? [];
    if (texts.length !== codes.length) throw new TypeError(`Row ${i + 1} of ${name} has ${texts.length} keys.`);
    return codes.flatMap((code, at) => (texts[at] === '␣' ? [] : [[texts[at] ?? '', code] as const]));
  });
}

function stroke(code: KeyCode, modifier?: number): KeyStroke[] {
  const keysym = keysymOf(code);
  const tap = [
    { keysym, pressed: true },
    { keysym, pressed: false },
  ];
  if (modifier === undefined) return tap;
  return [{ keysym: modifier, pressed: true }, ...tap, { keysym: modifier, pressed: false }];
}

function digits(text: string): KeyCode[] {
  return Array.from(text, (digit) => `Digit${digit}` as KeyCode);
}

function letters(text: string): KeyCode[] {
  return Array.from(text, (letter) => `Key${letter}` as KeyCode);
}
