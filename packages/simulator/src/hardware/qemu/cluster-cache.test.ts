/** What a medium that is read in clusters reads, and when. */
import { expect, test } from 'vitest';
import { mediumOf } from '../../testing/tiny-guest.ts';
import { clustered } from './cluster-cache.ts';

/** 10 blocks of 512 bytes, each filled with its number. */
function make() {
  const source = mediumOf(
    Uint8Array.from({ length: 10 * 512 }, (_, i) => Math.floor(i / 512)),
    512,
    true,
  );
  return { source, medium: clustered(source, 4 * 512) };
}

function blocksOf(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 512 }, (_, i) => bytes[i * 512] as number);
}

test('reads a whole cluster once, whoever wants which part of it when', async () => {
  const { source, medium } = make();
  const [one, two] = await Promise.all([medium.read(1, 1), medium.read(2, 2)]);
  expect([blocksOf(one), blocksOf(two), blocksOf(await medium.read(0, 4))]).toEqual([[1], [2, 3], [0, 1, 2, 3]]);
  expect(source.reads).toEqual([{ block: 0, count: 4 }]);
});

test('joins clusters, the last of which is short', async () => {
  const { source, medium } = make();
  expect(blocksOf(await medium.read(3, 7))).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect(source.reads).toEqual([
    { block: 0, count: 4 },
    { block: 4, count: 4 },
    { block: 8, count: 2 },
  ]);
});

test('reads again what was written, and what failed', async () => {
  const { source, medium } = make();
  await medium.read(4, 1);
  await medium.write(5, new Uint8Array(512).fill(77));
  expect(blocksOf(await medium.read(4, 2))).toEqual([4, 77]);
  const { read } = source;
  source.read = () => Promise.reject(new Error('gone'));
  await expect(medium.read(0, 1)).rejects.toThrow('gone');
  source.read = read;
  expect(blocksOf(await medium.read(0, 1))).toEqual([0]);
});
