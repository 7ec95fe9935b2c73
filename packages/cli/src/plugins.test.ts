import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { amt } from './testing/command-line.ts';

const password = 'P@ssw0rd1';
let folder: string;
let simulator: Simulator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-plugins-'));
  vi.stubEnv('AMTKIT_CONFIG', join(folder, 'amtkit.yaml'));
  vi.stubEnv('AMTKIT_STATE', join(folder, 'state.json'));
  vi.stubEnv('PC_PASSWORD', password);
  vi.stubEnv('TOLD', join(folder, 'told.txt'));
  simulator = await createSimulator({ speed: 0, password });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await simulator.close();
  await rm(folder, { recursive: true });
});
afterEach(() => rm(join(folder, 'told.txt'), { force: true }));

/** What hooks of a plugin do: they write down that they were called. */
const told = (text: string): string => `(await import('node:fs')).appendFileSync(process.env.TOLD, ${text} + '\\n')`;
const toldOf = () => readFile(join(folder, 'told.txt'), 'utf8').catch(() => '');

const plugins = {
  'fine.mjs': `export default {
    name: 'fine',
    setup: async ({ surface, addCapability }) => {
      ${told('surface')};
      const blink = async (machine, { times }, { name }) => ({ blinked: name + ' ' + times });
      const times = { type: 'integer', min: 1 };
      addCapability({ kind: 'action', id: 'rack.blink', title: 'Blink', effect: 'harmless', changes: [], local: true, input: { times }, run: blink });
      addCapability({ kind: 'action', id: 'power.nap', title: 'Nap', effect: 'harmless', changes: [], local: true, input: {}, run: async () => {} });
      const from = { refresh: 'asked', local: true, read: async () => 'U7' };
      addCapability({ kind: 'reading', id: 'rack.unit', title: 'Unit', value: { type: 'text' }, from, pick: (unit) => unit });
      setInterval(() => {}, 1000);
    },
    machineAdded: async () => { ${told("'machineAdded'")} },
    afterAction: async ({ id, dryRun }) => { ${told('id')} },
  };`,
  'no.mjs': `export default { name: 'no', beforeAction: ({ effect }) => effect === 'harmless' ? undefined : { veto: 'quiet hours' } };`,
  'torn.mjs': `throw new Error('not today');`,
  'picky.mjs': `export default { name: 'picky', options: { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: ['url', 'token'].map((key) => ({ message: 'is missing', path: [key] })) }) } } };`,
};

/** A book with the virtual PC and these plugins. */
async function book(...uses: (keyof typeof plugins)[]): Promise<void> {
  for (const [name, text] of Object.entries(plugins)) await writeFile(join(folder, name), text);
  const { host, ports } = simulator;
  const machine = {
    host,
    tls: 'off',
    ports: { wsman: ports.wsman, redirection: ports.redirection },
    password: { env: 'PC_PASSWORD' },
  };
  const audit = { file: join(folder, 'audit.jsonl') };
  const text = JSON.stringify({
    machines: { pc: machine },
    bridge: { audit },
    plugins: uses.map((use) => ({ use: `./${use}` })),
  });
  await writeFile(join(folder, 'amtkit.yaml'), text, { mode: 0o600 });
}

