/** Two kinds of work on one network: what somebody waits for, and what has time. */
import { createTurnstile, type Limit } from './at-once.ts';

/** Keeps the second kind out of the way of the first. */
export interface Pace {
  /** Runs work that somebody waits for, at once. */
  now<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work that has time: so much of it at the same moment, in order. Less begins while somebody waits. */
  readonly later: Limit;
}

/** How much of what has time may run at the same moment. */
export interface PaceLimits {
  readonly atOnce: number;
  /** While somebody waits. */
  readonly besides: number;
  /** How long somebody counts as waiting, milliseconds: work that takes minutes does not hold everything up. */
  readonly waitsMs: number;
}

/** A pace that nothing runs in yet. */
export function createPace({ atOnce, besides, waitsMs }: PaceLimits): Pace {
  let waited = 0;
  const turnstile = createTurnstile(() => (waited > 0 ? besides : atOnce));

  /** Somebody waits until the returned function is called, or long enough. */
  function wait(): () => void {
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      waited--;
      turnstile.open();
    };
    const timer = setTimeout(over, waitsMs);
    timer.unref();
    waited++;
    return over;
  }

  return {
    async now(work) {
      const over = wait();
      try {
        return await work();
      } finally {
        over();
      }
    },
    later: turnstile.run,
  };
}
