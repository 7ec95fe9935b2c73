/** Why things happen: which hook an action was begun in, and how many hooks stand behind it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Refused } from '../../errors.ts';
import type { ActionCause } from '../commands.ts';

/** How many hooks may stand behind an action. */
const DEEPEST = 3;

/** What stands behind that of which a hook is told. */
export interface Behind {
  readonly cause?: ActionCause | undefined;
  readonly dryRun?: boolean | undefined;
}

/** The hook in which something is begun. */
export interface PresentHook {
  readonly cause: ActionCause;
  /** It was called for a dry run: what it begins is one, too. */
  readonly dryRun: boolean;
}

const present = new AsyncLocalStorage<PresentHook | undefined>();

/** Calls a hook, so that what it begins knows its cause. */
export function inHook<T>(plugin: string, behind: Behind | undefined, hook: () => T): T {
  const cause = { plugin, depth: (behind?.cause?.depth ?? 0) + 1 };
  return present.run({ cause, dryRun: behind?.dryRun ?? false }, hook);
}

/** The hook that runs now; undefined outside all hooks. */
export function presentHook(): PresentHook | undefined {
  return present.getStore();
}

/** The hook in which an action begins. @throws Refused when too many hooks stand behind it */
export function hookBehind(action: string): PresentHook | undefined {
  const hook = present.getStore();
  if (hook === undefined || hook.cause.depth <= DEEPEST) return hook;
  throw new Refused(
    `${action} was not begun: it would be the action of a hook that was called for the action of a hook, more than ${DEEPEST} deep.`,
    { hint: `Plugins answer one another; ${hook.cause.plugin} is the last of them.` },
  );
}

/** Goes on in a hook that was left meanwhile: in another thread. */
export function backInHook<T>(hook: PresentHook | undefined, work: () => T): T {
  return present.run(hook, work);
}

/** Does work that outlives the hook it was begun in, such as polling: later hooks are not its consequence. */
export function outsideHooks<T>(work: () => T): T {
  return present.run(undefined, work);
}

/** Which changes of values are the consequence of which action. */
export interface Consequences {
  /** An action was accepted that may change these readings. */
  expect(machine: string, changes: readonly string[], cause: ActionCause | undefined): void;
  causeOf(machine: string, id: string): ActionCause | undefined;
  forget(machine: string): void;
}

/** How long a change counts as the consequence of an action: as long as a system may take to shut down. */
const LASTING_MS = 180_000;

/** Remembers the actions of plugins only; one of a person takes the place of what was remembered. */
export function createConsequences(now: () => number = () => performance.now()): Consequences {
  const expected = new Map<string, Map<string, { readonly cause: ActionCause; readonly until: number }>>();
  return {
    expect(machine, changes, cause) {
      const known = expected.get(machine);
      if (cause === undefined) {
        for (const id of changes) known?.delete(id);
        return;
      }
      const ids = known ?? new Map();
      for (const id of changes) ids.set(id, { cause, until: now() + LASTING_MS });
      expected.set(machine, ids);
    },
    causeOf(machine, id) {
      const found = expected.get(machine)?.get(id);
      return found === undefined || found.until < now() ? undefined : found.cause;
    },
    forget: (machine) => void expected.delete(machine),
  };
}
