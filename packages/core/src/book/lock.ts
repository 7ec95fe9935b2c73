/** One writer at a time, across processes: a lock file beside the file. */
import { randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** How patient a writer is. */
export interface LockPatience {
  /** How long to wait for another writer. @default 10_000 */
  readonly timeoutMs?: number;
  /** A lock older than this was left behind: writing takes milliseconds. @default 30_000 */
  readonly staleMs?: number;
}

/** Another writer holds the lock and does not end. */
export class Locked extends Error {
  readonly code = 'LOCKED';
}

/**
 * Does `work` while holding `<path>.lock`. A lock whose process is gone, or that is too old, is taken away first.
 * @throws Locked after the time-out; the system's error where no lock file can be made
 */
export async function whileLocked<T>(path: string, work: () => Promise<T>, patience: LockPatience = {}): Promise<T> {
  const { timeoutMs = 10_000, staleMs = 30_000 } = patience;
  const lock = `${path}.lock`;
  const id = randomUUID();
  const deadline = performance.now() + timeoutMs;
  ours.add(id);
  try {
    for (let waits = 0; !(await create(lock, id)); waits++) {
      if (await removeStale(lock, staleMs)) continue;
      if (performance.now() > deadline) throw new Locked(await holderOf(lock));
      await pause(Math.min(100, 5 * 2 ** waits) * (0.5 + Math.random()));
    }
    try {
      return await work();
    } finally {
      if ((await ownerOf(lock))?.id === id) await unlink(lock).catch(() => {});
    }
  } finally {
    ours.delete(id);
  }
}

/** Who holds a lock. */
interface Owner {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/** Locks this process holds or waits for: one that bears our process number and is not among them is a leftover. */
const ours = new Set<string>();

async function create(lock: string, id: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify({ id, pid: process.pid, host: hostname() } satisfies Owner));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Windows says EPERM while another process is just removing the file.
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
}

/**
 * Takes a stale lock away; true when it is gone. Only the holder of a second file may do that, and looks again first:
 * of two writers who find a lock stale, the slower one would else remove the faster one's new lock.
 */
async function removeStale(lock: string, staleMs: number): Promise<boolean> {
  if (!(await isStale(lock, staleMs))) return false;
  const takeover = `${lock}.takeover`;
  if (!(await create(takeover, randomUUID()))) {
    if (await isOld(takeover, staleMs)) await unlink(takeover).catch(() => {});
    return false;
  }
  try {
    if (await isStale(lock, staleMs)) await unlink(lock);
    return true;
  } finally {
    await unlink(takeover).catch(() => {});
  }
}

async function isStale(lock: string, staleMs: number): Promise<boolean> {
  if (await isOld(lock, staleMs)) return true;
  const owner = await ownerOf(lock);
  if (owner === undefined || owner.host !== hostname()) return false;
  return owner.pid === process.pid ? !ours.has(owner.id) : !isAlive(owner.pid);
}

async function isOld(file: string, staleMs: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMs;
}

/** The owner; undefined where there is no lock, or it is just being written. */
async function ownerOf(lock: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

async function holderOf(lock: string): Promise<string> {
  const owner = await ownerOf(lock);
  const who = owner === undefined ? 'somebody' : `process ${owner.pid} on ${owner.host}`;
  return `${who} is changing it and does not end (lock file ${lock})`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
