/** Draining one machine: a request or a command, and how it ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is drained, and why. */
export interface Drained {
  readonly machine: string;
  readonly action: string;
}

/** How. */
export interface DrainOptions {
  readonly url?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly minutes: number;
}

/** Resolves when the machine is drained. @throws Error with a sentence that says why not */
export async function drain(
  what: Drained,
  { url, command = [], minutes }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(minutes * 60_000);
  const either = AbortSignal.any([signal, limit]);
  try {
    await (url === undefined ? byCommand(what, command, either) : byRequest(what, url, either));
  } catch (error) {
    if (limit.aborted) throw new Error(`the drain took longer than ${minutes} minutes`, { cause: error });
    if (signal.aborted)
      throw new Error(`the drain was given up: ${(signal.reason as Error).message}`, { cause: error });
    throw error;
  }
}

async function byRequest(what: Drained, url: string, signal: AbortSignal): Promise<void> {
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
    signal,
  }).catch((cause: Error) => {
    throw new Error(`${host} did not answer the drain`, { cause });
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${host} answered the drain with ${response.status}`);
}

async function byCommand({ machine, action }: Drained, words: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...given] = words;
  const child = spawn(program, given, {
    env: { ...process.env, AMT_MACHINE: machine, AMT_ACTION: action },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk: Uint8Array) => {
    said = (said + new TextDecoder().decode(chunk)).slice(-200);
  });
  const [status, killed] = (await once(child, 'close')) as [number | null, string | null];
  if (status === 0) return;
  const last = said.trim().split('\n').at(-1);
  throw new Error(`${program} ended with ${status ?? killed}${last ? `: ${last}` : ''}`);
}
