import { describe, expect, it } from 'vitest';
import { escapes } from './escape.ts';

/** What became of typed pieces, in letters: `t:` text, `k:` a key behind it; `r` wants one more. */
function told(...pieces: readonly string[]): string[] {
  const all: string[] = [];
  const feed = escapes({
    text: (bytes) => void all.push(`t:${Buffer.from(bytes).toString()}`),
    key: (key) => {
      all.push(`k:${key}`);
      return key === 'r';
    },
  });
  for (const piece of pieces) feed(Buffer.from(piece));
  return all;
}

describe('Ctrl-]', () => {
  it('lets everything else through, Ctrl-C too', () => {
    expect(told('ls\r\u0003')).toEqual(['t:ls\r\u0003']);
  });

  it('takes the next key for us, whole or one byte at a time', () => {
    const typed = 'ab\u001dqcd';
    expect(told(typed)).toEqual(['t:ab', 'k:q', 't:cd']);
    expect(told(...[...typed])).toEqual(['t:a', 't:b', 'k:q', 't:c', 't:d']);
  });

  it('takes one more where a question was asked', () => {
    expect(told('\u001dryls')).toEqual(['k:r', 'k:y', 't:ls']);
  });

  it('twice is one for the machine', () => {
    expect(told('\u001d\u001dx')).toEqual(['t:\u001dx']);
    expect(told('\u001d', '\u001d', 'x')).toEqual(['t:\u001d', 't:x']);
  });
});
