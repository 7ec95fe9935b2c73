/** How updates are written: as one piece for each rectangle, or in others that are harder or easier to read. */
import type { Outbox } from './outbox.ts';

/** One write for each rectangle as real firmware does, one for a whole update, or portions of a TCP segment. */
export type KvmWrites = 'rectangle' | 'update' | 'segment';

/** Bytes of a segment on an ordinary network. */
const SEGMENT = 1460;

/** Writes the pieces of updates. */
export class KvmWriter {
  readonly #outbox: Outbox;
  readonly #how: KvmWrites;
  #waiting: Uint8Array[] = [];

  constructor(outbox: Outbox, how: KvmWrites) {
    this.#outbox = outbox;
    this.#how = how;
  }

  /** Writes what belongs together, which is its own from now on. Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#how === 'rectangle') await this.#outbox.send(bytes);
    else this.#waiting.push(bytes);
  }

  /** Nothing is held back any longer. */
  async flush(): Promise<void> {
    const all = joined(this.#waiting.splice(0));
    const portion = this.#how === 'segment' ? SEGMENT : all.length;
    for (let at = 0; at < all.length; at += portion) await this.#outbox.send(all.subarray(at, at + portion));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
