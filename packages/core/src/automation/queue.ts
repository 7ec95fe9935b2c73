/** One thing at a time, in order; waiting can be given up. */
import { Cancelled } from '../errors.ts';
import { until } from '../machine/waiting.ts';

/** A first-in, first-out queue with one runner. */
export interface Queue {
  /** Runs `work` when everything before it has ended. @throws Cancelled when the signal comes first */
  enter<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** How many wait or run. */
  readonly length: number;
}

/** An empty queue. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  let length = 0;
  return {
    get length() {
      return length;
    },
    enter<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      length++;
      const turn = last.then(() => {
        if (signal?.aborted) throw new Cancelled('Cancelled while waiting for its turn.', { cause: signal.reason });
        return work();
      });
      last = turn.then(
        () => length--,
        () => length--,
      );
      return until(turn, signal);
    },
  };
}
