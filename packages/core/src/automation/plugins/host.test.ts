import { describe, expect, it } from 'vitest';
import { ConnectFailed } from '../../errors.ts';
import { definePlugin, type HookName, type Plugin } from '../plugin.ts';
import { openLab } from '../testing/lab.ts';
import { witness } from '../testing/witness.ts';

const short = { beforeAction: 20, valueChanged: 20, afterAction: 20, setup: 20 };
const never = new Promise<never>(() => {});

describe('Hooks', () => {
  it('are called in the order of what happens, with what happened', async () => {
    const { plugin, told, hooks } = witness();
    const { fleet } = await openLab([plugin]);
    told.splice(0);
    await fleet.run('pc', 'lab.lamp', true, { by: 'tester', transaction: 't1' });
    await expect.poll(hooks).toContain('valueChanged');
    await fleet.remove('pc');
    expect(told.find(([hook]) => hook === 'beforeAction')?.[1]).toMatchObject({
      machine: 'pc',
      id: 'lab.lamp',
      kind: 'setting',
      title: 'Lamp',
      effect: 'harmless',
      input: true,
      by: 'tester',
      transaction: 't1',
      dryRun: false,
    });
    expect(hooks().indexOf('beforeAction')).toBeLessThan(hooks().indexOf('afterAction'));
    const values = told.filter(([hook, { id }]) => hook === 'valueChanged' && String(id).startsWith('lab.'));
    expect(values.map(([, event]) => event)).toEqual([
      { machine: 'pc', id: 'lab.lamp', value: true, previous: undefined },
      { machine: 'pc', id: 'lab.dark', value: false, previous: undefined },
    ]);
    expect(hooks().at(-1)).toBe('machineRemoved');
  });

  it('hear of machines, scans, alerts and reimages', async () => {
    const { plugin, told } = witness();
    const { fleet } = await openLab([plugin]);
    const host = fleet.plugins as unknown as { tell(change: unknown): void };
    host.tell({ type: 'alert', machine: 'pc', alert: { event: 'x' } });
    host.tell({ type: 'reimage', machine: 'pc', media: 'debian', transaction: 't', stage: { stage: 'checking' } });
    host.tell({
      type: 'reachability',
      machine: 'pc',
      reachability: 'offline',
      error: new ConnectFailed('Nobody there.'),
    });
    fleet.plugins.discovered({ address: '192.0.2.7' } as never);
    const of = (wanted: HookName) => told.filter(([hook]) => hook === wanted).map(([, event]) => event);
    expect(of('machineAdded')).toEqual([
      { machine: 'pc', host: '127.0.0.1', tags: ['room'] },
      { machine: 'other', host: '127.0.0.1', tags: [] },
    ]);
    expect(of('alert')).toEqual([{ machine: 'pc', alert: { event: 'x' } }]);
    expect(of('reimageStage')).toEqual([
      { machine: 'pc', media: 'debian', transaction: 't', stage: { stage: 'checking' } },
    ]);
    expect(of('reachabilityChanged')).toMatchObject([
      { machine: 'pc', reachability: 'offline', error: { code: 'CONNECT_FAILED', message: 'Nobody there.' } },
    ]);
    expect(of('discovered')).toEqual([{ found: { address: '192.0.2.7' } }]);
  });

  it('of one plugin come one after another, also slow ones', async () => {
    const order: unknown[] = [];
    const slow = definePlugin({
      name: 'slow',
      async valueChanged({ id }) {
        if (!id.startsWith('lab.')) return;
        order.push(`${id} begins`);
        await Promise.resolve();
        order.push(`${id} ends`);
      },
    });
    const { fleet } = await openLab([slow]);
    await fleet.run('pc', 'lab.lamp', true);
    await expect.poll(() => order).toEqual(['lab.lamp begins', 'lab.lamp ends', 'lab.dark begins', 'lab.dark ends']);
  });

  it('are for the machines of the book entry only, by name and by tag', async () => {
    const byTag = witness('by-tag');
    const byName = witness('by-name');
    const { fleet } = await openLab([
      { plugin: byTag.plugin, machines: ['@room'] },
      { plugin: byName.plugin, machines: ['other'] },
    ]);
    await fleet.run('pc', 'lab.work');
    await fleet.run('other', 'lab.work');
    await fleet.remove('pc');
    const machines = ({ told }: typeof byTag) => new Set(told.map(([, { machine }]) => machine));
    expect(machines(byTag)).toEqual(new Set(['pc']));
    expect(machines(byName)).toEqual(new Set(['other']));
    expect(byTag.hooks().at(-1)).toBe('machineRemoved');
  });

  it('in a shell are those of actions only', async () => {
    const { plugin, hooks } = witness('shell');
    const { fleet } = await openLab([plugin], { surface: 'cli' });
    await fleet.run('pc', 'lab.lamp', true);
    await fleet.run('pc', 'lab.work', { task: 7 }).catch(() => {});
    expect(hooks()).toEqual(['beforeAction', 'afterAction']);
  });

  it('see the machines they are for', async () => {
    let seen: unknown;
    const looking = definePlugin({
      name: 'looking',
      beforeAction: (_action, { machines, surface, plugin }) => {
        seen = [[...machines.keys()], surface, plugin];
      },
    });
    const { fleet } = await openLab([{ plugin: looking as Plugin, machines: ['@room'] }], { surface: 'bridge' });
    await fleet.run('pc', 'lab.work');
    expect(seen).toEqual([['pc'], 'bridge', 'looking']);
  });

  it('get messages on their way to and from the broker', async () => {
    const loud = definePlugin({
      name: 'loud',
      publishing: ({ topic, payload }) =>
        topic.endsWith('secret') ? null : topic.endsWith('loud') ? { topic, payload: `${payload}!` } : undefined,
      received: ({ topic }) => topic === 'amtkit/mine',
    });
    const { fleet } = await openLab([loud]);
    expect(fleet.plugins.publishing({ topic: 'a/loud', payload: 'hey' })).toEqual({ topic: 'a/loud', payload: 'hey!' });
    expect(fleet.plugins.publishing({ topic: 'a/plain', payload: 'x' })).toEqual({ topic: 'a/plain', payload: 'x' });
    expect(fleet.plugins.publishing({ topic: 'a/secret', payload: 'x' })).toBeNull();
    const payload = new Uint8Array();
    expect(fleet.plugins.received({ topic: 'amtkit/mine', payload, retained: false })).toBe(true);
    expect(fleet.plugins.received({ topic: 'amtkit/yours', payload, retained: false })).toBe(false);
  });
});

