/** Work put off for a while, by key: the same key again replaces it. */

/** What is put off. */
export interface Postponed {
  /** Does `work` after a while; `undefined` takes back what was put under the key. */
  put(key: string, afterMs: number, work: (() => Promise<unknown>) | undefined): void;
  clear(): void;
  /** How much is put off. */
  readonly length: number;
}

/** Nothing yet. Keeps no process alive. @param due begins what has waited long enough */
export function createPostponed(due: (work: () => Promise<unknown>) => void): Postponed {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    put(key, afterMs, work) {
      clearTimeout(timers.get(key));
      timers.delete(key);
      if (work === undefined) return;
      const timer = setTimeout(() => {
        timers.delete(key);
        due(work);
      }, afterMs);
      timer.unref();
      timers.set(key, timer);
    },
    get length() {
      return timers.size;
    },
    clear() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
