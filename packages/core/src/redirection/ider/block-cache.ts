/** What was fetched of an image that is far away: kept within bounds, and each block fetched once however many want it. */
import type { ReadOptions } from './image.ts';

/** Bytes that are fetched and kept as one. */
export const CACHE_BLOCK = 64 * 1024;

/** Where fetched blocks are kept. */
export interface BlockStore {
  /** `undefined` when it is not there, or no longer. */
  get(block: number): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  has(block: number): boolean;
  /** Keeps a block, at the cost of the one that was not used for longest. */
  put(block: number, bytes: Uint8Array): Promise<void> | void;
  close(): Promise<void>;
}

/** Hands over consecutive bytes of a range as they come, until it is whole. */
export type FetchRange = (
  offset: number,
  length: number,
  sink: (chunk: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<void>;

/** A block that is on its way. */
interface Coming {
  readonly bytes: Uint8Array;
  readonly whole: Promise<void>;
  readonly run: Run;
}

/** Blocks that are fetched together; given up when nobody waits for any of them. */
interface Run {
  readonly giveUp: AbortController;
  readonly blocks: readonly number[];
  /** Blocks that did not come yet. */
  missing: number;
  waiting: number;
}

/** The blocks of one image. */
export class BlockCache {
  readonly #size: number;
  readonly #fetch: FetchRange;
  readonly #store: BlockStore;
  readonly #coming = new Map<number, Coming>();

  /** @param size of the image, in bytes */
  constructor(size: number, store: BlockStore, fetch: FetchRange) {
    this.#size = size;
    this.#store = store;
    this.#fetch = fetch;
  }

  /** Fills `target`; what is missing is fetched in as few ranges as possible. */
  async read(offset: number, target: Uint8Array, { signal }: ReadOptions = {}): Promise<void> {
    const first = Math.floor(offset / CACHE_BLOCK);
    const last = Math.floor((offset + target.length - 1) / CACHE_BLOCK);
    const blocks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    this.#order(blocks);
    await Promise.all(
      blocks.map(async (block) => {
        const start = block * CACHE_BLOCK;
        const from = Math.max(0, offset - start);
        const bytes = await this.#block(block, signal);
        target.set(bytes.subarray(from, offset + target.length - start), Math.max(0, start - offset));
      }),
    );
  }

  async close(): Promise<void> {
    for (const { run } of this.#coming.values()) run.giveUp.abort();
    await Promise.allSettled([...this.#coming.values()].map(({ whole }) => whole));
    await this.#store.close();
  }

  async #block(block: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    for (;;) {
      const coming = this.#coming.get(block);
      if (coming !== undefined) return await this.#await(coming, signal);
      const kept = await this.#store.get(block);
      if (kept !== undefined) return kept;
      this.#order([block]);
    }
  }

  async #await({ bytes, whole, run }: Coming, signal: AbortSignal | undefined): Promise<Uint8Array> {
    run.waiting++;
    try {
      await (signal === undefined ? whole : unlessAborted(whole, signal));
      return bytes;
    } finally {
      run.waiting--;
      if (run.waiting === 0 && run.missing > 0) this.#giveUp(run);
    }
  }

  /** Whoever wants these blocks from now on has to begin again. */
  #giveUp(run: Run): void {
    for (const block of run.blocks) {
      if (this.#coming.get(block)?.run === run) this.#coming.delete(block);
    }
    run.giveUp.abort();
  }

  /** Fetches those of consecutive blocks that are neither there nor on their way. */
  #order(blocks: readonly number[]): void {
    let run: number[] = [];
    for (const block of [...blocks, -1]) {
      if (block >= 0 && !this.#store.has(block) && !this.#coming.has(block)) run.push(block);
      else if (run.length > 0) {
        this.#start(run);
        run = [];
      }
    }
  }

  #start(blocks: readonly number[]): void {
    const run: Run = { giveUp: new AbortController(), blocks, missing: blocks.length, waiting: 0 };
    const [first = 0] = blocks;
    const offset = first * CACHE_BLOCK;
    const parts = blocks.map((block) => {
      let resolve!: () => void;
      let reject!: (error: Error) => void;
      const whole = new Promise<void>((yes, no) => {
        resolve = yes;
        reject = no;
      });
      whole.catch(() => {});
      const bytes = new Uint8Array(Math.min(CACHE_BLOCK, this.#size - block * CACHE_BLOCK));
      this.#coming.set(block, { bytes, whole, run });
      return { block, bytes, resolve, reject, filled: 0 };
    });
    let at = 0;
    const sink = (chunk: Uint8Array) => {
      for (let done = 0; done < chunk.length; ) {
        const part = parts[at];
        if (part === undefined) return;
        const piece = chunk.subarray(done, done + part.bytes.length - part.filled);
        part.bytes.set(piece, part.filled);
        part.filled += piece.length;
        done += piece.length;
        if (part.filled < part.bytes.length) continue;
        at++;
        run.missing--;
        void this.#arrived(part.block, part.bytes);
        part.resolve();
      }
    };
    const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#fetch(offset, length, sink, run.giveUp.signal).catch((error: Error) => {
      this.#giveUp(run);
      for (const { reject } of parts.slice(at)) reject(error);
    });
  }

  /** It is served from here until it is kept. */
  async #arrived(block: number, bytes: Uint8Array): Promise<void> {
    try {
      await this.#store.put(block, bytes);
    } catch {
      // A cache that cannot keep it has to fetch it again.
    }
    this.#coming.delete(block);
  }
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
