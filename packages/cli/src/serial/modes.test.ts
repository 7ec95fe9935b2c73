import { describe, expect, it } from 'vitest';
import { terminalModes } from './modes.ts';

const ESC = '\u001b';

function undone(...pieces: readonly string[]): string {
  const modes = terminalModes();
  for (const piece of pieces) modes.see(Buffer.from(piece, 'latin1'));
  return modes.undo();
}

describe('What a host did to the terminal', () => {
  it('is nothing when it wrote text', () => {
    expect(undone('login: \r\n')).toBe('');
  });

  it.each([
    ['a hidden cursor', `${ESC}[?25l`, `${ESC}[?25h`],
    ['the other screen and pastes', `${ESC}[?1049;2004h`, `${ESC}[?1049l${ESC}[?2004l`],
    ['a scroll region', `${ESC}[2;20r`, `${ESC}7${ESC}[r${ESC}8`],
    ['keypad and line drawing', `${ESC}=${ESC}(0`, `${ESC}>${ESC}(B`],
    ['colours', `${ESC}[1;37;44m`, `${ESC}[0m`],
  ])('is undone: %s', (_, written, undo) => {
    expect(undone(written)).toBe(undo);
    expect(undone(...[...written])).toBe(undo);
  });

  it('is left alone where the host undid it', () => {
    expect(undone(`${ESC}[?25l${ESC}[?1049h vi ${ESC}[?1049l${ESC}[?25h${ESC}[1;9r${ESC}[r`)).toBe('');
  });
});
