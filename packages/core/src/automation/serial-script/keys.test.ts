import { describe, expect, it } from 'vitest';
import { keyNames, keyText, translateKeys } from './keys.ts';

const ESC = '\u001b';

describe('Keys', () => {
  // [SOL §4], the table of function keys.
  it.each([
    ['F1', 'intel', '[OP'],
    ['F2', 'intel', '[OQ'],
    ['F9', 'intel', '[Op'],
    ['F10', 'intel', '[OM'],
    ['F10', 'ansi', '0'],
    ['F12', 'ansi', '@'],
    ['F3', 'vt100', 'OR'],
    ['F12', 'vt100', 'O['],
    ['F5', 'terminal', '[15~'],
  ] as const)('%s as %s is ESC %s', (name, style, sequence) => {
    expect(keyText(name, style)).toBe(ESC + sequence);
  });

  it('has bytes for every name it lists, for control keys, and for single characters', () => {
    for (const name of keyNames) expect(keyText(name)).toMatch(/./s);
    expect(keyText('ctrl-c')).toBe('\u0003');
    expect(keyText('^]')).toBe('\u001d');
    expect(keyText('y')).toBe('y');
  });

  it.each(['F13', 'F11x', 'ENTRE', 'CTRL-5'])('does not know %s', (name) => {
    expect(keyText(name)).toBeUndefined();
  });

  it('has no F11 for Intel', () => {
    expect(keyText('F11', 'intel')).toBeUndefined();
  });
});

describe('Typed function keys', () => {
  it.each([
    ['xterm', `${ESC}OQ`],
    ['rxvt', `${ESC}[12~`],
    ['the Linux console', `${ESC}[[B`],
  ])('of %s become those the host reads', (_, typed) => {
    expect(translateKeys(`a${typed}b`, 'intel')).toBe(`a${ESC}[OQb`);
    expect(translateKeys(typed, 'ansi')).toBe(`${ESC}2`);
    expect(translateKeys(typed, 'terminal')).toBe(typed);
  });

  it('leave arrows, Esc and Delete alone', () => {
    for (const typed of [`${ESC}[A`, ESC, `${ESC}[3~`]) expect(translateKeys(typed, 'intel')).toBe(typed);
  });
});
