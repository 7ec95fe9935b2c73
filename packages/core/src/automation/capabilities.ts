/**
 * The rest of the table: entries that need memory, patience or the book; and the whole table.
 */
import { type Capability, flag, oneOf, setting, source } from '../capabilities/capability.ts';
import { type MachineCapabilityId, machineCapabilities } from '../capabilities/index.ts';
import { powerSource } from '../capabilities/power.ts';
import { MethodFailed, NotSupported, Refused, Vetoed } from '../errors.ts';
import type { BootTarget, Machine } from '../machine/machine.ts';
import { type MediaCapabilityId, mediaCapabilities, reimageCapabilities } from './media-capabilities.ts';
import { type ScreenCapabilityId, screenCapabilities } from './screen-capabilities.ts';

/**
 * The power as one switch. On means on: sleep and hibernation are off. While a change is under way it shows where it
 * goes. Off does what the machine's policy says.
 */
export const powerSwitch = setting({
  id: 'power.switch',
  title: 'Power',
  value: flag,
  from: powerSource,
  pick: (state) => state === 'on',
  effect: 'disruptive',
  changes: ['power.state', 'power.switch'],
  write: async (machine, on, { switchOff, run, later, value }) => {
    later(HARD_OFF, 0, undefined);
    if (on) return void (await run('power.on'));
    if (switchOff.mode === 'hard') return void (await run('power.off'));
    try {
      await run('power.soft-off');
    } catch (error) {
      if (!(await isDeaf(error, machine)) || switchOff.mode === 'soft') throw error;
      return void (await run('power.off'));
    }
    if (switchOff.mode === 'soft-then-hard') {
      later(HARD_OFF, switchOff.afterSeconds * 1000, async () => {
        if (!DARK.has(value('power.state'))) await run('power.off');
      });
    }
  },
});

/**
 * Whether a running system cannot be asked to shut down. One that sleeps can not either, and must not lose its power; and
 * where a plugin or the permit said no, the firmware was not even asked.
 */
async function isDeaf(error: unknown, machine: Machine): Promise<boolean> {
  if (error instanceof Vetoed) return false;
  if (error instanceof MethodFailed || error instanceof NotSupported) return true;
  return error instanceof Refused && !error.busy && (await machine.power.state()) === 'on';
}

/** Nothing runs there that could be cut off. */
const DARK: ReadonlySet<unknown> = new Set(['off', 'sleep', 'hibernate']);

/** What boots next, as far as this process knows: the firmware cannot be asked. */
const bootNext = setting({
  id: 'boot.next',
  title: 'Next boot',
  value: oneOf('unknown', 'none', 'pxe', 'disk', 'cd', 'bios', 'ider-cd', 'ider-floppy', 'https', 'winre', 'pba'),
  from: source({
    refresh: 'seconds',
    read: async (_machine, { memory }) => (memory.get('boot.next') as 'none' | BootTarget | undefined) ?? 'unknown',
  }),
  pick: (next) => next,
  effect: 'disruptive',
  write: async (_machine, next, { run }) => {
    if (next === 'unknown' || next === 'https') throw new TypeError(`boot.next cannot be set to ${next}.`);
    await run(next === 'none' ? 'boot.clear' : `boot.${next}`);
  },
});

/** Ids of all built-in entries, as a union. */
export type CapabilityId = MachineCapabilityId | MediaCapabilityId | ScreenCapabilityId | 'power.switch' | 'boot.next';

/** All built-in entries. */
export const capabilities: readonly Capability[] = [
  powerSwitch,
  bootNext,
  ...machineCapabilities,
  ...mediaCapabilities,
  ...reimageCapabilities,
  ...screenCapabilities,
].toSorted((a, b) => area(a) - area(b));

/** Key of the postponed hard off; a newer power command takes it back. */
export const HARD_OFF = 'power.hard-off';

function area({ id }: Capability): number {
  const order = [
    'power',
    'boot',
    'consent',
    'media',
    'reimage',
    'screen',
    'features',
    'hw',
    'log',
    'net',
    'user',
    'time',
    'alarm',
  ];
  return order.indexOf(id.slice(0, id.indexOf('.')));
}