describe('A plugin that does not behave', () => {
  it('is named and skipped when it throws', async () => {
    const bad = definePlugin({
      name: 'bad',
      beforeAction: () => {
        throw new Error('no idea.');
      },
      afterAction: async () => {
        throw new Error('still none');
      },
    });
    const { plugin, hooks } = witness();
    const { fleet, log } = await openLab([bad, plugin]);
    await fleet.run('pc', 'lab.work');
    expect(hooks()).toContain('afterAction');
    await expect
      .poll(() => log)
      .toEqual([
        'plugin bad: beforeAction: no idea; it is skipped this time.',
        'plugin bad: afterAction: still none; it is skipped this time.',
      ]);
    expect(fleet.plugins.statuses().find(({ name }) => name === 'bad')).toMatchObject({
      state: 'running',
      failures: 2,
      lastError: 'afterAction: still none',
    });
  });

  it('says the same once a minute only', async () => {
    const bad = definePlugin({
      name: 'bad',
      beforeAction: () => {
        throw new Error('again');
      },
    });
    const { fleet, log } = await openLab([bad]);
    for (let i = 0; i < 50; i++) await fleet.run('pc', 'lab.work');
    expect(log).toEqual(['plugin bad: beforeAction: again; it is skipped this time.']);
    expect(fleet.plugins.statuses().at(-1)?.failures).toBe(50);
  });

  it('is timed out when it hangs, and has not said no', async () => {
    const hanging = definePlugin({ name: 'hanging', timeLimits: short, beforeAction: () => never });
    const { fleet, log, done } = await openLab([hanging]);
    await fleet.run('pc', 'lab.work', { task: 'a' });
    expect(done).toEqual(['pc lab.work {"task":"a"}']);
    expect(log).toEqual(['plugin hanging: beforeAction: it took longer than 0.02 s; it is skipped this time.']);
  });

  it('goes on with the next event when it hangs in one', async () => {
    const seen: string[] = [];
    const hanging = definePlugin({
      name: 'hanging',
      timeLimits: short,
      valueChanged: ({ id }) => {
        if (!id.startsWith('lab.')) return;
        seen.push(id);
        return never;
      },
    });
    const { fleet } = await openLab([hanging]);
    await fleet.run('pc', 'lab.lamp', true);
    await expect.poll(() => seen).toEqual(['lab.lamp', 'lab.dark']);
  });

  it('answers at once where nobody waits, or its answer does not count', async () => {
    const late = definePlugin({ name: 'late', received: (async () => true) as never });
    const { fleet, log } = await openLab([late]);
    expect(fleet.plugins.received({ topic: 'amtkit/x', payload: new Uint8Array(), retained: false })).toBe(false);
    expect(log).toEqual([
      'plugin late: received: it must answer at once, not with a promise; it is skipped this time.',
    ]);
  });

  it('has none of its hooks called when its setup throws or hangs, and adds nothing', async () => {
    const { plugin, hooks } = witness('throwing', {
      setup: () => {
        throw new Error('No licence.');
      },
    });
    const hanging = witness('hanging', { timeLimits: short, setup: () => never });
    const { fleet, log } = await openLab([plugin, hanging.plugin]);
    await fleet.run('pc', 'lab.work');
    expect([...hooks(), ...hanging.hooks()]).toEqual([]);
    expect(log).toEqual([
      'plugin throwing: setup: No licence; none of its hooks will be called.',
      'plugin hanging: setup: it took longer than 0.02 s; none of its hooks will be called.',
    ]);
    expect(fleet.plugins.statuses().map(({ name, state }) => [name, state])).toEqual([
      ['lab', 'running'],
      ['throwing', 'failed'],
      ['hanging', 'failed'],
    ]);
  });

  it('that says neither yes nor no is told so', async () => {
    const odd = definePlugin({ name: 'odd', beforeAction: (() => 'no') as never });
    const { fleet, log, done } = await openLab([odd]);
    await fleet.run('pc', 'lab.work');
    expect(done).toHaveLength(1);
    expect(log[0]).toMatch(/^plugin odd: beforeAction: it returned neither \{ veto \} nor \{ input \}/);
  });
});

