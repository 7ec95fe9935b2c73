/** One sender, any number of readers that each go at their own pace. */

/** Sends to all current readers; readers that come later see only what comes later. */
export interface Broadcast<T> {
  send(item: T): void;
  /** Ends when the signal says so, or the sender closes. */
  read(signal?: AbortSignal): AsyncIterableIterator<T>;
  close(): void;
}

/**
 * A broadcast. Where `merge` gives a key, a waiting item with the same key is replaced by `merge.into(waiting, newer)`
 * and keeps its place, so that a slow reader costs no more memory than there are keys.
 */
export function createBroadcast<T>(merge?: {
  readonly key: (item: T) => string | undefined;
  readonly into: (waiting: T, newer: T) => T;
}): Broadcast<T> {
  const readers = new Set<Reader<T>>();
  let closed = false;
  return {
    send(item) {
      const key = merge?.key(item);
      for (const reader of readers) {
        const at = key === undefined ? undefined : reader.places.get(key);
        if (merge !== undefined && at !== undefined) {
          reader.waiting[at] = merge.into(reader.waiting[at] as T, item);
        } else {
          if (key !== undefined) reader.places.set(key, reader.waiting.length);
          reader.waiting.push(item);
        }
        reader.wake();
      }
    },
    read(signal) {
      const reader: Reader<T> = { waiting: [], places: new Map(), wake: () => {} };
      if (!closed) readers.add(reader);
      return deliver(
        reader,
        signal,
        () => closed,
        () => readers.delete(reader),
      );
    },
    close() {
      closed = true;
      for (const reader of readers) reader.wake();
    },
  };
}

interface Reader<T> {
  waiting: T[];
  readonly places: Map<string, number>;
  wake: () => void;
}

function deliver<T>(
  reader: Reader<T>,
  signal: AbortSignal | undefined,
  closed: () => boolean,
  leave: () => void,
): AsyncIterableIterator<T> {
  let batch: T[] = [];
  let at = 0;
  let over = false;
  const wakeOnAbort = () => reader.wake();
  signal?.addEventListener('abort', wakeOnAbort, { once: true });
  const end = (): IteratorResult<T> => {
    over = true;
    leave();
    signal?.removeEventListener('abort', wakeOnAbort);
    reader.wake();
    return { done: true, value: undefined };
  };
  return {
    async next() {
      for (;;) {
        if (over || signal?.aborted) return end();
        if (at < batch.length) return { done: false, value: batch[at++] as T };
        if (reader.waiting.length > 0) {
          batch = reader.waiting;
          at = 0;
          reader.waiting = [];
          reader.places.clear();
          continue;
        }
        if (closed()) return end();
        await new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
      }
    },
    async return() {
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
