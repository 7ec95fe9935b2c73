/** Time as the simulated PC sees it: real, or moved by hand in tests. */

/** Tells the time and calls back. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `act` after `ms` milliseconds; the returned function forgets it. Does not keep the process alive. */
  after(ms: number, act: () => void): () => void;
}

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on and calls what is due on the way, in order. */
  advance(ms: number): void;
}

/** The clock on the wall. */
export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock for tests. @param start milliseconds since 1970. @default 2026-01-01 */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const due: { readonly at: number; readonly act: () => void }[] = [];
  return {
    now: () => now,
    after(ms, act) {
      const entry = { at: now + ms, act };
      due.push(entry);
      return () => {
        const index = due.indexOf(entry);
        if (index >= 0) due.splice(index, 1);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        due.splice(due.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.act();
      }
      now = until;
    },
  };
}
