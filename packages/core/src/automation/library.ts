/** The library of media: what can be attached by name. */
import type { Book } from '../book/book.ts';
import { didYouMean } from '../book/nearest.ts';
import { type BlockSource, readInto } from '../redirection/ider/image.ts';
import { openImage } from '../redirection/ider/open-image.ts';
import { ipxeImage } from './ipxe.ts';

/** Images by name. */
export interface MediaLibrary {
  /** In the order in which people see them. */
  names(): readonly string[];
  /** An image of its own for each call; whoever opens it closes it. @throws ImageFailed; TypeError for unknown names */
  open(name: string, signal?: AbortSignal): Promise<BlockSource>;
}

/** The library of a book, as it is at each moment; without a book an empty one. */
export function bookLibrary(book: Book | undefined): MediaLibrary {
  return {
    names: () => [...(book?.media.keys() ?? [])],
    async open(name, signal) {
      const medium = book?.media.get(name);
      if (medium === undefined) throw unknownMedium(name, book?.media.keys() ?? []);
      const options = signal === undefined ? {} : { signal };
      if ('ipxe' in medium) return namedImage(await ipxeImage(medium.ipxe, options), name);
      const image = await openImage('path' in medium ? medium.path : medium.url, options);
      return namedImage(image, name);
    },
  };
}

/** What to say of a name that is not in the library. */
export function unknownMedium(name: string, names: Iterable<string>): TypeError {
  const known = [...names];
  const advice = known.length === 0 ? '; the book lists none under media' : didYouMean(name, known);
  return new TypeError(`There is no medium called ${JSON.stringify(name)}${advice}${advice.endsWith('?') ? '' : '.'}`);
}

/** An image under the name that people gave it. */
export function namedImage(image: BlockSource, name: string): BlockSource {
  const { size, writable, immediate } = image;
  return {
    name,
    size,
    ...(writable === undefined ? {} : { writable }),
    ...(immediate === undefined ? {} : { immediate }),
    read: (...given) => image.read(...given),
    readInto: (...given) => readInto(image, ...given),
    ...(image.write === undefined ? {} : { write: image.write.bind(image) }),
    [Symbol.asyncDispose]: () => image[Symbol.asyncDispose](),
  };
}
