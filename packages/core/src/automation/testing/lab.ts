/** A fleet whose machines nobody asks: the capabilities of its first plugin are known without them. */
import { afterEach } from 'vitest';
import { action, flag, reading, secret, setting, source, text } from '../../capabilities/capability.ts';
import type { FleetChange } from '../changes.ts';
import { createFleet, type FleetOptions } from '../create-fleet.ts';
import type { Fleet } from '../fleet.ts';
import { definePlugin, type Plugin } from '../plugin.ts';
import type { PluginUse } from '../plugins/plugins.ts';

/** A fleet with what it said and did. */
export interface Lab {
  readonly fleet: Fleet;
  readonly changes: FleetChange[];
  readonly log: string[];
  /** What was carried out: `pc lab.work {…}`. */
  readonly done: string[];
}

const open: Fleet[] = [];
afterEach(async () => {
  for (const fleet of open.splice(0)) await fleet.close();
});

/** Machines `pc` with the tag `room`, and `other`; ids `lab.work`, `lab.outer`, `lab.note`, `lab.key`, `lab.lamp`. */
export async function openLab(plugins: readonly (Plugin | PluginUse)[], options: FleetOptions = {}): Promise<Lab> {
  const log: string[] = [];
  const done: string[] = [];
  const fleet = await createFleet({
    poll: false,
    log: (line) => log.push(line),
    ...options,
    plugins: [labOf(done), ...plugins],
  });
  open.push(fleet);
  const changes: FleetChange[] = [];
  const watching = fleet.watch();
  void (async () => {
    for await (const change of watching) changes.push(change);
  })();
  await fleet.add({ name: 'pc', host: '127.0.0.1', password: 'none', tags: ['room'] });
  await fleet.add({ name: 'other', host: '127.0.0.1', password: 'none' });
  return { fleet, changes, log, done };
}

function labOf(done: string[]): Plugin {
  const note = (name: string, id: string, input: unknown) => {
    done.push(`${name} ${id} ${JSON.stringify(input)}`);
  };
  const lamps = source<boolean | undefined>({
    refresh: 'seconds',
    local: true,
    read: async (_machine, { memory }) => memory.get('lamp') as boolean | undefined,
  });
  return definePlugin({
    name: 'lab',
    setup({ addCapability }) {
      addCapability(
        action({
          id: 'lab.work',
          title: 'Work',
          effect: 'disruptive',
          local: true,
          input: { task: { ...text(), optional: true }, token: { ...secret(), optional: true } },
          run: async (_machine, input, { name }) => note(name, 'lab.work', input),
        }),
      );
      addCapability(
        action({
          id: 'lab.outer',
          title: 'Work by another action',
          effect: 'harmless',
          local: true,
          run: async (_machine, _input, { name, run }) => {
            await run('lab.work', { task: 'inner' });
            note(name, 'lab.outer', {});
          },
        }),
      );
      addCapability(
        action({
          id: 'lab.note',
          title: 'Note',
          effect: 'harmless',
          local: true,
          input: { task: text() },
          run: async (_machine, input, { name }) => note(name, 'lab.note', input),
        }),
      );
      addCapability(
        setting({
          id: 'lab.key',
          title: 'Key',
          value: secret(),
          from: source({ refresh: 'asked', local: true, read: async () => undefined }),
          pick: () => undefined,
          write: async (_machine, value, { name }) => note(name, 'lab.key', value.length),
        }),
      );
      addCapability(
        setting({
          id: 'lab.lamp',
          title: 'Lamp',
          value: flag,
          from: lamps,
          pick: (lamp) => lamp,
          write: async (_machine, lamp, { name, memory }) => {
            memory.set('lamp', lamp);
            note(name, 'lab.lamp', lamp);
          },
        }),
      );
      addCapability(
        reading({ id: 'lab.dark', title: 'Dark', value: flag, from: lamps, pick: (lamp) => lamp === false }),
      );
    },
  });
}
