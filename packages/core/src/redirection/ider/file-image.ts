/** An image in a file: read in place, however large and sparse, and watched for what others do to it meanwhile. */
import { type FileHandle, open } from 'node:fs/promises';
import { ImageFailed } from '../../errors.ts';
import type { BlockSource } from './image.ts';
import { FORMAT_BYTES, refuseFormat } from './image-format.ts';

/** How a file is used. */
export interface FileImageOptions {
  /** What the host writes lands in the file. @default false */
  readonly writable?: boolean;
  /** What to call it. @default its path */
  readonly name?: string;
}

/** The image in a file. @throws ImageFailed when there is none, it cannot be read, or holds no image */
export async function fileImage(
  path: string,
  { writable = false, name = path }: FileImageOptions = {},
): Promise<BlockSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, writable ? 'r+' : 'r');
  } catch (error) {
    throw unopened(name, error as NodeJS.ErrnoException);
  }
  try {
    const state = await stateOf(handle);
    if (!state.isFile) throw new ImageFailed(`${name} is no file.`, { image: name });
    if (state.size === 0) throw new ImageFailed(`${name} is empty.`, { image: name });
    const first = new Uint8Array(Math.min(FORMAT_BYTES, state.size));
    await handle.read(first, 0, first.length, 0);
    refuseFormat(name, first);
    return new FileImage(name, handle, state, writable);
  } catch (error) {
    await handle.close();
    throw error instanceof ImageFailed ? error : unreadable(name, error as NodeJS.ErrnoException);
  }
}

/** What tells whether a file is still the one that was opened. */
interface FileState {
  readonly isFile: boolean;
  readonly size: number;
  /** Of its content, in nanoseconds. */
  readonly changedAt: bigint;
  /** Names it has: one less when it was deleted, or another file took its name. */
  readonly names: bigint;
}

class FileImage implements BlockSource {
  readonly name: string;
  readonly size: number;
  readonly writable: boolean;
  readonly #handle: FileHandle;
  readonly #opened: FileState;

  constructor(name: string, handle: FileHandle, opened: FileState, writable: boolean) {
    this.name = name;
    this.size = opened.size;
    this.writable = writable;
    this.#handle = handle;
    this.#opened = opened;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    await this.#reading(async () => {
      for (let done = 0; done < target.length; ) {
        const { bytesRead } = await this.#handle.read(target, done, target.length - done, offset + done);
        if (bytesRead === 0) return false;
        done += bytesRead;
      }
      return true;
    });
  }

  async readInto(offset: number, targets: readonly Uint8Array[]): Promise<void> {
    await this.#reading(async () => {
      let at = offset;
      for (let left = targets; left.length > 0; ) {
        const { bytesRead } = await this.#handle.readv(left, at);
        if (bytesRead === 0) return false;
        at += bytesRead;
        left = behind(left, bytesRead);
      }
      return true;
    });
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await this.#handle.write(data, done, data.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      const reason = reasonOf(error as NodeJS.ErrnoException);
      throw new ImageFailed(`${this.name} cannot be written: ${reason}.`, { image: this.name, cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.writable) await this.#handle.datasync().catch(() => {});
    await this.#handle.close();
  }

  /** Reads, then makes sure that it was the same file until the end: what somebody changed never reaches the host. */
  async #reading(read: () => Promise<boolean>): Promise<void> {
    let whole: boolean;
    let state: FileState;
    try {
      whole = await read();
      state = await stateOf(this.#handle);
    } catch (error) {
      throw unreadable(this.name, error as NodeJS.ErrnoException);
    }
    const { name, size } = this;
    if (!whole || state.size < size) {
      throw new ImageFailed(`${name} was cut while it was served: it had ${size} bytes and has ${state.size} now.`, {
        image: name,
        hint: 'Wait until nobody writes it, and insert it again.',
      });
    }
    const changed = !this.writable && state.changedAt !== this.#opened.changedAt;
    if (changed || state.size !== size || state.names < this.#opened.names) {
      throw new ImageFailed(`${name} was ${changed ? 'changed' : 'replaced or deleted'} while it was served.`, {
        image: name,
        hint: 'What the host has read and what it would read now do not belong together: insert it again and restart the host.',
      });
    }
  }
}

async function stateOf(handle: FileHandle): Promise<FileState> {
  const stat = await handle.stat({ bigint: true });
  return { isFile: stat.isFile(), size: Number(stat.size), changedAt: stat.mtimeNs, names: stat.nlink };
}

/** What is left of `targets` behind so many bytes. */
function behind(targets: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  const left: Uint8Array[] = [];
  for (const target of targets) {
    if (skip < target.length) left.push(target.subarray(skip));
    skip = Math.max(0, skip - target.length);
  }
  return left;
}

function unopened(name: string, error: NodeJS.ErrnoException): ImageFailed {
  return new ImageFailed(`${name} cannot be opened: ${reasonOf(error)}.`, { image: name, cause: error });
}

function unreadable(name: string, error: NodeJS.ErrnoException): ImageFailed {
  return new ImageFailed(`${name} cannot be read: ${reasonOf(error)}.`, { image: name, cause: error });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.code ?? error.message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read or written by this user',
  EPERM: 'it may not be read or written by this user',
  EROFS: 'its file system cannot be written',
  EISDIR: 'it is a folder',
  EIO: 'the disk reports an error',
  ENOSPC: 'the disk is full',
  EBADF: 'it was closed',
};
