/** Commands already carried out: a repeated transaction is answered from memory instead of being done again. */

/** A bounded memory of promises by key; the oldest go first. */
export interface Transactions<T> {
  /** The remembered outcome, or undefined. */
  seen(key: string): Promise<T> | undefined;
  remember(key: string, outcome: Promise<T>): void;
}

/** @param limit how many are remembered @default 2000 */
export function createTransactions<T>(limit = 2000): Transactions<T> {
  const outcomes = new Map<string, Promise<T>>();
  return {
    seen: (key) => outcomes.get(key),
    remember(key, outcome) {
      outcomes.set(key, outcome);
      if (outcomes.size > limit) outcomes.delete(outcomes.keys().next().value as string);
    },
  };
}
