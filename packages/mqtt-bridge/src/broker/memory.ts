/** What keeps the embedded broker small. */

/** Lets so many through at once; the others wait in order. */
export interface Pace {
  /** Calls `go` when there is room. */
  enter(go: () => void): void;
  /** One that went is through. */
  leave(): void;
}

/**
 * A pace. Without one, a thousand device messages would all be on their way to a subscriber who takes them one by one.
 */
export function createPace(limit: number): Pace {
  let under = 0;
  const waiting: (() => void)[] = [];
  return {
    enter(go) {
      if (under >= limit) {
        waiting.push(go);
        return;
      }
      under++;
      go();
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) under--;
      else next();
    },
  };
}

/**
 * Copies payloads that are to be kept: as they come they are cut from the large pieces that are read at once, and would
 * keep these in memory. Short ones, which are the same for many topics, are kept once.
 */
export function payloadKeeper(): (payload: string | Uint8Array) => Buffer {
  const words = new Map<string, Buffer>();
  return (payload) => {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const word = bytes.length <= LONGEST_WORD ? Buffer.from(bytes).toString('latin1') : undefined;
    const known = word === undefined ? undefined : words.get(word);
    if (known !== undefined) return known;
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    if (word !== undefined && words.size < MOST_WORDS) words.set(word, copy);
    return copy;
  };
}

/** Bytes, and how many of such words. */
const LONGEST_WORD = 64;
const MOST_WORDS = 2000;
