import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Locked, whileLocked } from './lock.ts';

let folder: string;
let path: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-lock-'));
  path = join(folder, 'file');
  lock = `${path}.lock`;
});
afterEach(() => rm(folder, { recursive: true }));

const leaveLock = (owner: object) => writeFile(lock, JSON.stringify(owner));

/** Number of a process that has ended. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid as number;
}

test('lets one in at a time, and leaves nothing behind', async () => {
  let inside = 0;
  let most = 0;
  let count = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      whileLocked(path, async () => {
        most = Math.max(most, ++inside);
        const before = count;
        await readdir(folder);
        count = before + 1;
        inside--;
      }),
    ),
  );
  expect({ most, count }).toEqual({ most: 1, count: 20 });
  expect(await readdir(folder)).toEqual([]);
});

test('ends when the work fails', async () => {
  await expect(whileLocked(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
});

test('gives up on somebody who is alive, and names them', async () => {
  await leaveLock({ id: 'x', pid: process.ppid, host: hostname() });
  const refused = whileLocked(path, async () => 'in', { timeoutMs: 30 });
  await expect(refused).rejects.toThrow(Locked);
  await expect(refused).rejects.toThrow(`process ${process.ppid}`);
  expect(JSON.parse(await readFile(lock, 'utf8')).id).toBe('x');
});

test('takes over from a process that is gone, from one of many at once', async () => {
  await leaveLock({ id: 'x', pid: await goneProcess(), host: hostname() });
  let inside = 0;
  let most = 0;
  const enter = () =>
    whileLocked(path, async () => {
      most = Math.max(most, ++inside);
      await readdir(folder);
      inside--;
    });
  await Promise.all(Array.from({ length: 10 }, enter));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('takes over from an earlier process that had our number', async () => {
  await leaveLock({ id: 'earlier', pid: process.pid, host: hostname() });
  expect(await whileLocked(path, async () => 'in', { timeoutMs: 1000 })).toBe('in');
});

test('takes over from another computer only when the lock is old', async () => {
  await leaveLock({ id: 'x', pid: await goneProcess(), host: 'elsewhere' });
  await expect(whileLocked(path, async () => 'in', { timeoutMs: 20 })).rejects.toThrow('on elsewhere');
  await utimes(lock, new Date(0), new Date(0));
  expect(await whileLocked(path, async () => 'in')).toBe('in');
});
