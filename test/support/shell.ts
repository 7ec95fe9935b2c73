/** A shell that is typed into, line by line, as a person does; with `amt` on its path. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

/** The shell. */
export interface Shell extends AsyncDisposable {
  /** A folder of its own, which is also its home. */
  readonly folder: string;
  /** Everything that was written to the terminal. */
  readonly output: () => string;
  /** Types a line. */
  type(line: string): void;
  /** Resolves when the terminal shows it. */
  shows(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Types a line and waits until it has ended. */
  run(line: string): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** Starts it. Everything it started ends with it. */
export async function shell(): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-shell-'));
  const amt = join(folder, 'amt');
  const main = join(root, 'packages/cli/src/main.ts');
  await writeFile(amt, `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${main}' "$@"\n`);
  await chmod(amt, 0o755);
  const { PATH = '', LANG = 'C.UTF-8' } = process.env;
  const child = spawn('/bin/sh', [], {
    cwd: folder,
    // Debian keeps servers where ordinary users do not look.
    env: { PATH: `${folder}:${PATH}:/usr/sbin:/sbin`, HOME: folder, LANG },
    detached: true,
    stdio: 'pipe',
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  let lines = 0;
  const typed: Shell = {
    folder,
    output: () => text,
    type(line) {
      child.stdin.write(`${line}\n`);
    },
    async shows(wanted, timeoutMs = 15_000) {
      const found = (): boolean => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
      await expect.poll(() => found() || text, { timeout: timeoutMs, interval: 50 }).toBe(true);
    },
    async run(line) {
      const mark = `ended-${++lines}`;
      typed.type(line);
      typed.type(`echo ${mark}`);
      await typed.shows(new RegExp(`^${mark}$`, 'm'));
    },
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
  return typed;
}
