/** The power menu: which actions of the table it has, in which order. */
import type { Action, Capability } from '@amtkit/core/automation';
import type { PowerChoice } from '../messages.ts';

/** From what people need most to what they hardly ever do. */
const ORDER = [
  'power.on',
  'power.soft-off',
  'power.soft-reset',
  'power.reset',
  'power.cycle',
  'power.off',
  'power.sleep',
  'power.hibernate',
  'power.nmi',
];

/** Actions of the menu. @param supported items of `power.supported`; undefined: nobody could say */
export function powerActions(
  capabilities: readonly Capability[],
  supported: readonly unknown[] | undefined,
): readonly Action[] {
  const actions = capabilities.filter((entry): entry is Action => entry.kind === 'action' && ORDER.includes(entry.id));
  return actions
    .filter(({ requires }) => supported === undefined || requires === undefined || supported.includes(requires.item))
    .sort((one, other) => ORDER.indexOf(one.id) - ORDER.indexOf(other.id));
}

/** What the page is told of an action. */
export function choiceOf({ id, title, effect }: Action): PowerChoice {
  return { id, title, effect };
}

/** Whoever looks holds a session, which the firmware would not cut the power under: it is let go, and comes back. */
export function inputOf({ input }: Action): Readonly<Record<string, unknown>> {
  return 'drop-sessions' in input ? { 'drop-sessions': true } : {};
}
