import { expect, test } from 'vitest';
import { testImage } from '../../testing/served-ider.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { BlockCache, CACHE_BLOCK, type FetchRange } from './block-cache.ts';
import { memoryStore } from './block-store.ts';

const bytes = testImage(20 * CACHE_BLOCK + 512, 1);

test('hands out the right bytes or an error, whoever gives up and whatever fails', async () => {
  const random = seededRandom(2);
  let [fetches, aborted, failed] = [0, 0, 0];
  const fetchRange: FetchRange = async (offset, length, sink, signal) => {
    fetches++;
    for (let at = offset; at < offset + length; ) {
      for (let turns = Math.floor(random() * 3); turns > 0; turns--) await new Promise(setImmediate);
      if (signal.aborted) {
        aborted++;
        throw signal.reason;
      }
      if (random() < 0.02) throw new Error('dropped');
      const size = Math.min(1 + Math.floor(random() * 40_000), offset + length - at);
      sink(bytes.subarray(at, at + size));
      at += size;
    }
  };
  const cache = new BlockCache(bytes.length, memoryStore(6 * CACHE_BLOCK), fetchRange);
  const read = async () => {
    const offset = Math.floor(random() * (bytes.length - 1));
    const target = new Uint8Array(1 + Math.floor(random() * Math.min(200_000, bytes.length - offset)));
    const giveUp = new AbortController();
    const reading = cache.read(offset, target, { signal: giveUp.signal });
    if (random() < 0.3) setImmediate(() => giveUp.abort(new Error('given up')));
    try {
      await reading;
      expect(Buffer.compare(target, bytes.subarray(offset, offset + target.length))).toBe(0);
    } catch (error) {
      expect((error as Error).message).toMatch(/^(dropped|given up)$/);
      failed++;
    }
  };
  for (let round = 0; round < 150; round++) await Promise.all(Array.from({ length: 4 }, read));
  await cache.close();
  expect(fetches).toBeGreaterThan(200);
  expect(aborted).toBeGreaterThan(5);
  expect(failed).toBeLessThan(400);
});

test('fetches for many readers of one block only once', async () => {
  const asked: string[] = [];
  const cache = new BlockCache(bytes.length, memoryStore(CACHE_BLOCK), async (offset, length, sink) => {
    asked.push(`${offset}+${length}`);
    await new Promise(setImmediate);
    sink(bytes.subarray(offset, offset + length));
  });
  const targets = Array.from({ length: 10 }, () => new Uint8Array(100));
  await Promise.all(targets.map((target, i) => cache.read(CACHE_BLOCK + i * 1000, target)));
  expect(asked).toEqual([`${CACHE_BLOCK}+${CACHE_BLOCK}`]);
  for (const [i, target] of targets.entries()) {
    expect(target).toEqual(bytes.subarray(CACHE_BLOCK + i * 1000, CACHE_BLOCK + i * 1000 + 100));
  }
});
