import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BookMedium } from '@amtkit/core/automation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNamed } from './image.ts';

let folder: string;
let book: { path: string; media: ReadonlyMap<string, BookMedium> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-image-'));
  await writeFile(join(folder, 'disk.img'), new Uint8Array(1024));
  book = { path: 'amtkit.yaml', media: new Map([['debian', { path: join(folder, 'disk.img') }]]) };
});

afterAll(() => rm(folder, { recursive: true }));

describe('An image', () => {
  it.each([
    ['debian', 'debian'],
    ['FOLDER/disk.img', 'disk.img'],
  ])('named %s is found, and called %s', async (text, name) => {
    await using image = await openNamed(book, text.replace('FOLDER', folder), {});
    expect(image).toMatchObject({ name, size: 1024 });
  });

  it('that is nowhere is refused, with what was meant', async () => {
    await expect(openNamed(book, 'debain', {})).rejects.toMatchObject({
      message: 'There is no file debain, and no medium of that name in the book amtkit.yaml.',
      hint: 'Did you mean debian?',
    });
  });

  it('behind a scheme that nobody serves is refused as a mistake', async () => {
    await expect(openNamed(book, 'ftp://mirror.example/x.iso', {})).rejects.toMatchObject({ code: 'USAGE' });
  });
});
