/** Files that hold secrets or may: whole or not at all, and for nobody else. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Locked } from './lock.ts';

/** What stands in a file, and its permissions; undefined where there is no file. */
export async function readPrivate(path: string): Promise<{ bytes: Uint8Array; mode: number } | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      return { bytes: await file.readFile(), mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file a path leads to in the end, so that a link to it survives a rename. */
export async function endOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

/** Replaces a file: readers see the old or the new text, also after a power cut. Mode 0600. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the folder of a file, readable by its owner only where it is new. */
export async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/** Whether a file is marked as not to be written, which holds for the superuser as well. */
export async function isMarkedReadOnly(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  return file !== undefined && (file.mode & 0o222) === 0;
}

/** Takes a file out of the way without losing it; returns its new path. */
export async function moveAside(path: string, stamp: string): Promise<string> {
  const aside = `${path}.broken-${stamp}`;
  await rename(path, aside);
  return aside;
}

/** Why a file cannot be read or written, as a part of a sentence. */
export function troubleOf(error: unknown): string {
  if (error instanceof Locked) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : troubles[code]) ?? code ?? String(error);
}

const troubles: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EEXIST: 'a part of its path is not a folder',
};

/** A renamed file is safe only when its folder is. Windows cannot open folders and needs no such care. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The file is complete either way.
  }
}
