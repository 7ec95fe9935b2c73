import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findProgram, needs, peersFolder } from './needs.ts';

const folders: string[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('skips by the word of what is absent', () => {
  vi.stubEnv('AMTKIT_CORPUS', join(temporaryFolder(), 'nowhere'));
  expect(needs('corpus')).toEqual({ skip: true, meta: { needs: ['corpus'] } });
});

test('runs what needs nothing', () => {
  expect(needs()).toEqual({ skip: false, meta: { needs: [] } });
});

test('finds the running Node on PATH by its name', () => {
  vi.stubEnv('PATH', dirname(process.execPath));
  expect(findProgram(basename(process.execPath, '.exe'))).toBe(process.execPath);
});

test('takes a folder of a program’s name for no program', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'amtkit-test-program'));
  vi.stubEnv('PATH', folder);
  expect(findProgram('amtkit-test-program')).toBeUndefined();
});

test('tries several names of one program', () => {
  const folder = temporaryFolder();
  const program = join(folder, process.platform === 'win32' ? 'second-name.exe' : 'second-name');
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', folder);
  expect(findProgram('first-name', 'second-name')).toBe(program);
});

test('finds the peers from a folder below the checkout', () => {
  const checkout = temporaryFolder();
  const modules = join(checkout, 'test', 'peers', 'node_modules');
  for (const peer of ['meshcentral', 'node-red-5']) mkdirSync(join(modules, peer), { recursive: true });
  mkdirSync(join(checkout, 'packages', 'core'), { recursive: true });
  const before = vi.spyOn(process, 'cwd').mockReturnValue(join(checkout, 'packages', 'core'));
  expect(peersFolder()).toBe(modules);
  before.mockRestore();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-needs-'));
  folders.push(folder);
  return folder;
}
