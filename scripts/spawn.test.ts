import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { command, output, run, SetupError } from './spawn.mjs';

const node = process.execPath;
const here = { cwd: tmpdir(), env: process.env };

test('ends with the exit code of what it ran', async () => {
  expect(await run(node, ['-e', 'process.exit(7)'], here)).toBe(7);
});

test('says a signal as shells say it', async () => {
  expect(await run(node, ['-e', 'process.kill(process.pid, "SIGTERM")'], here)).toBe(143);
});

test('says in a sentence what could not be started', async () => {
  const start = run('amtkit-no-such-program', [], here);
  await expect(start).rejects.toThrow(SetupError);
  await expect(start).rejects.toThrow('amtkit-no-such-program could not be started');
});

test('keeps the exit code of a command that had to succeed', async () => {
  const failing = command(node, ['-e', 'process.exit(5)'], here, 'The packages could not be installed');
  await expect(failing).rejects.toMatchObject({
    exitCode: 5,
    message: 'The packages could not be installed: exit code 5, for the reason above.',
  });
});

test('looks along the PATH it hands on, not along its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-path-'));
  try {
    symlinkSync(node, join(folder, 'amtkit-private-node'));
    const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) };
    expect(await run('amtkit-private-node', ['-e', 'process.exit(3)'], { ...here, env })).toBe(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('returns nothing for a program that fails', async () => {
  expect(await output(node, ['-p', '6 * 7'], here)).toBe('42\n');
  expect(await output(node, ['-e', 'console.log(1); process.exit(1)'], here)).toBe('');
});

test('names the tasks there are when asked for another', () => {
  const setup = fileURLToPath(new URL('setup.mjs', import.meta.url));
  const { status, stderr } = spawnSync(node, [setup, 'deploy'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^"deploy" is no task; there are build, check, .* and clean\.\n$/);
});
