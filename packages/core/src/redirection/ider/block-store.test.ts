import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testImage } from '../../testing/served-ider.ts';
import { type BlockStore, CACHE_BLOCK } from './block-cache.ts';
import { fileStore, memoryStore } from './block-store.ts';

const blocks = [0, 1, 2, 3, 4].map((seed) => testImage(CACHE_BLOCK, seed));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function has(store: BlockStore, block: number): Promise<boolean> {
  const bytes = await store.get(block);
  if (bytes !== undefined) expect(Buffer.compare(bytes, blocks[block] as Uint8Array)).toBe(0);
  return bytes !== undefined;
}

describe.each<[string, () => Promise<BlockStore>]>([
  ['in memory', async () => memoryStore(3 * CACHE_BLOCK)],
  ['in a file', () => fileStore(folder, 3 * CACHE_BLOCK)],
])('Blocks %s', (_, make) => {
  it('are kept within bounds, the least recently used going first', async () => {
    const store = await make();
    for (const block of [0, 1, 2]) await store.put(block, blocks[block] as Uint8Array);
    expect(await has(store, 0)).toBe(true);
    await store.put(3, blocks[3] as Uint8Array);
    expect([await has(store, 0), await has(store, 1), await has(store, 2), await has(store, 3)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    await store.close();
  });

  it('may be put and got in any order at once', async () => {
    const store = await make();
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const block = (i * 7) % 5;
        if (i % 3 === 0) await store.put(block, blocks[block] as Uint8Array);
        else await has(store, block);
      }),
    );
    await store.close();
  });
});

it('a block whose file was spoiled is not there any more', async () => {
  const store = await fileStore(folder, 3 * CACHE_BLOCK);
  await store.put(1, blocks[1] as Uint8Array);
  const [own = ''] = await readdir(folder);
  await truncate(join(folder, own, 'blocks'), 100);
  expect(await store.get(1)).toBeUndefined();
  expect(store.has(1)).toBe(false);
  await store.close();
  expect(await readdir(folder)).toEqual([]);
});
