/** One message on its way to a web service. */
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Where to, and how stubbornly. */
export interface DeliverOptions {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly retrySeconds: number;
}

/** Sends a body until it is taken. @throws Error when it was refused, or all tries are used up */
export async function deliver(body: string, options: DeliverOptions, signal: AbortSignal): Promise<void> {
  const { retries, retrySeconds } = options;
  for (let left = retries, pauseMs = retrySeconds * 1000; ; left--, pauseMs *= 2) {
    try {
      return await send(body, options, signal);
    } catch (error) {
      if (signal.aborted || left === 0 || error instanceof Unwanted) throw error;
    }
    await delay(pauseMs, undefined, { signal, ref: false });
  }
}

/** The receiver does not want it, now or later. */
class Unwanted extends Error {}

async function send(body: string, { url, secret, timeoutSeconds }: DeliverOptions, signal: AbortSignal): Promise<void> {
  const { host } = new URL(url);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = secret === undefined ? undefined : signatureOf(secret, timestamp, body);
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'amtkit-plugin-reimage-webhook',
      'x-amtkit-timestamp': timestamp,
      ...(signature === undefined ? {} : { 'x-amtkit-signature': `sha256=${signature}` }),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
  }).catch((cause: Error) => {
    throw new Error(`${host} did not answer`, { cause });
  });
  await response.body?.cancel();
  if (response.ok) return;
  const { status } = response;
  const sentence = `${host} answered ${status}`;
  throw status >= 500 || status === 408 || status === 429 ? new Error(sentence) : new Unwanted(sentence);
}

/** HMAC with SHA-256 over `timestamp.body`, in hex: old messages cannot be sent again by whoever saw them. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
