/** How long others wait for a plugin. */
import { Cancelled } from '../../errors.ts';

/** How long a hook may take where its plugin says nothing. */
export const TIME_LIMIT_MS = 10_000;

/** Work that is given up after a time; it goes on by itself, and what comes of it is nobody's. @throws Error */
export async function inTime<T>(work: T | Promise<T>, limitMs: number): Promise<T> {
  if (!isPromise(work) || limitMs === Number.POSITIVE_INFINITY) return await work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work as Promise<T>, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An answer that nobody waits for any more once what it is about is cancelled. @throws Cancelled */
export async function unlessCancelled<T>(
  answer: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return await answer;
  let cancel = (): void => {};
  const cancelled = new Promise<never>((_resolve, reject) => {
    cancel = () => reject(new Cancelled(`Cancelled while ${what}.`, { cause: signal.reason }));
  });
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    return await Promise.race([answer, cancelled]);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Whether something is awaited: promises of any make. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
