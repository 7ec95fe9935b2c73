import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, readlink, rename, rm, utimes, writeFile } from 'node:fs/promises';
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

/** What Linux calls the set of process numbers that ours is one of. */
const space = await readlink('/proc/self/ns/pid').catch(() => undefined);
const ownerText = (id: string, pid: number, host = hostname()) => JSON.stringify({ id, pid, host, space });
const leaveLock = (id: string, pid: number, host?: string) => writeFile(lock, ownerText(id, pid, host));

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
  await leaveLock('x', process.ppid);
  const refused = whileLocked(path, async () => 'in', { timeoutMs: 30 });
  await expect(refused).rejects.toThrow(Locked);
  await expect(refused).rejects.toThrow(`process ${process.ppid}`);
  expect(JSON.parse(await readFile(lock, 'utf8')).id).toBe('x');
});

test('takes over from a process that is gone, from one of many at once', async () => {
  await leaveLock('x', await goneProcess());
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
  await leaveLock('earlier', process.pid);
  const before = new Date(Date.now() - process.uptime() * 1000 - 1000);
  await utimes(lock, before, before);
  expect(await whileLocked(path, async () => 'in', { timeoutMs: 1000 })).toBe('in');
});

test('takes over from another computer only when the lock is old', async () => {
  await leaveLock('x', await goneProcess(), 'elsewhere');
  await expect(whileLocked(path, async () => 'in', { timeoutMs: 20 })).rejects.toThrow('on elsewhere');
  await utimes(lock, new Date(0), new Date(0));
  expect(await whileLocked(path, async () => 'in')).toBe('in');
});

test('leaves a lock of another thread of this process alone', async () => {
  await leaveLock('another thread', process.pid);
  await expect(whileLocked(path, async () => 'in', { timeoutMs: 20 })).rejects.toThrow(Locked);
});

test.skipIf(space === undefined)('cannot tell whether a process of another container is gone', async () => {
  await writeFile(lock, JSON.stringify({ ...JSON.parse(ownerText('x', await goneProcess())), space: 'pid:[1]' }));
  await expect(whileLocked(path, async () => 'in', { timeoutMs: 20 })).rejects.toThrow(Locked);
});

// A pipe in place of the lock file holds the reader up until the test has changed what it reads about.
test.skipIf(process.platform === 'win32')('never removes a lock made while it looked at an earlier one', async () => {
  const [gone, released] = [await goneProcess(), await goneProcess()];
  execFileSync('mkfifo', [lock]);
  const refused = expect(whileLocked(path, async () => 'in', { timeoutMs: 0 })).rejects.toThrow(
    `process ${process.ppid}`,
  );
  await writeFile(lock, ownerText('left behind', gone));
  await expect.poll(() => readdir(folder)).toContain('file.lock.takeover');
  const pipe = await open(lock, 'w');
  await writeFile(`${lock}.new`, ownerText('new', process.ppid));
  await rename(`${lock}.new`, lock);
  await pipe.writeFile(ownerText('released meanwhile', released));
  await pipe.close();
  await refused;
  expect(JSON.parse(await readFile(lock, 'utf8')).id).toBe('new');
  expect(await readdir(folder)).toEqual(['file.lock']);
});

test('takes over from a process that died while it took over', async () => {
  await leaveLock('x', await goneProcess());
  await writeFile(`${lock}.takeover`, ownerText('y', await goneProcess()));
  expect(await whileLocked(path, async () => 'in', { timeoutMs: 1000 })).toBe('in');
  expect(await readdir(folder)).toEqual([]);
});

test('gives nothing back that was taken away from it in the meantime', async () => {
  await whileLocked(path, async () => {
    await utimes(lock, new Date(0), new Date(0));
    await whileLocked(path, async () => {}, { timeoutMs: 1000 });
    await leaveLock('new', process.ppid);
    await utimes(lock, new Date(0), new Date(0));
  });
  expect(JSON.parse(await readFile(lock, 'utf8')).id).toBe('new');
});
