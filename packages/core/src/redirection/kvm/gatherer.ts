/** Cuts what arrives into the pieces that a reader waits for, whatever the chunks. */

/** Knows how many bytes it needs to go on. */
export interface PieceTaker {
  /** Length of the next piece; 0: no more. */
  readonly awaiting: number;
  /** Takes the piece, which begins at `at` and is valid for this call only. */
  take(bytes: Uint8Array, at: number): void;
}

/** More than any piece but a text has, so that it hardly ever grows. */
const ROOM = 16 * 1024;

const FEW = 64;

/**
 * Pieces are handed out where they lie in the chunk; only one that spans chunks is copied, and each byte at most once.
 * Nothing is read twice, so that bytes one at a time cost what they cost in one chunk.
 */
export class Gatherer {
  #held = new Uint8Array(ROOM);
  #length = 0;

  /** Hands everything that is whole to `taker`. Returns where in the chunk the last piece it wanted ends. */
  push(chunk: Uint8Array, taker: PieceTaker, start = 0): number {
    let at = start;
    for (let needed = taker.awaiting; needed > 0; needed = taker.awaiting) {
      if (this.#length === 0 && chunk.length - at >= needed) {
        taker.take(chunk, at);
        at += needed;
        continue;
      }
      const from = at;
      at = Math.min(chunk.length, from + needed - this.#length);
      this.#hold(chunk, from, at, needed);
      if (this.#length < needed) break;
      this.#length = 0;
      taker.take(this.#held, 0);
    }
    return at;
  }

  #hold(chunk: Uint8Array, from: number, to: number, needed: number): void {
    if (needed > this.#held.length) {
      const larger = new Uint8Array(needed);
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    // For a few bytes a view costs more than the bytes.
    if (to - from < FEW) for (let i = from; i < to; i++) this.#held[this.#length++] = chunk[i] as number;
    else {
      this.#held.set(chunk.subarray(from, to), this.#length);
      this.#length += to - from;
    }
  }
}
