import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ImageServer } from '../../testing/image-server.ts';
import { testImage } from '../../testing/served-ider.ts';
import { openImage } from './open-image.ts';

const bytes = testImage(10_240, 1);
let folder = '';
let path = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
  path = join(folder, 'a.iso');
  await writeFile(path, bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('opens paths, URLs of files and URLs of servers', async () => {
  const server = await new ImageServer(bytes).listen();
  for (const place of [path, pathToFileURL(path).href, server.url]) {
    await using source = await openImage(place);
    const target = new Uint8Array(512);
    await source.read(2048, target);
    expect(target).toEqual(bytes.subarray(2048, 2560));
    expect(source.writable ?? false).toBe(false);
  }
  await server.close();
});

it('lets the host write beside an image, or into it', async () => {
  {
    await using copy = await openImage(path, { write: 'copy' });
    await copy.write?.(0, Uint8Array.of(1, 2, 3));
  }
  expect(new Uint8Array(await readFile(path))).toEqual(bytes);
  const own = join(folder, 'b.img');
  await writeFile(own, bytes);
  {
    await using source = await openImage(own, { write: 'in-place' });
    await source.write?.(0, Uint8Array.of(1, 2, 3));
  }
  expect((await readFile(own)).subarray(0, 3)).toEqual(Buffer.of(1, 2, 3));
});

it('takes no other places', async () => {
  await expect(openImage('ftp://server/a.iso')).rejects.toThrow(TypeError);
  await expect(openImage('https://server/a.iso', { write: 'in-place' })).rejects.toThrow(TypeError);
});
