/** Follows an event log: which of its records were not there before. */

/** Records that are asked for while nothing much happens. */
const FEW = 10;
/** How far back the newest records are remembered. */
const MANY = 50;

/** One record of a log: its bytes in hex tell it from others, as far as anything does. */
export interface TailEntry {
  readonly raw: string;
}

/** Follows one log. */
export interface LogTail<E extends TailEntry> {
  /**
   * The records that came since the last time, oldest first; none the first time.
   * @param read the newest records of the log, newest first, so many at most
   */
  next(read: (limit?: number) => Promise<readonly E[]>): Promise<readonly E[]>;
}

/** A tail that has seen nothing yet. */
export function createLogTail<E extends TailEntry>(): LogTail<E> {
  let seen: readonly string[] | undefined;
  return {
    async next(read) {
      let newest = await read(FEW);
      const before = seen;
      let count = before === undefined ? 0 : newOnes(before, newest);
      if (count === undefined) {
        newest = await read();
        // Nothing we know is in there any more: it was emptied, and all there is came afterwards.
        count = newOnes(before ?? [], newest) ?? newest.length;
      }
      const fresh = newest.slice(0, count);
      seen = [...newest.map(({ raw }) => raw), ...(before ?? []).slice(newest.length - fresh.length)].slice(0, MANY);
      return fresh.toReversed();
    },
  };
}

/** How many stand in front of what was seen; nothing where they cannot be told apart from it. Records may be equal. */
function newOnes(before: readonly string[], newest: readonly TailEntry[]): number | undefined {
  if (newest.length === 0) return 0;
  for (let count = 0; count < newest.length; count++) {
    const known = newest.slice(count);
    if (before.length > 0 && known.every(({ raw }, i) => i >= before.length || raw === before[i])) return count;
  }
  // A log that is shorter than was asked for is all there.
  return before.length === 0 && newest.length < FEW ? newest.length : undefined;
}
