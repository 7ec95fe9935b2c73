/** Waiting that can be given up. */
import { Cancelled } from '../errors.ts';

/** A promise and its two ends. A rejection nobody waits for is no accident. */
export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** An open {@link Deferred}. */
export function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** `promise`, or Cancelled when the signal comes first. */
export async function until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  const given = deferred();
  const give = () => given.reject(new Cancelled('Cancelled while waiting.', { cause: signal.reason }));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    return (await Promise.race([promise, given.promise])) as T;
  } finally {
    signal.removeEventListener('abort', give);
  }
}

/** Resolves after a while. @throws Cancelled */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const over = deferred();
  const timer = setTimeout(over.resolve, ms);
  try {
    await until(over.promise, signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What `work` comes to within a time. Its signal ends it when the time is over, or with the caller's.
 * @throws what `late` makes of it when the time was over first
 */
export async function inTime<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    return await work(signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]));
  } catch (error) {
    const isLate = error instanceof Cancelled && over.signal.aborted && signal?.aborted !== true;
    throw isLate ? late() : error;
  } finally {
    clearTimeout(timer);
  }
}
