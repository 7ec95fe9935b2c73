import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageFailed } from '../../errors.ts';
import { testImage } from '../../testing/served-ider.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { memoryImage } from './image.ts';
import { type OverlayOptions, overlayImage } from './overlay-image.ts';

const bytes = testImage(100_352, 1);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each<[string, () => OverlayOptions]>([
  ['in memory', () => ({})],
  ['in a file', () => ({ folder })],
])('What is written beside an image %s', (_, options) => {
  it('is read back, and the image stays as it was', async () => {
    const random = seededRandom(3);
    const base = bytes.slice();
    const expected = bytes.slice();
    await using image = await overlayImage(memoryImage(base), options());
    expect(image).toMatchObject({ size: bytes.length, writable: true });
    for (let i = 0; i < 60; i++) {
      const offset = Math.floor(random() * (bytes.length - 1));
      const data = testImage(1 + Math.floor(random() * Math.min(9000, bytes.length - offset - 1)), i);
      expected.set(data, offset);
      await image.write?.(offset, data);
      const from = Math.floor(random() * bytes.length);
      const target = new Uint8Array(Math.floor(random() * (bytes.length - from)));
      await image.read(from, target);
      expect(Buffer.compare(target, expected.subarray(from, from + target.length))).toBe(0);
    }
    expect(base).toEqual(bytes);
  });

  it('is kept apart when two writes meet in one page', async () => {
    await using image = await overlayImage(memoryImage(bytes), options());
    await Promise.all([image.write?.(10, Uint8Array.of(1)), image.write?.(20, Uint8Array.of(2))]);
    const target = new Uint8Array(11);
    await image.read(10, target);
    expect([target[0], target[10]]).toEqual([1, 2]);
  });
});

describe('The file of an overlay', () => {
  it('is gone when the overlay is closed, and the image is closed, too', async () => {
    let closed = 0;
    const image = await overlayImage(
      { ...memoryImage(bytes), [Symbol.asyncDispose]: async () => void closed++ },
      { folder },
    );
    await image.write?.(0, Uint8Array.of(1));
    expect(await readdir(folder)).toHaveLength(1);
    await image[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    expect(closed).toBe(1);
  });

  it('needs a folder that is there', async () => {
    const attempt = overlayImage(memoryImage(bytes, { name: 'a.img' }), { folder: join(folder, 'nowhere') });
    await expect(attempt).rejects.toThrow(ImageFailed);
    await expect(attempt).rejects.toThrow(/^What is written to a\.img cannot be kept in .*nowhere: ENOENT\.$/);
  });
});
