import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidBook } from '../../errors.ts';
import { openLab } from '../testing/lab.ts';
import { listPlugins, loadPlugins } from './load.ts';
import type { PluginUse } from './plugins.ts';
import { startWorker, type WorkerPatience } from './worker.ts';

/** Threads start slowly where many things run at once. */
const patience = { timeout: 60_000 };
const soon = { timeout: 20_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-worker-'));
});
afterEach(() => rm(folder, { recursive: true }));

const refuse = (text: string, hint?: string) => new InvalidBook(text, { hint });

/** A plugin in a thread, of a module with this text behind `export default`. */
async function threaded(text: string, options: unknown = {}, how: Partial<WorkerPatience> = {}): Promise<PluginUse> {
  const file = join(folder, `plugin-${Math.random().toString(36).slice(2)}.ts`);
  await writeFile(file, text.includes('export default') ? text : `export default ${text}`);
  const started = await startWorker(pathToFileURL(file).href, './plugin.ts', refuse, how);
  return { ...started, options, isolation: 'worker' };
}

describe('A plugin in a worker', patience, () => {
  it('is asked and told like one that runs inline', async () => {
    const use = await threaded(`{
      name: 'far',
      setup({ surface, log, machines }, options) { log('on ' + surface + ' with ' + JSON.stringify(options ?? {})); },
      beforeAction({ id, input }) {
        if (id === 'lab.lamp') return { veto: 'quiet hours' };
        if (id === 'lab.work') return { input: { task: input.task + '!' } };
      },
      afterAction({ id }, { log }) { log('done ' + id); },
      actionFailed({ code }, { log }) { log('failed ' + code); },
      valueChanged({ id, value }, { log }) { if (id === 'lab.dark') log(id + ' ' + value); },
      machineAdded({ machine, tags }, { log }) { log('added ' + machine + ' ' + tags); },
      machineRemoved({ machine }, { log, machines }) { log('removed ' + machine + ', ' + machines.size + ' left'); },
    }`);
    const { fleet, done, log } = await openLab([use]);
    await fleet.run('pc', 'lab.work', { task: 'this' });
    expect(done).toEqual(['pc lab.work {"task":"this!"}']);
    await expect(fleet.run('pc', 'lab.lamp', true)).rejects.toThrow('pc: lab.lamp was refused by far: quiet hours');
    await fleet.remove('other');
    await expect.poll(() => log.at(-1), soon).toBe('plugin far: removed other, 1 left');
    expect(log).toEqual([
      'plugin far: on api with {}',
      'plugin far: added pc room',
      'plugin far: added other ',
      'plugin far: lab.dark false',
      'plugin far: done lab.work',
      'plugin far: failed VETOED',
      'plugin far: removed other, 1 left',
    ]);
    expect(fleet.plugins.statuses().at(-1)).toMatchObject({ name: 'far', isolation: 'worker', state: 'running' });
  });

  it('sees its machines as they are, acts on them under its name, and carries its cause', async () => {
    const use = await threaded(`{
      name: 'far',
      async valueChanged({ machine, id, value }, { machines, run, log }) {
        if (id !== 'lab.lamp') return;
        const known = machines.get(machine);
        log([machine, known.host, known.tags.join(), known.values.get('lab.lamp'), known.reachability].join(' '));
        await run(machine, 'lab.lamp', !value).catch((error) => log(error.code + ': ' + error.message));
      },
    }`);
    const { fleet, done, log } = await openLab([use]);
    await fleet.run('pc', 'lab.lamp', true);
    await expect.poll(() => log.at(-1), soon).toMatch(/REFUSED: .* more than 3 deep/);
    expect(log[0]).toBe('plugin far: pc 127.0.0.1 room true unknown');
    expect(done).toEqual(['pc lab.lamp true', 'pc lab.lamp false', 'pc lab.lamp true', 'pc lab.lamp false']);
  });

  it('has its options held against its schema, and gets what that makes of them', async () => {
    const text = `
      import { z } from 'zod';
      export default {
        name: 'far',
        options: z.strictObject({ at: z.string().transform((at) => new Map([['at', at]])) }),
        setup({ log }, { at }) { log('at ' + at.get('at')); },
      };`;
    const { log } = await openLab([await threaded(text, { at: '22:00' })]);
    expect(log).toEqual(['plugin far: at 22:00']);
    await expect(openLab([await threaded(text, { at: 22 })])).rejects.toThrow(
      'options.at of the plugin far must be text; put the number in quotes.',
    );
  });

  it('publishes to the broker, and is told what it may not', async () => {
    const sent: unknown[] = [];
    const mqtt = () =>
      ({
        base: 'amtkit',
        connected: true,
        publish: (message: { topic: string }) => {
          if (message.topic.startsWith('home/')) throw new TypeError('It is not below amtkit/.');
          sent.push(message);
        },
      }) as never;
    const use = await threaded(`{
      name: 'far',
      setup({ mqtt, log, addCapability }) {
        mqtt.publish({ topic: mqtt.base + '/x', payload: String(mqtt.connected) });
        mqtt.publish({ topic: 'home/x', payload: '' });
        for (const each of [() => addCapability({ id: 'rack.x' }), () => mqtt.subscribe('#')]) {
          try { each(); } catch (error) { log(error.message); }
        }
      },
    }`);
    const { log } = await openLab([use], { mqtt });
    await expect.poll(() => sent, soon).toEqual([{ topic: 'amtkit/x', payload: 'true' }]);
    expect(log).toEqual([
      'plugin far: It is not below amtkit/.',
      expect.stringContaining('rack.x cannot be added in a worker'),
      expect.stringContaining('A plugin in a worker can publish, and nothing else of MQTT'),
    ]);
  });

  it('tells what it prints as lines of the log', async () => {
    const { log, fleet } = await openLab([
      await threaded(`{ name: 'far', afterAction() { console.log('one'); console.error('two'); } }`),
    ]);
    await fleet.run('pc', 'lab.work');
    await expect.poll(() => log.toSorted(), soon).toEqual(['plugin far: one', 'plugin far: two']);
  });

  it.each([
    ['{ name: "x", received() {} }', /has the hook received, which must answer at once and cannot from a worker/],
    ['{ name: "x", publishing() {} }', /has the hook publishing/],
    ['{ nome: "x" }', /plugin\.ts is no plugin: its name must be/],
    ['export default { name: "x" }; throw new Error("not today");', /cannot be loaded: not today/],
    ['export default { name: "x" }; process.exit(3);', /its worker ended: it exited with 3/],
  ])('is refused where it is none, or cannot be one there: %s', async (text, sentence) => {
    await expect(threaded(text)).rejects.toThrow(sentence);
  });

  it('is loaded and listed from a book', async () => {
    await writeFile(join(folder, 'far.mjs'), `export default { name: 'far', beforeAction() {} };`);
    const book = {
      path: join(folder, 'amtkit.yaml'),
      plugins: [{ use: './far.mjs', options: {}, isolation: 'worker' as const }],
    };
    expect(await listPlugins(book)).toMatchObject([{ name: 'far', isolation: 'worker', hooks: ['beforeAction'] }]);
    const { fleet } = await openLab([...(await loadPlugins(book))]);
    expect(fleet.plugins.statuses().at(-1)).toMatchObject({ name: 'far', use: './far.mjs', isolation: 'worker' });
  });

  it('has its setup undone at the end, and its timers end with it', async () => {
    const { fleet, log } = await openLab([
      await threaded(`{
        name: 'far',
        setup({ log, signal }) {
          setInterval(() => {}, 1);
          signal.addEventListener('abort', () => log('stopping'));
          return async () => log('undone');
        },
      }`),
    ]);
    await fleet.close();
    expect(log).toEqual(['plugin far: stopping', 'plugin far: undone']);
  });
});

