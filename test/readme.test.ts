/** The lines of the README, typed one after the other as a person would: each when the one before has had its effect. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, needs } from '@amtkit/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

/** What a line is waited for; by what it begins with. */
const EFFECTS: readonly (readonly [begins: RegExp, effect: RegExp])[] = [
  [/^mosquitto -p/, /mosquitto version .* running|Opening ipv4 listen socket/],
  [/amt simulate/, /sim-1 .*16992/],
  [/amt add/, /Added sim-1/],
  [/^amt bridge/, /The bridge runs at/],
  [/^mosquitto_sub/, /power\/state off/],
  [/^mosquitto_pub/, /power\/state on\n/],
];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-readme-'));
  const program = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));
  const amt = join(folder, 'amt');
  await writeFile(amt, `#!/bin/sh\nexec "${process.execPath}" --conditions=source "${program}" "$@"\n`);
  await chmod(amt, 0o755);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('"Try it with mosquitto" does what it says', { ...needs('mosquitto', 'netns'), timeout: 90_000 }, async () => {
  const section = readme.slice(readme.indexOf('### Try it with mosquitto'));
  const lines = (/```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? '').trim().split('\n');
  expect(lines).toHaveLength(6);

  const path = [folder, process.env.PATH, '/usr/sbin'].join(delimiter);
  const home = { HOME: folder, AMTKIT_CONFIG: join(folder, 'amtkit.yaml'), AMTKIT_STATE: join(folder, 'state.json') };
  // A namespace of its own: the lines name ports, and end with it.
  const shell = spawn(findProgram('unshare') as string, ['--net', '--pid', '--fork', '--kill-child', 'bash'], {
    cwd: folder,
    env: { PATH: path, ...home, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  try {
    shell.stdin.write('ip link set lo up\n');
    for (const line of lines) {
      const [, effect] = EFFECTS.find(([begins]) => begins.test(line)) ?? [];
      expect(effect, `what is ${line} waited for?`).toBeDefined();
      shell.stdin.write(`${line}\n`);
      await expect.poll(() => said, { timeout: 20_000, message: line }).toMatch(effect as RegExp);
    }
    // What is retained may be sent again after a connection; what matters is the order in which it changes.
    const states = [...said.matchAll(/power\/state (\S+)/g)].map(([, state]) => state);
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual(['off', 'turning-on', 'on']);
    expect(said).toMatch(/amtkit\/sim-1\/result \{.*"action":"power.switch","ok":true/);
  } finally {
    shell.stdin.end();
    shell.kill('SIGKILL');
    await once(shell, 'close');
  }
});
