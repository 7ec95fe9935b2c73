/** Tells when a file becomes another one: edited in place, replaced, made, removed, or a link that now leads elsewhere. */
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Yields at the start and after each change, once the file has come to rest. By asking, not by notification: that also
 * works on network drives, on files mounted into containers, and while the folder does not exist yet.
 *
 * @param intervalMs how often the file is looked at
 */
export async function* fileChanges(path: string, intervalMs: number, signal?: AbortSignal): AsyncGenerator<void> {
  let known: string | undefined;
  while (!signal?.aborted) {
    const now = await lookAt(path);
    if (now === known) {
      await pause(intervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    } else {
      known = await atRest(path, now, Math.min(SETTLE_MS, intervalMs));
      yield;
    }
  }
}

/** An editor that writes in place is half-way through for a moment: half a book would be a book without machines. */
const SETTLE_MS = 200;

async function atRest(path: string, first: string, settleMs: number): Promise<string> {
  let before = first;
  for (;;) {
    await pause(settleMs);
    const now = await lookAt(path);
    if (now === before) return now;
    before = now;
  }
}

/** What tells one writing of a file from another; empty where there is none. */
export async function lookAt(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  return file === undefined ? '' : `${file.ino} ${file.size} ${file.mtimeMs} ${file.ctimeMs}`;
}
