/** Images by where they are: a file or a URL. */
import { fileURLToPath } from 'node:url';
import { fileImage } from './file-image.ts';
import { type HttpImageOptions, httpImage } from './http-image.ts';
import type { BlockSource } from './image.ts';
import { overlayImage } from './overlay-image.ts';

/** How an image is opened. */
export interface ImageOptions extends HttpImageOptions {
  /**
   * Whether the host may write: into the file itself (`in-place`), or beside it, to be forgotten at the end (`copy`).
   * @default not at all
   */
  readonly write?: 'in-place' | 'copy';
  /** With `copy`: a folder for what is written; else it lies in memory. */
  readonly folder?: string;
}

/**
 * The image at a path, a `file:` URL or an `http:` or `https:` URL.
 * @throws ImageFailed; TypeError for other URLs, or when a URL is to be written in place
 */
export async function openImage(place: string, options: ImageOptions = {}): Promise<BlockSource> {
  const { write, folder } = options;
  const source = await opened(place, options);
  if (write !== 'copy') return source;
  try {
    return await overlayImage(source, folder === undefined ? {} : { folder });
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

function opened(place: string, options: ImageOptions): Promise<BlockSource> {
  const writable = options.write === 'in-place';
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(place)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return fileImage(place, { writable });
    case 'file':
      return fileImage(fileURLToPath(place), { writable });
    case 'http':
    case 'https':
      if (writable) throw new TypeError('An image behind a URL cannot be written in place; with write: "copy" it can.');
      return httpImage(place, options);
    default:
      throw new TypeError(`Images are read from files, http: and https:, not from ${scheme}:.`);
  }
}
