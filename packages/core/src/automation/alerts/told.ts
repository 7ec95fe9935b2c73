/** Remembers which alerts were told, so that each is told once: firmware repeats them, and tells them in three ways. */
import type { Alert, AlertSource } from '../../events/alert.ts';

/** Milliseconds within which two ways tell of the same event. */
const SAME_MS = 60_000;
/** Milliseconds that told alerts are remembered: longer than anybody waits before reading the log. */
const REMEMBERED_MS = 900_000;
/** Alerts and numbers that are remembered of one machine. */
const MOST = 300;

/** What was told of one machine. */
export interface Told {
  /**
   * Whether this one is to be told.
   * @param number of a delivery, the same when it is sent again; nothing where deliveries have none
   */
  isNew(alert: Alert, number?: string): boolean;
}

interface Entry {
  readonly source: AlertSource;
  readonly event: string;
  readonly at: number | undefined;
  readonly toldAt: number;
  /** Other ways that have told it, too. */
  readonly also: Set<AlertSource>;
}

/** Nothing told yet. `now` is our clock, in milliseconds since 1970. */
export function createTold(now: () => number = Date.now): Told {
  let entries: Entry[] = [];
  const numbers = new Set<string>();

  /** The same event by another way, which this way has not told yet: the oldest, since each way keeps the order. */
  function other(alert: Alert, at: number): Entry | undefined {
    return entries.find(
      (entry) =>
        entry.source !== alert.source &&
        entry.event === alert.event &&
        !entry.also.has(alert.source) &&
        (near(entry.at, alert.at?.getTime()) || (unclear(entry, alert) && at - entry.toldAt < SAME_MS)),
    );
  }

  return {
    isNew(alert, number) {
      const at = now();
      entries = entries.filter(({ toldAt }) => at - toldAt < REMEMBERED_MS).slice(-MOST);
      if (number !== undefined) {
        const key = `${alert.source} ${number}`;
        if (numbers.has(key)) return false;
        numbers.add(key);
        if (numbers.size > MOST) numbers.delete(numbers.values().next().value as string);
      }
      const known = other(alert, at);
      if (known !== undefined) {
        known.also.add(alert.source);
        return false;
      }
      const { source, event } = alert;
      entries.push({ source, event, at: alert.at?.getTime(), toldAt: at, also: new Set() });
      return true;
    },
  };
}

function near(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) < SAME_MS;
}

/** Traps tell the time in a zone of their own, and a clock that was never set tells none. */
function unclear(entry: Entry, alert: Alert): boolean {
  return entry.source === 'pet' || alert.source === 'pet' || entry.at === undefined || alert.at === undefined;
}
