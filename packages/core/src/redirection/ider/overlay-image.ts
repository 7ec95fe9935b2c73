/** An image that can be written without being changed: what the host writes lies beside it, page by page. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFailed } from '../../errors.ts';
import type { BlockSource, ReadOptions } from './image.ts';

/** Where what is written lies. */
export interface OverlayOptions {
  /** In a file in this folder, which is deleted at the end; else in memory. */
  readonly folder?: string;
}

/** Bytes that are copied at the first write to one of them. */
const PAGE = 4096;

/**
 * `base`, writable. Closing the overlay forgets what was written and closes `base`, too.
 * @throws ImageFailed when the folder cannot be used
 */
export async function overlayImage(base: BlockSource, { folder }: OverlayOptions = {}): Promise<BlockSource> {
  return new Overlay(base, folder === undefined ? memoryPages() : await filePages(base.name, folder));
}

/** Pages by number. */
interface Pages {
  has(page: number): boolean;
  read(page: number, from: number, target: Uint8Array): Promise<void>;
  write(page: number, from: number, data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

class Overlay implements BlockSource {
  readonly name: string;
  readonly size: number;
  readonly writable = true;
  readonly #base: BlockSource;
  readonly #pages: Pages;
  /** Writes follow one another: two of them may meet in one page. */
  #writing: Promise<void> = Promise.resolve();

  constructor(base: BlockSource, pages: Pages) {
    this.name = base.name;
    this.size = base.size;
    this.#base = base;
    this.#pages = pages;
  }

  async read(offset: number, target: Uint8Array, options?: ReadOptions): Promise<void> {
    const reads: Promise<void>[] = [];
    for (let at = 0; at < target.length; ) {
      const own = this.#pages.has(pageAt(offset + at));
      let end = at + PAGE - ((offset + at) % PAGE);
      // Pages of the base are read as one.
      while (!own && end < target.length && !this.#pages.has(pageAt(offset + end))) end += PAGE;
      const part = target.subarray(at, end);
      const from = offset + at;
      reads.push(own ? this.#pages.read(pageAt(from), from % PAGE, part) : this.#base.read(from, part, options));
      at = end;
    }
    await Promise.all(reads);
  }

  write(offset: number, data: Uint8Array): Promise<void> {
    const copy = data.slice();
    const written = this.#writing.then(() => this.#write(offset, copy));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(offset: number, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; ) {
      const page = pageAt(offset + at);
      const from = (offset + at) % PAGE;
      const part = data.subarray(at, at + PAGE - from);
      if (part.length < PAGE && !this.#pages.has(page)) await this.#copyPage(page, from, part);
      else await this.#pages.write(page, from, part);
      at += part.length;
    }
  }

  /** The first write to a page that does not fill it. */
  async #copyPage(page: number, from: number, part: Uint8Array): Promise<void> {
    const whole = new Uint8Array(PAGE);
    const inside = Math.min(PAGE, this.size - page * PAGE);
    await this.#base.read(page * PAGE, whole.subarray(0, inside));
    whole.set(part, from);
    await this.#pages.write(page, 0, whole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#pages.close();
    await this.#base[Symbol.asyncDispose]();
  }
}

function pageAt(offset: number): number {
  return Math.floor(offset / PAGE);
}

function memoryPages(): Pages {
  const pages = new Map<number, Uint8Array>();
  return {
    has: (page) => pages.has(page),
    async read(page, from, target) {
      target.set((pages.get(page) as Uint8Array).subarray(from, from + target.length));
    },
    async write(page, from, data) {
      let bytes = pages.get(page);
      if (bytes === undefined) {
        bytes = new Uint8Array(PAGE);
        pages.set(page, bytes);
      }
      bytes.set(data, from);
    },
    async close() {
      pages.clear();
    },
  };
}

/** Pages one behind another, in the order of their first writes. */
async function filePages(name: string, folder: string): Promise<Pages> {
  const places = new Map<number, number>();
  let own: string;
  let handle: FileHandle;
  try {
    own = await mkdtemp(join(folder, 'amtkit-overlay-'));
    handle = await open(join(own, 'pages'), 'wx+', 0o600);
  } catch (error) {
    throw unusable(name, folder, error);
  }
  return {
    has: (page) => places.has(page),
    async read(page, from, target) {
      try {
        await handle.read(target, 0, target.length, (places.get(page) as number) * PAGE + from);
      } catch (error) {
        throw unusable(name, folder, error);
      }
    },
    async write(page, from, data) {
      const place = places.get(page) ?? places.size;
      try {
        await handle.write(data, 0, data.length, place * PAGE + from);
      } catch (error) {
        throw unusable(name, folder, error);
      }
      places.set(page, place);
    },
    async close() {
      await handle.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}

function unusable(name: string, folder: string, error: unknown): ImageFailed {
  const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new ImageFailed(`What is written to ${name} cannot be kept in ${folder}: ${reason}.`, {
    image: name,
    hint: 'Choose another folder with room, or keep it in memory.',
    cause: error,
  });
}
