import { describe, expect, it } from 'vitest';
import type { TypingStyle } from './style.ts';
import { forTerminal, typist } from './typing.ts';

const usual: TypingStyle = { encoding: 'utf8', keys: 'terminal', enter: 'cr', backspace: 'del', lines: false };

function typed(text: string, style: Partial<TypingStyle> = {}): string {
  return Buffer.from(typist({ ...usual, ...style })(Buffer.from(text))).toString('latin1');
}

describe('Typing', () => {
  it.each([
    ['cr', 'ls\r', 'ls\r'],
    ['lf', 'ls\r', 'ls\n'],
    ['crlf', 'ls\r', 'ls\r\n'],
  ] as const)('Enter as %s', (enter, text, sent) => {
    expect(typed(text, { enter })).toBe(sent);
  });

  it('leaves Ctrl-J at a terminal alone, and takes the end of a line out of a pipe for Enter', () => {
    expect(typed('\n')).toBe('\n');
    expect(typed('a\nb\r\n', { lines: true })).toBe('a\rb\r');
    expect(typed('a\nb\r\n', { lines: true, enter: 'asis' })).toBe('a\nb\r\n');
  });

  it('sends Backspace as BIOSes want it when it is told to', () => {
    expect(typed('\u007f')).toBe('\u007f');
    expect(typed('\u007f', { backspace: 'bs' })).toBe('\b');
  });

  it('keeps UTF-8 as it is, and brings it into the code page of a BIOS, also in single bytes', () => {
    expect(typed('é')).toBe('\u00c3\u00a9');
    const type = typist({ ...usual, encoding: 'cp437' });
    expect([...Buffer.from('é')].flatMap((byte) => [...type(Uint8Array.of(byte))])).toEqual([0x82]);
  });
});

describe('For the terminal', () => {
  const show = (...pieces: readonly string[]): string => {
    const shown = forTerminal({ encoding: 'utf8' });
    return pieces.map((piece) => Buffer.from(shown(Buffer.from(piece))).toString()).join('');
  };

  it('a line feed alone keeps its column, and CR LF is a new line', () => {
    expect(show('a\nb\r\nc')).toBe('a\u001bDb\r\nc');
    expect(show('a\r', '\n\nb')).toBe('a\r\n\nb');
    expect(show('a\r\n', 'b', '\n')).toBe('a\r\nb\u001bD');
  });

  it('follows a change of the encoding', () => {
    const style: Pick<TypingStyle, 'encoding'> = { encoding: 'utf8' };
    const shown = forTerminal(style);
    expect(Buffer.from(shown(Uint8Array.of(0xc9)))).toEqual(Buffer.from([0xc9]));
    style.encoding = 'cp437';
    expect(Buffer.from(shown(Uint8Array.of(0xc9))).toString()).toBe('╔');
  });
});
