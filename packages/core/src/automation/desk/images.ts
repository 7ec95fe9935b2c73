/** Images taken from the library by name, for as long as somebody uses them. */
import type { BlockSource } from '../../redirection/ider/image.ts';
import type { MediaLibrary } from '../library.ts';

/** An image, and perhaps a floppy beside it. */
export interface Images {
  /** Their names, for people. */
  readonly names: string;
  readonly image: BlockSource;
  readonly floppy: BlockSource | undefined;
  /** Harmless when it was done before. */
  close(): Promise<void>;
}

/** Opens both, or none. @throws ImageFailed; TypeError for unknown names */
export async function openImages(
  library: MediaLibrary,
  media: string,
  floppyName: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Images> {
  const image = await library.open(media, signal);
  let floppy: BlockSource | undefined;
  try {
    floppy = floppyName === undefined ? undefined : await library.open(floppyName, signal);
  } catch (error) {
    await image[Symbol.asyncDispose]();
    throw error;
  }
  let closing: Promise<unknown> | undefined;
  return {
    names: floppy === undefined ? image.name : `${image.name}, ${floppy.name}`,
    image,
    floppy,
    async close() {
      closing ??= Promise.allSettled([image[Symbol.asyncDispose](), floppy?.[Symbol.asyncDispose]()]);
      await closing;
    },
  };
}
