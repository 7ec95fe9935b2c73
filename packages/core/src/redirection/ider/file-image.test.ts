import { mkdtemp, open, rename, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageFailed } from '../../errors.ts';
import { testImage } from '../../testing/served-ider.ts';
import { fileImage } from './file-image.ts';
import { readInto } from './image.ts';

const bytes = testImage(300_000, 1);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;

/** A file of its own for a test. */
async function file(content: Uint8Array | string = bytes): Promise<string> {
  const path = join(folder, `${files++}.iso`);
  await writeFile(path, content);
  return path;
}

async function read(
  source: Awaited<ReturnType<typeof fileImage>>,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await source.read(offset, target);
  return target;
}

describe('An image in a file', () => {
  it('is read at any place, into one piece of memory or several', async () => {
    const path = await file();
    await using source = await fileImage(path);
    expect(source).toMatchObject({ name: path, size: 300_000, writable: false });
    expect(await read(source, 0, 512)).toEqual(bytes.subarray(0, 512));
    expect(await read(source, 299_999, 1)).toEqual(bytes.subarray(299_999));
    const targets = [new Uint8Array(8192), new Uint8Array(8192), new Uint8Array(100)];
    await readInto(source, 1000, targets);
    expect(Buffer.concat(targets)).toEqual(Buffer.from(bytes.subarray(1000, 1000 + 16_484)));
    const many = Array.from({ length: 20 }, (_, i) => read(source, i * 10_000, 10_000));
    expect(Buffer.concat(await Promise.all(many))).toEqual(Buffer.from(bytes.subarray(0, 200_000)));
  });

  it('may be sparse and larger than four gigabytes', async () => {
    const path = await file('');
    const size = 6 * 1024 ** 3;
    const handle = await open(path, 'r+');
    await handle.truncate(size);
    await handle.write(bytes, 0, 2048, size - 2048);
    await handle.close();
    await using source = await fileImage(path);
    expect(source.size).toBe(size);
    expect(await read(source, size - 4096, 4096)).toEqual(
      Uint8Array.of(...new Uint8Array(2048), ...bytes.subarray(0, 2048)),
    );
    await rm(path);
  });

  it('is written where that is asked for', async () => {
    const path = await file();
    {
      await using source = await fileImage(path, { writable: true, name: 'notes' });
      expect(source).toMatchObject({ writable: true, name: 'notes' });
      await source.write?.(1024, Uint8Array.of(1, 2, 3));
      expect(await read(source, 1023, 5)).toEqual(Uint8Array.of(bytes[1023] as number, 1, 2, 3, bytes[1027] as number));
    }
    await using again = await fileImage(path);
    expect(await read(again, 1024, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each<[string, () => Promise<string>, string]>([
    ['missing', async () => join(folder, 'nothing.iso'), 'nothing.iso cannot be opened: there is no such file.'],
    ['a folder', async () => folder, 'is no file.'],
    ['empty', () => file(''), '.iso is empty.'],
    ['packed with gzip', () => file(Uint8Array.of(0x1f, 0x8b, 8, 0)), '.iso is no image: it is packed with gzip.'],
    ['packed with xz', () => file(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)), 'it is packed with xz.'],
    ['a virtual disk', () => file(Uint8Array.of(0x51, 0x46, 0x49, 0xfb)), 'it is a virtual disk (qcow2).'],
    ['a web page', () => file('<!DOCTYPE html><html>'), 'it is a web page.'],
    [
      'a dangling link',
      async () => {
        const path = join(folder, 'link.iso');
        await symlink('nowhere', path);
        return path;
      },
      'link.iso cannot be opened: there is no such file.',
    ],
  ])('is refused with a sentence when it is %s', async (_, place, text) => {
    const attempt = fileImage(await place());
    await expect(attempt).rejects.toThrow(ImageFailed);
    await expect(attempt).rejects.toThrow(text);
  });
});

describe('What others do to the file while it is served', () => {
  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['cut', (path) => truncate(path, 100_000), /was cut while it was served: it had 300000 bytes and has 100000 now/],
    ['lengthened', (path) => truncate(path, 400_000), /was changed while it was served/],
    [
      'changed',
      async (path) => {
        const handle = await open(path, 'r+');
        await handle.write(Uint8Array.of(1), 0, 1, 5);
        await handle.close();
        await utimes(path, new Date(), new Date(Date.now() + 5000));
      },
      /was changed while it was served/,
    ],
    [
      'replaced',
      async (path) => {
        const other = await file(testImage(300_000, 2));
        await rename(other, path);
      },
      /was replaced or deleted while it was served/,
    ],
    ['deleted', unlink, /was replaced or deleted while it was served/],
  ])('is noticed by the next read: %s', async (_, change, text) => {
    const path = await file();
    await using source = await fileImage(path);
    await read(source, 0, 1);
    await change(path);
    for (const attempt of [
      () => read(source, 0, 2048),
      () => readInto(source, 150_000, [new Uint8Array(2048), new Uint8Array(9)]),
    ]) {
      const failure = await attempt().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ImageFailed);
      expect((failure as ImageFailed).message).toMatch(text);
    }
  });

  it('is no harm when it is only moved', async () => {
    const path = await file();
    await using source = await fileImage(path);
    await rename(path, `${path}.moved`);
    expect(await read(source, 7, 9)).toEqual(bytes.subarray(7, 16));
  });
});
