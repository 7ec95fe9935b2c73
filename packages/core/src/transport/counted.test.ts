import { expect, test } from 'vitest';
import { counted } from './counted.ts';
import { memoryPair } from './stream.ts';

function witness() {
  const seen = { sent: 0, received: 0, closed: 0 };
  const count = {
    sent(bytes: number) {
      seen.sent += bytes;
    },
    received(bytes: number) {
      seen.received += bytes;
    },
    closed() {
      seen.closed++;
    },
  };
  return { seen, count };
}

test('a counted stream passes everything, and tells how much', async () => {
  const [ours, theirs] = memoryPair();
  const { seen, count } = witness();
  const stream = counted(ours, count);
  await stream.write(Uint8Array.of(1, 2, 3));
  await stream.writeAll?.([Uint8Array.of(4), Uint8Array.of(5, 6)]);
  await stream.end();
  const heard: number[] = [];
  for await (const chunk of theirs) heard.push(...chunk);
  const all = stream.writeAll === undefined ? [1, 2, 3] : [1, 2, 3, 4, 5, 6];
  expect(heard).toEqual(all);
  await stream.close();
  await stream.close();
  expect(seen).toEqual({ sent: all.length, received: 0, closed: 1 });
});

test('a counted stream tells its end, whoever ends it', async () => {
  const [ours, theirs] = memoryPair();
  const { seen, count } = witness();
  const stream = counted(ours, count);
  await theirs.write(Uint8Array.of(7, 8));
  await theirs.end();
  for await (const _ of stream);
  expect(seen).toEqual({ sent: 0, received: 2, closed: 1 });
});