describe('A plugin of the book', () => {
  it('refuses an action with exit code 7 and its reason', async () => {
    await book('no.mjs');
    const { status, stderr } = await amt('power off pc --yes');
    expect([status, stderr]).toEqual([7, expect.stringContaining('pc: power.off was refused by no: quiet hours')]);
    const asJson = await amt('power switch pc off --yes --json');
    expect(JSON.parse(asJson.stdout).results).toMatchObject([{ machine: 'pc', ok: false, error: { code: 'VETOED' } }]);
    expect((await amt('power off pc --yes --dry-run')).status).toBe(7);
  });

  it('is left out with --no-plugins only, which is told and taken down', async () => {
    await book('no.mjs');
    const { status, stderr } = await amt('power on pc --yes --no-plugins');
    expect([status, stderr]).toEqual([0, expect.stringContaining('Plugins of the book are not asked: ./no.mjs.')]);
    const lines = (await readFile(join(folder, 'audit.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toContain('plugins.left-out');
  });

  it('is told of actions only, and of nothing where only is read', async () => {
    await book('fine.mjs');
    expect((await amt('power state pc')).status).toBe(0);
    expect(await toldOf()).toBe('');
    expect((await amt('net ping pc on --yes')).status).toBe(0);
    expect(await toldOf()).toBe('cli\nnet.ping\n');
  });

  it('brings commands along, in groups of its own and in others, with help and completion', async () => {
    await book('fine.mjs');
    expect(await amt('rack blink pc --times 3')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('blinked: pc 3'),
    });
    expect((await amt('rack blink pc --times 0')).status).toBe(2);
    expect(await amt('rack unit pc')).toMatchObject({ status: 0, stdout: 'U7\n' });
    expect((await amt('power nap pc')).status).toBe(0);
    expect((await amt('rack --help')).stdout).toMatch(/Commands of plugins: rack[\s\S]*blink <targets\.\.>/);
    expect((await amt('power --help')).stdout).toMatch(/nap <targets\.\.>/);
    expect((await amt('rack blink --help')).stdout).toContain('--times');
    expect((await amt(['completion', 'words', '--line=amt ra'])).stdout).toBe('rack\n');
    expect((await amt(['completion', 'words', '--line=amt rack b'])).stdout).toBe('blink\n');
    expect((await amt(['completion', 'words', '--line=amt power na'])).stdout).toBe('nap\n');
    expect(await amt('rack blonk pc')).toMatchObject({ status: 2, stderr: expect.stringContaining('blink') });
    expect((await amt('ruck blink pc')).status).toBe(2);
  });

  it('that cannot be loaded stops what would change something, and nothing else', async () => {
    await book('torn.mjs');
    const { status, stderr } = await amt('power on pc --yes');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('plugins[0].use: ./torn.mjs cannot be loaded: not today.'),
    ]);
    expect((await amt('power state pc')).status).toBe(0);
    expect((await amt('power --help')).status).toBe(0);
    expect((await amt('power on pc --yes --no-plugins')).status).toBe(0);
    expect((await amt(['completion', 'words', '--line=amt power state p'])).stdout).toBe('pc\n');
  });
});

describe('amt plugin ls', () => {
  it('says what the book lists, and what is wrong with it', async () => {
    await book('fine.mjs', 'picky.mjs', 'torn.mjs');
    const { status, stdout, stderr } = await amt('plugin ls');
    expect(status).toBe(2);
    expect(stdout).toMatch(/fine +fine +inline +@all +machineAdded afterAction/);
    expect(stdout).toMatch(/torn\.mjs +cannot run +inline +@all +-/);
    expect(stderr).toContain('plugins[1].options.url of the plugin picky is missing.');
    expect(stderr).toContain('plugins[1].options.token of the plugin picky is missing.');
    const { results } = JSON.parse((await amt('plugin ls --json')).stdout);
    expect(results[0].data.plugins).toMatchObject([
      { name: 'fine', state: 'fine' },
      { state: 'cannot run', hint: 'Also: plugins[1].options.token of the plugin picky is missing.' },
      {},
    ]);
    expect(await toldOf()).toBe('');
    await book('fine.mjs');
    expect((await amt('plugin ls')).status).toBe(0);
    await book();
    expect((await amt('plugin ls')).stderr).toContain('lists no plugin');
  });
});

describe('amt plugin new', () => {
  it('makes a folder, and never writes into one', async () => {
    const made = join(folder, 'made');
    expect((await amt(`plugin new quiet-hours --folder ${made}`)).status).toBe(0);
    const manifest = JSON.parse(await readFile(join(made, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'amtkit-plugin-quiet-hours', keywords: ['amtkit-plugin'] });
    expect(await amt(`plugin new quiet-hours --folder ${made}`)).toMatchObject({ status: 2 });
    expect((await amt('plugin new Quiet_Hours')).status).toBe(2);
  });

  it('says so where no folder can be made', async () => {
    const below = join(folder, 'amtkit.yaml', 'made');
    expect(await amt(`plugin new quiet-hours --folder ${below}`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${below} cannot be made: ENOTDIR.`),
    });
    expect((await amt(`plugin new ${'a'.repeat(300)}`)).status).toBe(2);
  });
});
