/** Commands already carried out: a repeated transaction is answered from memory instead of being done again. */
import type { ActionResult } from './commands.ts';

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

/** What is remembered of a command: pictures are not, of which there may be thousands. */
export function withoutBytes(result: ActionResult): ActionResult {
  if (typeof result.data !== 'object' || result.data === null) return result;
  const kept = Object.entries(result.data).filter(([, value]) => !(value instanceof Uint8Array));
  return Array.isArray(result.data) ? result : { ...result, data: Object.fromEntries(kept) };
}
