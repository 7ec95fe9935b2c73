/**
 * One writer at a time, across processes: a lock file beside the file. A file can only be removed by its name, whatever
 * stands in it by then, so everything here is about never removing the lock of somebody else.
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, readlink, rm, stat, unlink } from 'node:fs/promises';
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
  const deadline = performance.now() + timeoutMs;
  return await asOwner(async (owner) => {
    for (let waits = 0; !(await create(lock, owner)); waits++) {
      if (await removeStale(lock, staleMs)) continue;
      if (performance.now() > deadline) throw new Locked(await holderOf(lock));
      await pause(Math.min(100, 5 * 2 ** waits) * (0.5 + Math.random()));
    }
    try {
      return await work();
    } finally {
      await release(lock, owner, staleMs);
    }
  });
}

/** Who holds a lock: what stands in its file. */
interface Owner {
  /** Never the same twice. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Within which process numbers mean the same: containers may share the name of a computer. Linux only. */
  readonly space?: string;
}

/** Locks this process holds or waits for, by id. */
const ours = new Set<string>();

async function asOwner<T>(work: (owner: Owner) => Promise<T>): Promise<T> {
  const owner = { id: randomUUID(), pid: process.pid, host: hostname(), ...(await processSpace()) };
  ours.add(owner.id);
  try {
    return await work(owner);
  } finally {
    ours.delete(owner.id);
  }
}

async function create(lock: string, owner: Owner): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(owner));
    } catch (error) {
      await unlink(lock).catch(() => {});
      throw error;
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

/** A lock that others might find too old soon is given back in the way they would take it. */
async function release(lock: string, owner: Owner, staleMs: number): Promise<void> {
  if (await isOld(lock, staleMs / 2)) await removeAlone(lock, JSON.stringify(owner), staleMs);
  else if ((await ownerOf(lock))?.id === owner.id) await unlink(lock).catch(() => {});
}

/** Takes a stale lock away; true when it is gone. */
async function removeStale(lock: string, staleMs: number): Promise<boolean> {
  const text = await textOf(lock);
  if (text === undefined) return false;
  const stale = (await isOld(lock, staleMs)) || (await isLeftover(lock, text));
  return stale && (await removeAlone(lock, text, staleMs));
}

/**
 * Removes a lock if it still bears `text`; true when that is gone. Two things make sure that it is no other lock by the
 * time it is removed: nobody does this without holding a second file, and its owner, who may do without, is known to be
 * gone before it is read here. The second file is left behind by a process that dies now, and is taken away likewise.
 */
async function removeAlone(lock: string, text: string, staleMs: number): Promise<boolean> {
  const takeover = `${lock}.takeover`;
  return await asOwner(async (owner) => {
    if (!(await create(takeover, owner))) {
      await removeStale(takeover, staleMs);
      return false;
    }
    try {
      if ((await textOf(lock)) === text) await rm(lock, { force: true });
      return true;
    } finally {
      await release(takeover, owner, staleMs);
    }
  });
}

/** Whether the process that made a lock has ended. Of processes elsewhere nobody here can tell. */
async function isLeftover(lock: string, text: string): Promise<boolean> {
  const owner = ownerIn(text);
  if (owner === undefined || owner.host !== hostname() || owner.space !== (await processSpace()).space) return false;
  if (owner.pid !== process.pid) return !isAlive(owner.pid);
  // Of an earlier process that had our number; later ones are of another thread, or another copy of this module.
  return !ours.has(owner.id) && (await isOld(lock, process.uptime() * 1000));
}

async function isOld(file: string, ageMs: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ageMs;
}

/** The owner; undefined where there is no lock, or it is just being written. */
async function ownerOf(lock: string): Promise<Owner | undefined> {
  return ownerIn((await textOf(lock)) ?? '');
}

async function textOf(lock: string): Promise<string | undefined> {
  return await readFile(lock, 'utf8').catch(() => undefined);
}

function ownerIn(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}

async function holderOf(lock: string): Promise<string> {
  const owner = await ownerOf(lock);
  const who = owner === undefined ? 'somebody' : `process ${owner.pid} on ${owner.host}`;
  return `${who} is changing it and does not end (lock file ${lock})`;
}

async function processSpace(): Promise<Pick<Owner, 'space'>> {
  const space = await readlink('/proc/self/ns/pid').catch(() => undefined);
  return space === undefined ? {} : { space };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
