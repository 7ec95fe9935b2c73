import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { hasEnded, thisProcess } from './process-mark.ts';

const other = { ...thisProcess(), id: 'another' };

test('this process runs', () => {
  expect(hasEnded(thisProcess())).toBe(false);
});

test('a process that runs has not ended, and one that ended has', () => {
  expect(hasEnded({ ...other, pid: process.ppid })).toBe(false);
  const { pid } = spawnSync(process.execPath, ['--version']);
  expect(hasEnded({ ...other, pid })).toBe(true);
});

test('an earlier process with our number, or of before the computer was started, has ended', () => {
  expect(hasEnded(other)).toBe(true);
  expect(hasEnded({ ...other, pid: process.ppid, booted: '2020-01-02T03:04:05Z' })).toBe(true);
});

test('of a process elsewhere nobody can tell', () => {
  expect(hasEnded({ ...other, host: 'elsewhere' })).toBeUndefined();
  expect(hasEnded({ ...other, space: 'pid:[1]' })).toBeUndefined();
});
