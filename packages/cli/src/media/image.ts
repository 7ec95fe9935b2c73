/** Images as they are named on the command line: media of the book, files, URLs. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { BlockSource, ImageOptions } from '@amtkit/core';
import type { Book } from '@amtkit/core/automation';
import { UsageError } from '../exit.ts';
import { loadAutomation } from '../session.ts';

type OpenOptions = Pick<ImageOptions, 'write' | 'signal'>;

/** Opens an image: a name of the book first, then a file or a URL. @throws UsageError, ImageFailed */
export async function openNamed(
  book: Pick<Book, 'media' | 'path'>,
  text: string,
  options: OpenOptions,
): Promise<BlockSource> {
  const { openImage } = await import('@amtkit/core');
  const { ipxeImage, namedImage } = await loadAutomation();
  const { signal } = options;
  const medium = book.media.get(text);
  try {
    if (medium !== undefined) {
      if ('ipxe' in medium)
        return namedImage(await ipxeImage(medium.ipxe, signal === undefined ? {} : { signal }), text);
      return namedImage(await openImage('path' in medium ? medium.path : medium.url, options), text);
    }
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return await openImage(text, options);
    if (!existsSync(text)) throw await unknownImage(book, text);
    return namedImage(await openImage(text, options), basename(text));
  } catch (error) {
    if (error instanceof TypeError && !(error instanceof UsageError)) throw new UsageError(error.message);
    throw error;
  }
}

async function unknownImage({ media, path }: Pick<Book, 'media' | 'path'>, text: string): Promise<UsageError> {
  const { nearest } = await loadAutomation();
  const meant = nearest(text, media.keys());
  return new UsageError(
    `There is no file ${text}, and no medium of that name in the book ${path}.`,
    meant === undefined
      ? 'Give a path, an https: URL, or a name that stands under media in the book.'
      : `Did you mean ${meant}?`,
  );
}
