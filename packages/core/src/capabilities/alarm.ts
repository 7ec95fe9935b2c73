/**
 * The alarm clock. Of its alarms one is ours: `alarm.wake` is that one, and `alarm.set` and `alarm.clear` mean it where
 * they name none.
 */
import type { Alarm } from '../machine/facts.ts';
import { action, list, optional, reading, setting, source, text, timestamp, timestampOrNone } from './capability.ts';

/** Name of our own alarm. */
const OURS = 'amtkit';

/** Read again after a start, which may have been an alarm's. */
const alarms = source({ refresh: 'minutes', startChanges: true, read: (machine) => machine.alarms.list() });

const changes = ['alarm.list', 'alarm.next', 'alarm.wake'];
const requires = { reading: 'alarm.next' };
const name = optional(text({ maxLength: 32, pattern: '[\\x20-\\x7e]+', like: 'a name of ASCII' }));

/** Which alarm goes off next, whoever set it. */
export const alarmNext = reading({
  id: 'alarm.next',
  title: 'Next alarm',
  value: timestampOrNone,
  from: alarms,
  pick: ([next]) => next?.next ?? 'none',
});

/** When our own alarm switches the machine on. */
export const alarmWake = setting({
  id: 'alarm.wake',
  title: 'Wake-up',
  value: timestampOrNone,
  from: alarms,
  pick: (all) => all.find((alarm) => alarm.name === OURS)?.next ?? 'none',
  changes,
  write: async (machine, at) => {
    if (at === 'none') await clear(machine.alarms, OURS);
    else await machine.alarms.add({ name: OURS, at, replace: true });
  },
});

/** All alarms, the next one first. */
export const alarmList = reading({
  id: 'alarm.list',
  title: 'Alarms',
  value: list<Alarm>(),
  from: alarms,
  pick: (all) => all,
});

/** Sets an alarm, in place of one of the same name. */
export const alarmSet = action({
  id: 'alarm.set',
  title: 'Set an alarm',
  effect: 'harmless',
  changes,
  requires,
  input: {
    at: timestamp,
    every: optional(
      text({
        pattern: 'daily|weekly|(?=\\d)(\\d{1,3}d)?(\\d{1,4}h)?(\\d{1,6}m)?',
        like: 'daily, weekly, or a time such as 12h or 1d12h30m',
      }),
    ),
    name,
  },
  run: (machine, { at, every, name: called = OURS }) =>
    machine.alarms.add({
      name: called,
      at,
      replace: true,
      ...(every === undefined ? {} : { everyMinutes: minutesOf(every) }),
    }),
});

/** Takes an alarm back. */
export const alarmClear = action({
  id: 'alarm.clear',
  title: 'Clear the alarm',
  effect: 'harmless',
  changes,
  requires,
  input: { name },
  run: (machine, { name: called }) =>
    called === undefined ? clear(machine.alarms, OURS) : machine.alarms.remove(called),
});

type Alarms = Parameters<typeof alarms.read>[0]['alarms'];

/** Ours may have gone off in the meantime. */
async function clear(of: Alarms, called: string): Promise<void> {
  if ((await of.list()).some((alarm) => alarm.name === called)) await of.remove(called);
}

function minutesOf(every: string): number {
  if (every === 'daily') return 1440;
  if (every === 'weekly') return 7 * 1440;
  const [, days = 0, hours = 0, minutes = 0] = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$/.exec(every) ?? [];
  return Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
}
