/** Something the bridge says of itself has changed: its permit, a setting. */

/** Who tells, and who hears. */
export interface News {
  tell(): void;
  /** Calls the listener from now on; returns what ends that. */
  follow(listener: () => void): () => void;
}

/** News that nobody follows yet. */
export function createNews(): News {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
