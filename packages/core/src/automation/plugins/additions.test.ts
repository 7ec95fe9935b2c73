import { describe, expect, it } from 'vitest';
import { action, type Capability, flag, reading, setting, source, text } from '../../capabilities/capability.ts';
import { definePlugin, type Plugin, type PluginContext } from '../plugin.ts';
import { openLab } from '../testing/lab.ts';

const never = new Promise<never>(() => {});

const work = (id: string, more: Partial<Capability> = {}) =>
  ({
    ...action({ id, title: 'Work', effect: 'harmless', local: true, run: async () => ({ worked: true }) }),
    ...more,
  }) as Capability;

function adding(name: string, ...entries: readonly unknown[]): Plugin {
  return definePlugin<unknown>({
    name,
    timeLimits: { read: 20, run: 20 },
    setup: ({ addCapability }) => {
      for (const entry of entries) addCapability(entry as Capability);
    },
  });
}

describe('A capability of a plugin', () => {
  it('stands in the table and works like every other', async () => {
    const { fleet } = await openLab([adding('rack', work('rack.blink'))]);
    expect(fleet.capabilities.map(({ id }) => id)).toContain('rack.blink');
    expect(await fleet.run('pc', 'rack.blink')).toMatchObject({
      message: 'pc: Work: done.',
      data: { worked: true },
    });
  });

  it.each([
    ['power.off', work('power.off'), 'amtkit has a capability of this name'],
    ['rack', work('rack'), 'an id is an area and a name, such as power.state'],
    ['Rack.blink', work('Rack.blink'), 'an id is an area and a name, such as power.state'],
    ['rack.a.b', work('rack.a.b'), 'an id is an area and a name, such as power.state'],
    ['do.blink', work('do.blink'), 'do stands for something else in command lines and topics'],
    ['lab.work', work('lab.work'), 'lab has added it already'],
    ['rack.odd', { id: 'rack.odd', title: 'Odd', kind: 'action' }, 'it is no entry'],
    ['rack.odd', { id: 'rack.odd', title: 'Odd', kind: 'oddity', run: () => {} }, 'it is no entry'],
  ])('called %s is refused: %#', async (id, entry, why) => {
    const { fleet, log } = await openLab([adding('rack', entry)]);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(`plugin rack: setup: rack cannot add "${id}": ${why}`);
    expect(fleet.plugins.statuses().at(-1)).toMatchObject({ name: 'rack', state: 'failed' });
  });

  it('is taken back when the setup fails after it', async () => {
    const { fleet } = await openLab([adding('rack', work('rack.blink'), work('rack'))]);
    expect(fleet.capabilities.map(({ id }) => id)).not.toContain('rack.blink');
    await expect(fleet.run('pc', 'rack.blink')).rejects.toThrow('There is no capability rack.blink.');
  });

  it('cannot be added after the setup', async () => {
    let kept: PluginContext | undefined;
    const late = definePlugin<unknown>({
      name: 'late',
      setup: (context) => {
        kept = context;
      },
    });
    const { fleet, log } = await openLab([late]);
    expect(() => kept?.addCapability(work('rack.blink'))).toThrow('late cannot add rack.blink any more');
    await fleet.plugins.add({ plugin: adding('later', work('rack.blink')) });
    expect(log[0]).toContain('later cannot add rack.blink any more');
  });

  it('that throws or hangs fails with a sentence that names its plugin', async () => {
    const { fleet } = await openLab([
      adding(
        'rack',
        work('rack.throw', {
          run: async () => {
            throw new TypeError('x is undefined');
          },
        } as never),
        work('rack.hang', { run: () => never } as never),
        setting({
          id: 'rack.label',
          title: 'Label',
          value: text(),
          from: source({ refresh: 'asked', local: true, read: () => never }),
          pick: (label) => label,
          write: () => never,
        }),
      ),
    ]);
    await expect(fleet.run('pc', 'rack.throw')).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'pc: rack.throw of the plugin rack failed: x is undefined.',
    });
    await expect(fleet.run('pc', 'rack.hang')).rejects.toThrow(
      'pc: rack.hang of the plugin rack failed: it took longer than 0.02 s.',
    );
    await expect(fleet.run('pc', 'rack.label', 'a')).rejects.toThrow('rack.label of the plugin rack failed');
    await expect(fleet.read('pc', 'rack.label')).rejects.toThrow('rack.label of the plugin rack failed');
    // The machine's queue is free.
    await fleet.run('pc', 'lab.work');
  });

  it('whose reading fails leaves the other readings alone', async () => {
    const from = source<boolean>({ refresh: 'seconds', local: true, read: async () => true });
    const bad = source<boolean>({
      refresh: 'seconds',
      local: true,
      read: async () => {
        throw new Error('no sensor');
      },
    });
    const odd = () => {
      throw new Error('odd');
    };
    const { fleet, log } = await openLab([
      adding(
        'rack',
        reading({ id: 'rack.bad', title: 'Bad', value: flag, from: bad, pick: (on) => on }),
        reading({ id: 'rack.odd', title: 'Odd', value: flag, from, pick: odd }),
      ),
      adding(
        'shelf',
        reading({ id: 'shelf.good', title: 'Good', value: flag, from: source({ ...from }), pick: (on) => on }),
      ),
    ]);
    await fleet.refresh('pc').catch(() => {});
    await expect.poll(() => fleet.machines.get('pc')?.values.get('shelf.good')).toBe(true);
    expect(log).toContain('pc: rack.bad of the plugin rack failed: no sensor.');
  });

  it('shares its source with others of its plugin: one read for both', async () => {
    let reads = 0;
    const from = source<number>({ refresh: 'asked', local: true, read: async () => ++reads });
    const { fleet } = await openLab([
      adding(
        'rack',
        reading({ id: 'rack.one', title: 'One', value: flag, from, pick: (count) => count > 0 }),
        reading({ id: 'rack.two', title: 'Two', value: flag, from, pick: (count) => count > 1 }),
      ),
    ]);
    expect([...(await fleet.readMany('pc', ['rack.one', 'rack.two']))]).toEqual([
      ['rack.one', true],
      ['rack.two', false],
    ]);
    expect(reads).toBe(1);
  });
});
