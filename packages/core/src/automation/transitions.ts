/**
 * Power changes between the command and the fact. Firmware accepts first and acts seconds later, so the old state is
 * still reported for a while; shown as it comes it would bounce. A transition shows where things go until they are
 * there, or until its grace period is over.
 */
import type { PowerAction, PowerState } from '../machine/machine.ts';

/** A power change under way. Times are milliseconds of any monotonic clock. */
export interface Transition {
  readonly action: PowerAction;
  /** What to show meanwhile; absent where the state does not change on the outside. */
  readonly shown?: 'turning-on' | 'turning-off';
  readonly goal: PowerState;
  readonly startedAt: number;
  /** When it counts as failed. */
  readonly deadline: number;
  /** For changes that end where they may have begun: the goal counts once another state was seen, or after this time. */
  readonly settledAt?: number;
  /** Another state than the goal was seen since it started. */
  readonly left: boolean;
}

/** How long changes may take. */
export interface Grace {
  /** Changes the hardware makes by itself. @default 60_000 */
  readonly hardMs: number;
  /** Changes an operating system must agree to. @default 180_000 */
  readonly softMs: number;
  /** How long a reset or cycle is given before an unchanged state counts as done. @default 8_000 */
  readonly settleMs: number;
}

/** What the product promises. */
export const defaultGrace: Grace = { hardMs: 60_000, softMs: 180_000, settleMs: 8_000 };

/** The transition that an accepted action begins; none for those that change no state. */
export function begin(
  action: PowerAction,
  from: PowerState,
  now: number,
  grace = defaultGrace,
): Transition | undefined {
  const plan = plans[action];
  if (plan === undefined) return undefined;
  const returns = plan.returns === true;
  return {
    action,
    ...(plan.shown === undefined || (from === plan.goal && !returns) ? {} : { shown: plan.shown }),
    goal: plan.goal,
    startedAt: now,
    deadline: now + (plan.soft ? grace.softMs : grace.hardMs),
    ...(returns && (from === plan.goal || from === 'unknown') ? { settledAt: now + grace.settleMs } : {}),
    left: false,
  };
}

/** What a newly reported state means for a transition. */
export function observe(
  transition: Transition,
  state: PowerState,
  now: number,
): { readonly outcome: 'pending' | 'confirmed' | 'failed'; readonly transition: Transition } {
  const left = transition.left || (state !== transition.goal && state !== 'unknown');
  const next = left === transition.left ? transition : { ...transition, left };
  const there = state === transition.goal || (transition.goal === 'sleep' && state === 'hibernate');
  const settled = transition.settledAt === undefined || left || now >= transition.settledAt;
  if (there && settled) return { outcome: 'confirmed', transition: next };
  return { outcome: now >= transition.deadline ? 'failed' : 'pending', transition: next };
}

const plans: Partial<
  Record<PowerAction, { shown?: 'turning-on' | 'turning-off'; goal: PowerState; soft?: true; returns?: true }>
> = {
  on: { shown: 'turning-on', goal: 'on' },
  off: { shown: 'turning-off', goal: 'off' },
  'soft-off': { shown: 'turning-off', goal: 'off', soft: true },
  cycle: { shown: 'turning-on', goal: 'on', returns: true },
  reset: { goal: 'on', returns: true },
  'soft-reset': { goal: 'on', soft: true, returns: true },
  sleep: { shown: 'turning-off', goal: 'sleep', soft: true },
  hibernate: { shown: 'turning-off', goal: 'hibernate', soft: true },
};
