/** Power: what it is, and what can be asked of it. `power.switch` needs a memory and lives with the fleet. */
import type { PowerAction } from '../machine/machine.ts';
import { action, type Effect, flag, list, oneOf, reading, source } from './capability.ts';

/** One call, asked at every poll. */
export const powerSource = source({ refresh: 'seconds', read: (machine) => machine.power.state() });

/** The power state; the two transitions are the fleet's. */
export const powerState = reading({
  id: 'power.state',
  title: 'Power state',
  value: oneOf('on', 'sleep', 'hibernate', 'off', 'turning-on', 'turning-off', 'unknown'),
  from: powerSource,
  pick: (state) => state,
});

/** What this firmware accepts at all. */
export const powerSupported = reading({
  id: 'power.supported',
  title: 'Power actions supported',
  value: list<PowerAction>(),
  from: source({ refresh: 'once', read: (machine) => machine.power.supported() }),
  pick: (supported) => supported,
});

/** What the firmware accepts at this moment. */
export const powerAllowed = reading({
  id: 'power.allowed',
  title: 'Power actions allowed now',
  value: list<PowerAction>(),
  from: source({ refresh: 'asked', read: (machine) => machine.power.allowed() }),
  pick: (allowed) => allowed,
});

/** Switches on; harmless when it is on. */
export const powerOn = power('on', 'Switch on', 'harmless');
/** Cuts the power without telling the operating system. */
export const powerOff = forced('off', 'Switch off hard');
/** Off and on again without telling the operating system. */
export const powerCycle = forced('cycle', 'Power cycle');
/** Resets without telling the operating system. */
export const powerReset = power('reset', 'Reset', 'destructive');
/** Asks the operating system to shut down. */
export const powerSoftOff = power('soft-off', 'Shut down', 'disruptive');
/** Asks the operating system to restart. */
export const powerSoftReset = power('soft-reset', 'Restart', 'disruptive');
/** Asks the operating system to sleep. */
export const powerSleep = power('sleep', 'Sleep', 'disruptive');
/** Asks the operating system to hibernate. */
export const powerHibernate = power('hibernate', 'Hibernate', 'disruptive');
/** A diagnostic interrupt: most systems write a dump and stop. */
export const powerNmi = power('nmi', 'Diagnostic interrupt', 'destructive');

function power<const A extends PowerAction>(name: A, title: string, effect: Effect) {
  return action({
    id: `power.${name}`,
    title,
    effect,
    changes: ['power.state'],
    requires: { reading: 'power.supported', item: name },
    run: (machine, _input, { signal }) => machine.power.request(name, signal === undefined ? {} : { signal }),
  });
}

/** The two that firmware refuses while a redirection session is open; `drop-sessions` ends the sessions first. */
function forced<const A extends PowerAction>(name: A, title: string) {
  return action({
    id: `power.${name}`,
    title,
    effect: 'destructive',
    changes: ['power.state'],
    requires: { reading: 'power.supported', item: name },
    input: { 'drop-sessions': flag },
    run: (machine, input, { signal }) =>
      machine.power.request(name, {
        sessions: input['drop-sessions'] ? 'drop' : 'keep',
        ...(signal === undefined ? {} : { signal }),
      }),
  });
}
