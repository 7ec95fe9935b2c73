/** Images of one command: opened once, and lent to every machine by the word that was typed for them. */
import type { BlockSource } from '@amtkit/core';
import type { MediaLibrary } from '@amtkit/core/automation';

/** A library whose images are its own: who opens one may close it, and others go on reading. */
export class Shelf implements MediaLibrary, AsyncDisposable {
  readonly #images = new Map<string, BlockSource>();

  names(): readonly string[] {
    return [...this.#images.keys()];
  }

  /** Puts an image there, which the shelf closes. A word that is there already keeps its image. */
  async put(word: string, open: () => Promise<BlockSource>): Promise<BlockSource> {
    const image = this.#images.get(word) ?? (await open());
    this.#images.set(word, image);
    return image;
  }

  async open(word: string): Promise<BlockSource> {
    const { namedImage } = await import('@amtkit/core/automation');
    const image = this.#images.get(word);
    if (image === undefined) throw new TypeError(`There is no image ${word}.`);
    return { ...namedImage(image, image.name), [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const image of this.#images.values()) await image[Symbol.asyncDispose]();
    this.#images.clear();
  }
}
