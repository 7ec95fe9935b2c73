/** A limit on how much goes on at the same moment. */

/** Runs work, so much of it at once; the rest waits, in order. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets at most `count` pieces of work run at the same moment. */
export function atOnce(count: number): Limit {
  return createTurnstile(() => count).run;
}

/** A limit that may change. */
export interface Turnstile {
  readonly run: Limit;
  /** The limit may be higher now: whoever waits begins. */
  open(): void;
}

/** Lets at most `most()` pieces of work run at the same moment; asked again whenever one is to begin. */
export function createTurnstile(most: () => number): Turnstile {
  let running = 0;
  const waiting: (() => void)[] = [];

  function open(): void {
    while (waiting.length > 0 && running < most()) {
      running++;
      waiting.shift()?.();
    }
  }

  return {
    open,
    async run(work) {
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      open();
      await turn;
      try {
        return await work();
      } finally {
        running--;
        open();
      }
    },
  };
}
