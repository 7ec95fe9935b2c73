/** Two kinds of work on one network: what somebody waits for, and what has time. */

/** Keeps the second kind out of the way of the first. */
export interface Pace {
  /** Runs work that somebody waits for, at once. */
  now<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work that has time: so much of it at the same moment, in order. Less begins while somebody waits. */
  later<T>(work: () => Promise<T>): Promise<T>;
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
  let running = 0;
  let waited = 0;
  const waiting: (() => void)[] = [];

  function begin(): void {
    while (waiting.length > 0 && running < (waited > 0 ? besides : atOnce)) {
      running++;
      waiting.shift()?.();
    }
  }

  /** Somebody waits until the returned function is called, or long enough. */
  function wait(): () => void {
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      waited--;
      begin();
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
    async later(work) {
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      begin();
      await turn;
      try {
        return await work();
      } finally {
        running--;
        begin();
      }
    },
  };
}
