/**
 * A stream behind a bad network. Every fault is asked for and follows from a seed, so a failure can be repeated.
 *
 * Each direction counts its own bytes and has its own random numbers: what happens on one does not depend on how it
 * interleaves with the other.
 */
import { ConnectFailed } from '../errors.ts';
import type { ByteStream } from './stream.ts';

/** What goes wrong, in each direction by itself. Byte counts are of what entered that direction. */
export interface StreamFaults {
  /** Hand chunks over in pieces of random size; a number is the largest piece. @default false */
  readonly splitBytes?: boolean | number;
  /** Hold every piece back for a random time up to this one, keeping the order. Needs `delay`. */
  readonly delayMs?: number;
  /** Swallow everything behind this many bytes; the connection stays open and silent. */
  readonly dropAfter?: number;
  /** Flip one random bit of every n-th byte. */
  readonly corruptEvery?: number;
  /** Cut the connection, both directions, once this many bytes have passed in one of them. */
  readonly cutAfter?: number;
  /** @default 1 */
  readonly seed?: number;
  /** How to wait: streams have no clock of their own. */
  readonly delay?: (ms: number) => Promise<void>;
}

/** The same stream with faults on everything read from it and written to it. */
export function faulty(stream: ByteStream, faults: StreamFaults): ByteStream {
  if (faults.delayMs !== undefined && faults.delay === undefined) {
    throw new TypeError('delayMs needs delay, a function that waits.');
  }
  const seed = faults.seed ?? 1;
  const outgoing = new Line(faults, seededRandom(seed));
  const incoming = new Line(faults, seededRandom(seed + 1));
  let cut: ConnectFailed | undefined;

  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of stream) {
      yield* incoming.pass(chunk);
      if (incoming.isCut) await cutAll();
      if (cut) throw cut;
    }
    if (cut) throw cut;
  }
  async function cutAll(): Promise<void> {
    cut ??= new ConnectFailed(`The connection was cut after ${faults.cutAfter} bytes.`);
    await stream.close();
  }
  return {
    ...(stream.remoteAddress !== undefined && { remoteAddress: stream.remoteAddress }),
    ...(stream.certificate !== undefined && { certificate: stream.certificate }),
    async write(bytes) {
      if (cut) throw cut;
      for await (const piece of outgoing.pass(bytes)) await stream.write(piece);
      if (outgoing.isCut) await cutAll();
      if (cut) throw cut;
    },
    end: () => stream.end(),
    close: () => stream.close(),
    [Symbol.asyncDispose]: () => stream.close(),
    [Symbol.asyncIterator]: read,
  };
}

/** Numbers from 0 up to, not including, 1; the same row of them for the same seed. Not for secrets. (mulberry32) */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One direction. */
class Line {
  readonly #faults: StreamFaults;
  readonly #random: () => number;
  #count = 0;

  constructor(faults: StreamFaults, random: () => number) {
    this.#faults = faults;
    this.#random = random;
  }

  get isCut(): boolean {
    return this.#count >= (this.#faults.cutAfter ?? Number.POSITIVE_INFINITY);
  }

  /** What becomes of a chunk: pieces, late, changed, fewer, or none. */
  async *pass(chunk: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    const { cutAfter = Number.POSITIVE_INFINITY, dropAfter = Number.POSITIVE_INFINITY } = this.#faults;
    const entered = chunk.subarray(0, Math.max(0, cutAfter - this.#count));
    const kept = entered.slice(0, Math.max(0, dropAfter - this.#count));
    this.#corrupt(kept);
    this.#count += entered.length;
    for (let at = 0; at < kept.length; ) {
      const size = this.#pieceOf(kept.length - at);
      await this.#hold();
      yield kept.subarray(at, at + size);
      at += size;
    }
  }

  #corrupt(bytes: Uint8Array): void {
    const every = this.#faults.corruptEvery;
    if (!every) return;
    for (let i = every - 1 - (this.#count % every); i < bytes.length; i += every) {
      bytes[i] = (bytes[i] ?? 0) ^ (1 << Math.floor(this.#random() * 8));
    }
  }

  #pieceOf(length: number): number {
    const { splitBytes } = this.#faults;
    if (!splitBytes) return length;
    const largest = splitBytes === true ? length : Math.min(splitBytes, length);
    return 1 + Math.floor(this.#random() * largest);
  }

  async #hold(): Promise<void> {
    const { delayMs, delay } = this.#faults;
    if (delayMs !== undefined && delay !== undefined) await delay(this.#random() * delayMs);
  }
}
