import { expect, test } from 'vitest';
import { seededRandom } from '../../transport/faulty.ts';
import { TouchedBlocks } from './touched-blocks.ts';

test('counts each block once, as a set of numbers would', () => {
  const random = seededRandom(1);
  const touched = new TouchedBlocks();
  const set = new Set<number>();
  for (let i = 0; i < 3000; i++) {
    const first = Math.floor(random() * 100_000);
    const blocks = 1 + Math.floor(random() ** 4 * 40_000 * (i % 100 === 0 ? 1 : 0.002));
    touched.add(first, blocks);
    for (let block = first; block < first + blocks; block++) set.add(block);
    expect(touched.count).toBe(set.size);
  }
});

test('knows blocks beyond what 32 bits of bytes can address', () => {
  const touched = new TouchedBlocks();
  touched.add(2 ** 32 - 1, 1);
  touched.add(2 ** 33, 64);
  touched.add(2 ** 32 - 1, 1);
  expect(touched.count).toBe(65);
});

test('needs no memory for what was read without a gap', () => {
  const touched = new TouchedBlocks();
  const before = process.memoryUsage().arrayBuffers;
  const blocks = (6 * 1024 ** 3) / 2048;
  for (let block = 0; block < blocks; block += 64) touched.add(block, 64);
  expect(touched.count).toBe(blocks);
  globalThis.gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
});

test('begins again for another medium', () => {
  const touched = new TouchedBlocks();
  touched.add(5, 10);
  touched.clear();
  expect(touched.count).toBe(0);
  touched.add(5, 1);
  expect(touched.count).toBe(1);
});
