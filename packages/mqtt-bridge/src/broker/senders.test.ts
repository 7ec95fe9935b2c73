import { expect, test } from 'vitest';
import { createSenders } from './senders.ts';

const bytes = (text: string) => Buffer.from(text);

test('the sender of a message is found by topic and payload, once, the oldest first', () => {
  const senders = createSenders();
  senders.note('a', bytes('1'), 'eve');
  senders.note('a', bytes('2'), 'bob');
  senders.note('a', bytes('1'), 'ann');
  expect(senders.take('b', bytes('1'))).toBeUndefined();
  expect(senders.take('a', bytes('2'))).toBe('bob');
  expect(senders.take('a', bytes('1'))).toBe('eve');
  expect(senders.take('a', bytes('1'))).toBe('ann');
  expect(senders.take('a', bytes('1'))).toBeUndefined();
});

test('what never arrives is forgotten, and does not fill the memory', () => {
  let time = 0;
  const senders = createSenders(() => time);
  for (let i = 0; i < 10_001; i++) senders.note(`t${i}`, bytes('x'), 'eve');
  expect(senders.take('t10000', bytes('x'))).toBeUndefined();
  time = 11_000;
  senders.note('late', bytes('x'), 'bob');
  expect(senders.take('t1', bytes('x'))).toBeUndefined();
  expect(senders.take('late', bytes('x'))).toBe('bob');
});
