/**
 * Commands that another bridge carries out, as far as this one has heard of them: those that nobody has answered yet, and
 * how the others ended.
 *
 * Every bridge hears every command and every result. So a transaction that comes again is answered from memory also where
 * the machine has another bridge by now; and when a bridge ends with commands in its hands, those that are left know which.
 * Nobody can know whether such a command was carried out, so it is never begun again: one of them says that.
 */
import type { Outcome } from '../answer.ts';
import type { Incoming } from '../connection/message.ts';

/** A command that was left to another bridge. */
export interface LeftCommand {
  readonly machine: string;
  /** Id of the action or setting. */
  readonly action: string;
  /** Undefined where the sender gave none: the owner makes one up. */
  readonly transaction: string | undefined;
  readonly message: Incoming;
  /** Id of the bridge that it is for. */
  readonly owner: string;
  /** Milliseconds of a steady clock. */
  readonly heardAt: number;
}

/** A result as it was published. */
export interface HeardResult extends Outcome {
  readonly transaction: string;
  readonly action: string;
}

/** What is known of the commands of others. */
export interface Unanswered {
  leave(command: LeftCommand): void;
  hear(machine: string, result: HeardResult): void;
  /** A result of our own. */
  say(machine: string, result: HeardResult): void;
  /** How a transaction ended, or will: undefined where it is not known. */
  outcomeOf(machine: string, transaction: string): Promise<Outcome> | undefined;
  /** A bridge is gone, or was gone for a while: what it had not answered may stay so. */
  orphan(owner: string, now: number): void;
  /** We were away, and do not know who has answered what: those who were there speak. */
  forget(): void;
  /** Commands that were to be answered by now. Those that were left so long ago that nobody waits are forgotten. */
  due(now: number): readonly { readonly command: LeftCommand; readonly overdueMs: number }[];
  /** It was answered by us. */
  settle(command: LeftCommand, outcome: Outcome): void;
  /** How many wait. */
  readonly length: number;
}

/** How long is waited, milliseconds. */
export interface UnansweredPatience {
  /** For a bridge that is gone to come back with its answers. */
  readonly orphanMs: number;
  /** After so long a command is forgotten, whose bridge is there and does not answer. */
  readonly forgetMs: number;
}

interface Waiting {
  readonly command: LeftCommand;
  due: number | undefined;
  readonly askers: ((outcome: Outcome) => void)[];
}

/** Nothing heard yet. @param limit of commands and of results, each */
export function createUnanswered({ orphanMs, forgetMs }: UnansweredPatience, limit = 10_000): Unanswered {
  /** By machine and transaction; those without one under a number. In the order they were heard. */
  const waiting = new Map<string | number, Waiting>();
  const outcomes = new Map<string, Outcome>();
  let number = 0;

  function remember(key: string, outcome: Outcome): void {
    outcomes.delete(key);
    outcomes.set(key, outcome);
    if (outcomes.size > limit) outcomes.delete(outcomes.keys().next().value as string);
  }

  function end(key: string | number, outcome: Outcome): void {
    const each = waiting.get(key);
    waiting.delete(key);
    for (const tell of each?.askers ?? []) tell(outcome);
  }

  /** The oldest command without a transaction that a result may belong to. */
  function nameless(machine: string, action: string): number | undefined {
    for (const [key, { command }] of waiting) {
      if (typeof key === 'number' && command.machine === machine && command.action === action) return key;
    }
    return undefined;
  }

  return {
    leave(command) {
      const { machine, transaction } = command;
      const key = transaction === undefined ? number++ : keyOf(machine, transaction);
      if (waiting.has(key)) return;
      waiting.set(key, { command, due: undefined, askers: [] });
      if (waiting.size > limit) waiting.delete(waiting.keys().next().value as string | number);
    },
    hear(machine, { transaction, action, ...outcome }) {
      const key = keyOf(machine, transaction);
      const isRepeated = outcomes.has(key);
      if (!isRepeated && !NOT_BEGUN.has(outcome.code)) remember(key, outcome);
      if (waiting.has(key)) return end(key, outcome);
      const made = isRepeated ? undefined : nameless(machine, action);
      if (made !== undefined) end(made, outcome);
    },
    say(machine, { transaction, action: _action, ...outcome }) {
      const key = keyOf(machine, transaction);
      if (!outcomes.has(key) && !NOT_BEGUN.has(outcome.code)) remember(key, outcome);
    },
    outcomeOf(machine, transaction) {
      const key = keyOf(machine, transaction);
      const known = outcomes.get(key);
      if (known !== undefined) return Promise.resolve(known);
      const each = waiting.get(key);
      return each === undefined ? undefined : new Promise((resolve) => each.askers.push(resolve));
    },
    orphan(owner, now) {
      for (const each of waiting.values()) if (each.command.owner === owner) each.due ??= now + orphanMs;
    },
    forget() {
      for (const key of [...waiting.keys()]) end(key, INTERRUPTED);
    },
    due(now) {
      const overdue: { command: LeftCommand; overdueMs: number }[] = [];
      for (const [key, { command, due }] of waiting) {
        if (due === undefined && now - command.heardAt > forgetMs) end(key, INTERRUPTED);
        else if (due !== undefined && due <= now) overdue.push({ command, overdueMs: now - due });
      }
      return overdue;
    },
    settle(command, outcome) {
      const { machine, transaction } = command;
      if (transaction !== undefined) {
        remember(keyOf(machine, transaction), outcome);
        end(keyOf(machine, transaction), outcome);
        return;
      }
      for (const [key, each] of waiting) if (each.command === command) return end(key, outcome);
    },
    get length() {
      return waiting.size;
    },
  };
}

/** What is said about a command whose bridge has ended. */
export const INTERRUPTED: Outcome = {
  ok: false,
  code: 'INTERRUPTED',
  message: 'The bridge that had this command ended before it answered; nobody knows whether it was carried out.',
  hint: 'Look at the state of the machine, and send it again with another transaction if it is still wanted.',
};

/** With these a command was refused before the machine was asked: it may come again. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['RETAINED', 'BUSY', 'UNKNOWN_MACHINE', 'BAD_JSON', 'TOO_LARGE']);

function keyOf(machine: string, transaction: string): string {
  return `${machine} ${transaction}`;
}
