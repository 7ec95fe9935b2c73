/** Plugins of a book, as people meet them in a shell: real processes, files beside the book, virtual PCs. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt } from './support/amt.ts';
import { installerCd, pretendPc } from './support/installer.ts';
import { password } from './support/scenario.ts';

const patience = { timeout: 60_000 };
const soon = { timeout: 20_000 };
const env = { AMT_PASSWORD: password };

let amt: Amt;
let simulator: Simulator;

beforeAll(async () => {
  amt = await Amt.open();
  simulator = await createSimulator({ speed: 0, password, hardware: pretendPc() });
  await writeFile(join(amt.folder, 'install.iso'), installerCd());
});
afterAll(async () => {
  await amt[Symbol.asyncDispose]();
  await simulator.close();
});

/** A book with the virtual PC and one plugin beside it. */
async function bookWith(file: string, source: string, options: object = {}): Promise<void> {
  const { host, ports } = simulator;
  const machines = { pc: { host, ports: { wsman: ports.wsmanTls, redirection: ports.redirectionTls } } };
  await writeFile(join(amt.folder, file), source);
  await writeFile(amt.book, JSON.stringify({ machines, plugins: [{ use: `./${file}`, options }] }), { mode: 0o600 });
}

const guard = `
  import { appendFileSync } from 'node:fs';
  import { definePlugin } from '@amtkit/core/automation';
  import { z } from 'zod';

  export default definePlugin({
    name: 'guard',
    options: z.strictObject({ refuse: z.array(z.string()), file: z.string() }),
    setup: () => void setInterval(() => {}, 1_000),
    beforeAction: ({ id }, { options }) => (options.refuse.includes(id) ? { veto: 'not on Mondays' } : undefined),
    afterAction: async ({ id, input }, { options }) => {
      appendFileSync(options.file, JSON.stringify({ id, input }) + '\\n');
    },
    actionFailed: ({ id, code }, { options }) => appendFileSync(options.file, JSON.stringify({ id, code }) + '\\n'),
  });
`;

/** What the plugin was told. */
async function told(): Promise<unknown[]> {
  const text = await readFile(join(amt.folder, 'told'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

describe('A plugin in TypeScript beside the book', patience, () => {
  it('finds core and zod though it has neither, vetoes, and its timers keep no command from ending', async () => {
    await bookWith('guard.ts', guard, { refuse: ['power.off', 'media.attach'], file: join(amt.folder, 'told') });
    const refused = await amt.run('power off pc --yes', { env });
    expect(refused).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('pc: power.off was refused by guard: not on Mondays'),
    });
    expect((await amt.run('power on pc --yes', { env })).status).toBe(0);
    expect(await told()).toEqual([
      { id: 'power.off', code: 'VETOED' },
      { id: 'power.on', input: expect.anything() },
    ]);
  });

  it('is asked before an image is lent, and told of it and of its end', async () => {
    const iso = join(amt.folder, 'install.iso');
    await bookWith('guard.ts', guard, { refuse: ['media.attach'], file: join(amt.folder, 'told') });
    const refused = await amt.run(`ider serve ${iso} pc`, { env });
    expect(refused).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('media.attach was refused by guard: not on Mondays'),
    });
    expect(simulator.received.messages('OpenSession')).toHaveLength(0);
    await bookWith('guard.ts', guard, { refuse: [], file: join(amt.folder, 'told') });
    const before = (await told()).length;
    const running = amt.start(`ider serve ${iso} pc`, { env });
    await expect
      .poll(async () => (await told()).slice(before), soon)
      .toEqual([{ id: 'media.attach', input: { media: iso } }]);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    expect((await told()).at(-1)).toEqual({ id: 'media.eject', input: {} });
  });

  it('with wrong options ends the command before anything is sent, with the key', async () => {
    await bookWith('guard.ts', guard, { refuse: 'power.off' });
    expect(await amt.run('power on pc --yes', { env })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('plugins[0].options.refuse of the plugin guard must be a list, not text.'),
    });
  });
});
