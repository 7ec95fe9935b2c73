/** A limit on how much goes on at the same moment. */

/** Runs work, so much of it at once; the rest waits, in order. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets at most `count` pieces of work run at the same moment. */
export function atOnce(count: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
