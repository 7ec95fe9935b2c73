/** Where fetched blocks are kept: in memory or in a file, the least recently used going first. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFailed } from '../../errors.ts';
import { type BlockStore, CACHE_BLOCK } from './block-cache.ts';

/** Blocks in memory. @param limit in bytes */
export function memoryStore(limit: number): BlockStore {
  const blocks = new Map<number, Uint8Array>();
  const most = Math.max(1, Math.floor(limit / CACHE_BLOCK));
  return {
    has: (block) => blocks.has(block),
    get(block) {
      const bytes = blocks.get(block);
      if (bytes !== undefined) {
        blocks.delete(block);
        blocks.set(block, bytes);
      }
      return bytes;
    },
    put(block, bytes) {
      blocks.set(block, bytes);
      for (const oldest of blocks.keys()) {
        if (blocks.size <= most) break;
        blocks.delete(oldest);
      }
    },
    async close() {
      blocks.clear();
    },
  };
}

/** Blocks in a file of their own inside `folder`, deleted at the end. @param limit in bytes @throws ImageFailed */
export async function fileStore(folder: string, limit: number): Promise<BlockStore> {
  const most = Math.max(1, Math.floor(limit / CACHE_BLOCK));
  let own: string;
  let handle: FileHandle;
  try {
    own = await mkdtemp(join(folder, 'amtkit-cache-'));
    handle = await open(join(own, 'blocks'), 'wx+', 0o600);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ImageFailed(`Nothing can be kept in the folder ${folder}: ${reason}.`, { cause: error });
  }
  /** Block → its place and length, the least recently used first. */
  const places = new Map<number, { readonly place: number; readonly length: number }>();
  const free: number[] = [];
  let used = 0;

  /** A place for one more block; none while all are being written. */
  function claim(): number | undefined {
    const spare = free.pop();
    if (spare !== undefined) return spare;
    if (used < most) return used++;
    for (const [oldest, { place }] of places) {
      places.delete(oldest);
      return place;
    }
    return undefined;
  }

  return {
    has: (block) => places.has(block),
    async get(block) {
      const found = places.get(block);
      if (found === undefined) return undefined;
      places.delete(block);
      places.set(block, found);
      const bytes = new Uint8Array(found.length);
      const read = handle.read(bytes, 0, found.length, found.place * CACHE_BLOCK);
      const whole = await read.then(
        ({ bytesRead }) => bytesRead === found.length,
        () => false,
      );
      // Meanwhile another block may have got its place.
      if (places.get(block) !== found) return undefined;
      if (whole) return bytes;
      places.delete(block);
      return undefined;
    },
    async put(block, bytes) {
      const place = places.has(block) ? undefined : claim();
      if (place === undefined) return;
      try {
        await handle.write(bytes, 0, bytes.length, place * CACHE_BLOCK);
      } catch (error) {
        free.push(place);
        throw error;
      }
      places.set(block, { place, length: bytes.length });
    },
    async close() {
      await handle.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}