describe('The life of a plugin', () => {
  it('is set up in the order of the book and undone in the reverse one', async () => {
    const order: string[] = [];
    const plugin = (name: string) =>
      definePlugin<unknown>({
        name,
        setup: () => {
          order.push(`${name} up`);
          return () => void order.push(`${name} down`);
        },
      });
    const { fleet } = await openLab([plugin('one'), plugin('two')]);
    await fleet.close();
    expect(order).toEqual(['one up', 'two up', 'two down', 'one down']);
  });

  it('ends before the fleet does, and what waits is told first', async () => {
    const seen: string[] = [];
    const slow = definePlugin({
      name: 'slow',
      afterAction: async ({ id }) => {
        await Promise.resolve();
        seen.push(id);
      },
    });
    const { fleet } = await openLab([slow]);
    await fleet.run('pc', 'lab.work');
    await fleet.run('pc', 'lab.lamp', true);
    await fleet.close();
    expect(seen).toEqual(['lab.work', 'lab.lamp']);
  });

  it('goes on when undoing fails or hangs', async () => {
    const bad = definePlugin<unknown>({
      name: 'bad',
      timeLimits: short,
      setup: () => async () => {
        throw new Error('stuck');
      },
    });
    const hanging = definePlugin<unknown>({ name: 'hanging', timeLimits: short, setup: () => () => never });
    const { fleet, log } = await openLab([bad, hanging]);
    await fleet.close();
    expect(log).toHaveLength(2);
  });

  it('may begin and end while the fleet runs', async () => {
    const { fleet, done } = await openLab([]);
    const plugin = definePlugin<unknown>({ name: 'late', beforeAction: () => ({ veto: 'no' }) });
    const stop = await fleet.plugins.add({ plugin });
    await expect(fleet.run('pc', 'lab.work')).rejects.toThrow('refused by late: no');
    await expect(fleet.plugins.add({ plugin })).rejects.toThrow('There is a plugin called late already.');
    await stop();
    await fleet.run('pc', 'lab.work');
    expect(done).toHaveLength(1);
    await (await fleet.plugins.add({ plugin }))();
  });
});