describe('A worker that ends', patience, () => {
  const quick: Partial<WorkerPatience> = { pingMs: 50, deafPings: 20, restartMs: [1, 1] };

  it.each([
    ['exits', 'process.exit(7)', 'it exited with 7'],
    ['throws outside its hooks', `setTimeout(() => { throw new Error('oops'); }, 1)`, 'it threw: oops'],
    ['leaves a promise behind', `Promise.reject(new Error('left'))`, 'it threw: left'],
    ['loops for ever', 'for (;;);', 'it did not answer for 1 s'],
    [
      'fills the memory',
      'const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()))',
      'it needed too much memory',
    ],
  ])('because it %s is named, started again, set up as before, and asked again', async (_why, does, why) => {
    const use = await threaded(
      `{
        name: 'far',
        timeLimits: { beforeAction: 15_000 },
        setup({ log, machines }) { log('up with ' + machines.size); },
        async beforeAction({ input }) {
          if (input.task !== 'die') return { veto: 'alive' };
          ${does};
          await new Promise(() => {});
        },
      }`,
      {},
      quick,
    );
    const { fleet, log, done } = await openLab([use]);
    await fleet.run('pc', 'lab.work', { task: 'die' });
    expect(done).toHaveLength(1);
    expect(log).toContain(`plugin far: its worker ended: ${why}; it is started again in 0.001 s.`);
    expect(log).toContain(`plugin far: beforeAction: its worker ended: ${why}; it is skipped this time.`);
    await expect.poll(() => log.at(-1), soon).toBe('plugin far: up with 2');
    await expect(fleet.run('pc', 'lab.work', { task: 'live' })).rejects.toThrow('refused by far: alive');
  });

  it('too often is left stopped, which its status says', async () => {
    const use = await threaded(
      `{ name: 'far', setup: () => void setTimeout(() => process.exit(1), 5), beforeAction: () => ({ veto: 'no' }) }`,
      {},
      quick,
    );
    const { fleet, log } = await openLab([use]);
    await expect.poll(() => fleet.plugins.statuses().at(-1)?.state, soon).toBe('failed');
    expect(log.at(-1)).toBe(
      'plugin far: its worker ended: it exited with 1; it is left stopped, since it ended too often.',
    );
    await fleet.run('pc', 'lab.work');
    expect(log.at(-1)).toBe('plugin far: beforeAction: its worker is left stopped; it is skipped this time.');
  });

  it('in its setup has none of its hooks called', async () => {
    const use = await threaded(`{ name: 'far', setup: () => process.exit(1), beforeAction: () => ({ veto: 'no' }) }`);
    const { fleet, log } = await openLab([use]);
    await fleet.run('pc', 'lab.work');
    expect(log).toContain('plugin far: setup: its worker ended: it exited with 1; none of its hooks will be called.');
    expect(fleet.plugins.statuses().at(-1)?.state).toBe('failed');
  });
});
