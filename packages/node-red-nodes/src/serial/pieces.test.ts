import { expect, it } from 'vitest';
import { pieces } from './pieces.ts';

it('Text comes out as lines, and what does not end after a moment', async () => {
  const lines: string[] = [];
  const text = pieces((line) => lines.push(line), 5);
  text.feed('one\ntw');
  text.feed('o\n\nlogin: ');
  expect(lines).toEqual(['one', 'two', '']);
  await expect.poll(() => lines.at(-1)).toBe('login: ');
  text.feed('rest');
  text.end();
  expect(lines.at(-1)).toBe('rest');
  text.end();
  expect(lines).toHaveLength(5);
});
