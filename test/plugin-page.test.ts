/** The page for authors of plugins, followed to the letter; and the shipped plugins, as somebody elsewhere installs them. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Elsewhere, elsewhere } from './support/packed.ts';

const run = promisify(execFile);
/** npm fetches what others wrote. */
const patience = { timeout: 300_000 };
const packages = ['core', 'simulator', 'mqtt-bridge', 'web', 'cli'].map((name) => `packages/${name}`);
const examples = ['drain-before-power-off', 'wake-schedule', 'reimage-webhook'];

let there: Elsewhere;
beforeAll(async () => {
  there = await elsewhere([...packages, ...examples.map((name) => `examples/${name}`)]);
}, patience.timeout);
afterAll(() => there[Symbol.asyncDispose]());

describe('docs/plugins.md', patience, () => {
  it('leads from nothing to a plugin that is made, tested, built and loaded, line by line', async () => {
    const page = await readFile(fileURLToPath(new URL('../docs/plugins.md', import.meta.url)), 'utf8');
    const blocks = [...page.matchAll(/^```(sh|yaml)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({
      kind,
      text,
    }));
    const script = blocks.flatMap(({ kind, text }) => {
      if (kind === 'sh') return [text];
      const [, file] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
      return file === undefined ? [] : [`cat > ${file} <<'END'\n${text}END\nchmod 600 ${file}\n`];
    });
    expect(script.length).toBeGreaterThan(4);
    const { stdout } = await run('bash', ['-ec', script.join('')], { cwd: there.folder, env: there.env });
    expect(stdout).toMatch(/pass 3\b/);
    expect(stdout).toMatch(/quiet-hours +0\.1\.0 +fine +inline +@all +beforeAction/);
  });
});

describe('The shipped plugins', patience, () => {
  it('work where they are installed from their packages, with a bridge that is', async () => {
    const names = ['@amtkit/core', '@amtkit/mqtt-bridge', '@amtkit/simulator'];
    const tarballs = [...names, ...examples.map((name) => `amtkit-plugin-${name}`)].map((name) => there.tarball(name));
    await writeFile(join(there.folder, 'package.json'), '{ "private": true }');
    const { env, folder: cwd } = there;
    await run('npm', ['install', ...tarballs], { cwd, env });
    await writeFile(join(cwd, 'try.mjs'), await readFile(new URL('./support/installed-plugins.mjs', import.meta.url)));
    const { stdout } = await run(process.execPath, ['try.mjs'], { cwd, env, timeout: 120_000 });
    expect(JSON.parse(stdout)).toEqual({
      vetoed: 'VETOED',
      reason: expect.stringContaining('refused by drain-before-power-off: it is drained first'),
      drained: [{ machine: 'pc', action: 'power.switch' }],
      off: true,
      told: { event: 'reimage.failed', machine: 'pc', media: 'nothing' },
      nextWakeUp: expect.stringMatching(/^plugin wake-schedule: the next wake-up is \d{4}-/),
      plugins: [
        ['drain-before-power-off', '0.0.0', 'inline', 'running'],
        ['wake-schedule', '0.0.0', 'worker', 'running'],
        ['reimage-webhook', '0.0.0', 'worker', 'running'],
      ],
    });
  });
});
