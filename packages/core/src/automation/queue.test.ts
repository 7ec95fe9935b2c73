import { expect, it } from 'vitest';
import { Cancelled } from '../errors.ts';
import { deferred } from '../machine/waiting.ts';
import { createQueue } from './queue.ts';

it('runs one at a time, in order, also after a failure', async () => {
  const queue = createQueue();
  const order: string[] = [];
  const gate = deferred();
  const first = queue.enter(async () => {
    await gate.promise;
    order.push('first');
    throw new Error('no');
  });
  const second = queue.enter(async () => void order.push('second'));
  expect(queue.length).toBe(2);
  gate.resolve();
  await expect(first).rejects.toThrow('no');
  await second;
  expect(order).toEqual(['first', 'second']);
  await expect.poll(() => queue.length).toBe(0);
});

it('lets a waiting caller go, and never runs its work', async () => {
  const queue = createQueue();
  const gate = deferred();
  const running = queue.enter(() => gate.promise);
  const stop = new AbortController();
  let ran = false;
  const waiting = queue.enter(async () => {
    ran = true;
  }, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toBeInstanceOf(Cancelled);
  gate.resolve();
  await running;
  await queue.enter(async () => {});
  expect(ran).toBe(false);
});
