import { expect, it } from 'vitest';
import { createBroadcast } from './broadcast.ts';

async function take<T>(reader: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push((await reader.next()).value as T);
  return items;
}

it('gives every reader everything that is sent after it came', async () => {
  const broadcast = createBroadcast<number>();
  broadcast.send(0);
  const a = broadcast.read();
  const b = broadcast.read();
  broadcast.send(1);
  broadcast.send(2);
  expect(await take(a, 2)).toEqual([1, 2]);
  expect(await take(b, 2)).toEqual([1, 2]);
});

it('keeps one waiting item per key, in the place of the first', async () => {
  const broadcast = createBroadcast<{ key: string; from: number; to: number }>({
    key: ({ key }) => key,
    into: (waiting, newer) => ({ ...newer, from: waiting.from }),
  });
  const reader = broadcast.read();
  broadcast.send({ key: 'a', from: 0, to: 1 });
  broadcast.send({ key: 'b', from: 0, to: 1 });
  broadcast.send({ key: 'a', from: 1, to: 2 });
  expect(await take(reader, 2)).toEqual([
    { key: 'a', from: 0, to: 2 },
    { key: 'b', from: 0, to: 1 },
  ]);
});

it('wakes a waiting reader, and ends it when the sender closes', async () => {
  const broadcast = createBroadcast<number>();
  const reader = broadcast.read();
  const first = reader.next();
  broadcast.send(7);
  expect((await first).value).toBe(7);
  const last = reader.next();
  broadcast.close();
  expect((await last).done).toBe(true);
});

it('ends a reader whose signal comes, also in the middle of waiting', async () => {
  const stop = new AbortController();
  const broadcast = createBroadcast<number>();
  const reader = broadcast.read(stop.signal);
  const waiting = reader.next();
  stop.abort();
  expect((await waiting).done).toBe(true);
});
