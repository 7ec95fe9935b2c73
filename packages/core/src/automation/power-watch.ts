/** Watches the power of one machine: what was reported, what was commanded, and so what to show. */
import type { Value } from '../capabilities/capability.ts';
import { TimedOut } from '../errors.ts';
import type { PowerAction, PowerState } from '../machine/machine.ts';
import { type Deferred, deferred } from '../machine/waiting.ts';
import { begin, type Grace, observe, type Transition } from './transitions.ts';

/** What the watch tells its keeper. */
export interface PowerWatchEvents {
  /** The value to show has, or may have, changed. */
  show(id: 'power.state' | 'power.switch', value: Value): void;
  /** The machine was seen to start. */
  started(): void;
  /** A transition ended. */
  ended(id: string, ok: boolean, message: string): void;
}

/** A watch over one machine. */
export interface PowerWatch {
  /** A change is under way. */
  readonly changing: boolean;
  /** The firmware reported a state. */
  observe(state: PowerState): void;
  /** The firmware accepted a command. */
  accepted(id: string, action: PowerAction): void;
  /** The machine cannot be asked; a change under way stays under way. */
  lost(): void;
  /** What to show for a value as it was read. */
  shown(id: string, value: Value): Value;
  /** Ends with the change under way: resolves when it is there, rejects when it is not in time. */
  readonly arrival: Promise<void> | undefined;
}

/** Begins to watch; nothing is known yet. */
export function createPowerWatch(name: string, host: () => string, grace: Grace, events: PowerWatchEvents): PowerWatch {
  let seen: PowerState = 'unknown';
  let under: { is: Transition; readonly id: string; readonly done: Deferred } | undefined;

  function shown(id: string, value: Value): Value {
    const target = under?.is.shown;
    if (target === undefined) return value;
    if (id === 'power.state') return target;
    return id === 'power.switch' ? target === 'turning-on' : value;
  }

  function show(): void {
    events.show('power.state', shown('power.state', seen));
    events.show('power.switch', shown('power.switch', seen === 'on'));
  }

  function judge(state: PowerState): void {
    if (under === undefined) return;
    const { id, done } = under;
    const { outcome, transition } = observe(under.is, state, performance.now());
    under.is = transition;
    if (outcome === 'pending') return;
    under = undefined;
    if (outcome === 'confirmed') {
      done.resolve();
      events.ended(id, true, `${name} is ${state}.`);
      return;
    }
    const seconds = Math.round((transition.deadline - transition.startedAt) / 1000);
    const message = `${name} accepted ${id} but is still ${state} after ${seconds} seconds.`;
    done.reject(new TimedOut(message, { host: host(), hint: HINTS[transition.action] }));
    events.ended(id, false, message);
  }

  return {
    get changing() {
      return under !== undefined;
    },
    get arrival() {
      return under?.done.promise;
    },
    shown,
    observe(state) {
      const before = seen;
      seen = state;
      if (state === 'on' && (before === 'off' || before === 'hibernate')) events.started();
      judge(state);
      show();
    },
    accepted(id, action) {
      under?.done.resolve();
      const is = begin(action, seen, performance.now(), grace);
      under = is === undefined ? undefined : { is, id, done: deferred() };
      if (action === 'reset' || action === 'cycle' || action === 'soft-reset') events.started();
      show();
    },
    lost() {
      if (under !== undefined) judge('unknown');
      else if (seen !== 'unknown') {
        seen = 'unknown';
        show();
      }
    },
  };
}

const HINTS: Partial<Record<PowerAction, string>> = {
  'soft-off': 'The operating system did not shut down; power off cuts the power.',
  'soft-reset': 'The operating system did not restart; power reset does not ask it.',
  sleep: 'The operating system did not go to sleep.',
  hibernate: 'The operating system did not hibernate.',
  on: 'Look whether the mains switch is on and the firmware has power in S5.',
};
