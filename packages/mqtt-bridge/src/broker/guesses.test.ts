import { expect, test } from 'vitest';
import { createGuesses } from './guesses.ts';

test('some wrong passwords are free, then each makes the next try wait longer, up to a minute', () => {
  let time = 0;
  const guesses = createGuesses(() => time);
  const waits = Array.from({ length: 12 }, () => guesses.wrong('192.0.2.1', 'eve'));
  expect(waits).toEqual([0, 0, 0, 0, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(guesses.waitMs('192.0.2.1', 'eve')).toBe(60_000);
  time += 59_000;
  expect(guesses.waitMs('192.0.2.1', 'eve')).toBe(1000);
  time += 1000;
  expect(guesses.waitMs('192.0.2.1', 'eve')).toBe(0);
});

test('nobody else is held up, and the right password or an hour forgives', () => {
  let time = 0;
  const guesses = createGuesses(() => time);
  for (let i = 0; i < 6; i++) guesses.wrong('192.0.2.1', 'eve');
  expect(guesses.waitMs('192.0.2.1', 'adam')).toBe(0);
  expect(guesses.waitMs('192.0.2.2', 'eve')).toBe(0);
  guesses.right('192.0.2.1', 'eve');
  expect(guesses.wrong('192.0.2.1', 'eve')).toBe(0);
  for (let i = 0; i < 6; i++) guesses.wrong('192.0.2.1', 'eve');
  time += 3_700_000;
  expect(guesses.wrong('192.0.2.1', 'eve')).toBe(0);
});

test('as many names as a stranger may think of do not fill the memory', () => {
  const guesses = createGuesses(() => 0);
  for (let i = 0; i < 5; i++) guesses.wrong('192.0.2.1', 'first');
  for (let i = 0; i < 10_000; i++) guesses.wrong('192.0.2.1', `user-${i}`);
  expect(guesses.waitMs('192.0.2.1', 'first')).toBe(0);
});
