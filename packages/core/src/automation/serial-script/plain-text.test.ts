import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

const ESC = '\u001b';

describe('Plain text', () => {
  const written = `${ESC}[2J${ESC}[1;37;44mBoot ${ESC}[0mmenu\r\n${ESC}]0;title\u0007a\rb\u0000${ESC}(B${ESC}7${ESC}Mc\r\r\nd`;

  it('has no colours, movements, titles or control characters, and lines that end in LF', () => {
    expect(plainText()(written)).toBe('Boot menu\na\nbc\nd');
  });

  it('is the same one character at a time', () => {
    const each = plainText();
    expect([...written].map((character) => each(character)).join('')).toBe('Boot menu\na\nbc\nd');
  });

  it('does not hold text back behind an ESC that begins nothing', () => {
    expect(plainText()(`${ESC}]${'x'.repeat(400)}`)).toContain('x'.repeat(300));
  });
});
