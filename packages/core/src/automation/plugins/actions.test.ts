import { describe, expect, it } from 'vitest';
import { Vetoed } from '../../errors.ts';
import { definePlugin } from '../plugin.ts';
import { openLab } from '../testing/lab.ts';
import { witness } from '../testing/witness.ts';

describe('A veto', () => {
  const no = (name: string, verdict: object = { veto: 'quiet hours' }) => {
    let asked = 0;
    const plugin = definePlugin<unknown>({
      name,
      beforeAction: async () => {
        asked++;
        return verdict as { veto: string };
      },
    });
    return { plugin, asked: () => asked };
  };

  it('reaches whoever asked, with the reason; nothing is done and nobody else is asked', async () => {
    const first = no('first');
    const second = no('second');
    const after = witness('after');
    const { fleet, changes, done } = await openLab([first.plugin, second.plugin, after.plugin]);
    const failure = await fleet.run('pc', 'lab.work', {}, { by: 'mqtt' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Vetoed);
    expect(failure).toMatchObject({
      code: 'VETOED',
      by: 'first',
      reason: 'quiet hours',
      message: 'pc: lab.work was refused by first: quiet hours',
    });
    expect(second.asked()).toBe(0);
    expect(done).toEqual([]);
    expect(after.told.find(([hook]) => hook === 'actionFailed')?.[1]).toMatchObject({ code: 'VETOED', id: 'lab.work' });
    expect(after.hooks()).not.toContain('beforeAction');
    await expect.poll(() => changes.find(({ type }) => type === 'result')).toMatchObject({ ok: false, code: 'VETOED' });
  });

  it.each([
    [true, 'it gave no reason'],
    ['', 'it gave no reason'],
    [new Error('too hot'), 'too hot'],
    [42, '42'],
  ])('of %j is one: %s', async (veto, reason) => {
    const { fleet } = await openLab([no('odd', { veto }).plugin]);
    await expect(fleet.run('pc', 'lab.work')).rejects.toMatchObject({ reason });
  });

  it.each([[undefined], [null], [false]])('of %j is none', async (veto) => {
    const { fleet, done, log } = await openLab([no('odd', { veto }).plugin]);
    await fleet.run('pc', 'lab.work');
    expect(done).toHaveLength(1);
    expect(log).toEqual([]);
  });

  it('of everything leaves a fleet that reads and refuses', async () => {
    const { fleet, done } = await openLab([no('nothing').plugin]);
    for (const [id, input] of [['lab.work'], ['lab.lamp', true], ['lab.key', 'k'], ['lab.outer']] as const) {
      await expect(fleet.run('pc', id, input)).rejects.toThrow(Vetoed);
    }
    expect(done).toEqual([]);
    expect(await fleet.read('pc', 'lab.dark')).toBe(false);
  });

  it('of a part refuses the whole', async () => {
    const inner = definePlugin({
      name: 'inner',
      beforeAction: ({ id, within }) => (id === 'lab.work' && within === 'lab.outer' ? { veto: 'not so' } : undefined),
    });
    const { fleet, done } = await openLab([inner]);
    await expect(fleet.run('pc', 'lab.outer')).rejects.toThrow('pc: lab.work was refused by inner: not so');
    await fleet.run('pc', 'lab.work');
    expect(done).toEqual(['pc lab.work {}']);
  });

  it('holds for dry runs, too', async () => {
    const asked: boolean[] = [];
    const dry = definePlugin({
      name: 'dry',
      beforeAction: ({ dryRun }) => {
        asked.push(dryRun);
        return { veto: 'no' };
      },
    });
    const { fleet } = await openLab([dry]);
    await expect(fleet.run('pc', 'lab.work', {}, { dryRun: true })).rejects.toThrow(Vetoed);
    expect(asked).toEqual([true]);
  });
});

describe('A changed input', () => {
  it('is what is done, seen by the next plugin and told afterwards', async () => {
    const seen: unknown[] = [];
    const changing = definePlugin({ name: 'changing', beforeAction: () => ({ input: { task: 'other' } }) });
    const next = definePlugin({
      name: 'next',
      beforeAction: ({ input }) => void seen.push(input),
      afterAction: ({ input }) => void seen.push(input),
    });
    const { fleet, done } = await openLab([changing, next]);
    await fleet.run('pc', 'lab.work', { task: 'this' });
    expect(done).toEqual(['pc lab.work {"task":"other"}']);
    expect(seen).toEqual([{ task: 'other' }, { task: 'other' }]);
  });

  it('is checked like any other; a wrong one is left out', async () => {
    const wrong = definePlugin({ name: 'wrong', beforeAction: () => ({ input: { tusk: 'x' } }) });
    const { fleet, done, log } = await openLab([wrong]);
    await fleet.run('pc', 'lab.work', { task: 'this' });
    expect(done).toEqual(['pc lab.work {"task":"this"}']);
    expect(log[0]).toMatch(/^plugin wrong: beforeAction: .*tusk.*; its input for lab\.work is left out\.$/);
  });

  it('keeps secrets, which plugins never see', async () => {
    const seen: unknown[] = [];
    const curious = definePlugin({
      name: 'curious',
      beforeAction: ({ id, input }) => {
        seen.push(id, input);
        return id === 'lab.work' ? { input: { task: 'other', token: 'mine' } } : { input: 'mine' };
      },
    });
    const { fleet, done } = await openLab([curious]);
    await fleet.run('pc', 'lab.work', { task: 'this', token: 'hidden' });
    await fleet.run('pc', 'lab.key', 'secret');
    expect(done).toEqual(['pc lab.work {"task":"other","token":"hidden"}', `pc lab.key ${'secret'.length}`]);
    expect(seen).toEqual(['lab.work', { task: 'this' }, 'lab.key', undefined]);
  });

  it('is not made by changing what was shown', async () => {
    const sly = definePlugin({
      name: 'sly',
      beforeAction: ({ input }) => {
        (input as { task: string }).task = 'mine';
      },
    });
    const { fleet, done } = await openLab([sly]);
    await fleet.run('pc', 'lab.note', { task: 'this' });
    expect(done).toEqual(['pc lab.note {"task":"this"}']);
  });

  it('of a part is what the part does', async () => {
    const changing = definePlugin({
      name: 'changing',
      beforeAction: ({ within }) => (within === undefined ? undefined : { input: { task: 'other' } }),
    });
    const { fleet, done } = await openLab([changing]);
    await fleet.run('pc', 'lab.outer');
    expect(done).toEqual(['pc lab.work {"task":"other"}', 'pc lab.outer {}']);
  });
});

describe('A plugin that acts', () => {
  it('goes through the guards, under its name and with its cause', async () => {
    const asked: unknown[] = [];
    const acting = definePlugin({
      name: 'acting',
      beforeAction: async ({ id, by, cause }, { run }) => {
        asked.push([id, by, cause]);
        if (id === 'lab.lamp') await run('pc', 'lab.work', { task: 'more' }, { transaction: 'mine' });
      },
    });
    const { fleet, done } = await openLab([acting]);
    await fleet.run('pc', 'lab.lamp', true, { by: 'cli' });
    expect(asked).toEqual([
      ['lab.lamp', 'cli', undefined],
      ['lab.work', 'plugin:acting', { plugin: 'acting', depth: 1 }],
    ]);
    expect(done).toEqual(['pc lab.work {"task":"more"}', 'pc lab.lamp true']);
  });

  it('does nothing in a dry run', async () => {
    const acting = definePlugin({
      name: 'acting',
      beforeAction: async ({ by }, { run }) => {
        if (by === 'cli') await run('pc', 'lab.work');
      },
    });
    const { fleet, done } = await openLab([acting]);
    const result = await fleet.run('pc', 'lab.lamp', true, { by: 'cli', dryRun: true });
    expect(result).toMatchObject({ dryRun: true, message: 'Would do on pc: Lamp to on.' });
    expect(done).toEqual([]);
  });

  it('cannot act on machines it is not for, nor during setup', async () => {
    const failures: string[] = [];
    const acting = definePlugin<unknown>({
      name: 'acting',
      setup: async ({ run }) => {
        await run('pc', 'lab.work').catch((error: Error) => failures.push(error.message));
      },
      afterAction: async ({ by }, { run }) => {
        if (by === 'cli') await run('other', 'lab.work').catch((error: Error) => failures.push(error.message));
      },
    });
    const { fleet, done } = await openLab([{ plugin: acting, machines: ['pc'] }]);
    await fleet.run('pc', 'lab.work', {}, { by: 'cli' });
    await expect
      .poll(() => failures)
      .toEqual([
        'pc: lab.work, by the plugin acting, was not begun: nothing can be run during setup.',
        'other: lab.work, by the plugin acting, was not begun: the book does not list the plugin for this machine.',
      ]);
    expect(done).toHaveLength(1);
  });

  it('is stopped three deep when it answers its own actions', async () => {
    const failures: string[] = [];
    const depths: (number | undefined)[] = [];
    const echo = definePlugin({
      name: 'echo',
      afterAction: async ({ cause }, { run }) => {
        depths.push(cause?.depth);
        await run('pc', 'lab.work').catch((error: Error) => failures.push(error.message));
      },
    });
    const { fleet, done } = await openLab([echo]);
    await fleet.run('pc', 'lab.work');
    await expect.poll(() => failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^pc: lab\.work, by the plugin echo, was not begun: .* more than 3 deep\.$/);
    expect(depths).toEqual([undefined, 1, 2, 3]);
    expect(done).toHaveLength(4);
  });

  it.each(['valueChanged', 'changed'] as const)('is stopped when two play ping-pong over %s', async (hook) => {
    const failures: string[] = [];
    const player = (name: string, when: boolean) =>
      definePlugin<unknown>({
        name,
        [hook]: async (
          event: { id?: string; value?: unknown; machine: string },
          { run }: { run: (...words: unknown[]) => Promise<unknown> },
        ) => {
          if (event.id !== 'lab.lamp' || event.value !== when) return;
          await run(event.machine, 'lab.lamp', !when).catch((error: Error) => failures.push(error.message));
        },
      });
    const { fleet, done } = await openLab([player('ping', true), player('pong', false)]);
    await fleet.run('pc', 'lab.lamp', true);
    await expect.poll(() => failures).toHaveLength(1);
    expect(done).toHaveLength(4);
    // What a person does afterwards begins a new chain.
    await fleet.run('pc', 'lab.lamp', true);
    await fleet.run('pc', 'lab.lamp', false);
    await expect.poll(() => failures.length).toBeGreaterThan(1);
  });

  it('has its running actions cancelled when it is stopped', async () => {
    let ended: unknown;
    let begun = (): void => {};
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const acting = definePlugin<unknown>({
      name: 'acting',
      setup: ({ signal }) => void signal.addEventListener('abort', () => (ended = signal.aborted)),
      afterAction: () => begun(),
    });
    const { fleet } = await openLab([acting]);
    await fleet.run('pc', 'lab.work');
    await started;
    await fleet.close();
    expect(ended).toBe(true);
  });
});
