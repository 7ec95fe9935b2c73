/** Commands for machines: settings to change, actions to run. Every one is answered, also when it cannot be obeyed. */

import { randomUUID } from 'node:crypto';
import { definePlugin, type Plugin } from '@amtkit/core/automation';
import { answers, type Outcome, outcomeOf, transactionOf, Unanswerable } from '../answer.ts';
import type { Incoming } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';
import { takesSecret } from '../derive.ts';
import { answerRules } from '../our-topics.ts';
import { objectOf, parseJson, textOf } from '../payload.ts';
import { type HeardResult, INTERRUPTED } from '../sharing/unanswered.ts';
import { type Asked, machineIn } from '../topics.ts';

/** A command, by its topic. */
type Command = Exclude<Asked, { kind: 'request' }>;

/** How many commands may wait or run at once. */
const MOST_AT_ONCE = 10_000;

/** Carries commands out. */
export function commandsPlugin(context: BridgeContext): Plugin {
  const { topics, fleet, connection, byId, share, knows, log, patience } = context;
  const running = new Set<Promise<void>>();
  /** Machines and transactions that are being carried out. */
  const inHand = new Set<string>();
  const stopped = new AbortController();
  const rules = answerRules(context);

  function answer(command: Command, message: Incoming, transaction: string, startedAt: number, outcome: Outcome): void {
    const { ok, code, message: text, hint, data, ...more } = outcome;
    const ms = Math.round(performance.now() - startedAt);
    const said = { transaction, action: command.id, ok, code, message: text, ms, hint, data, ...more };
    const payload = JSON.stringify(said, withoutBytes);
    share?.unanswered.say(command.machine, { ...outcome, transaction, action: command.id });
    const keptMs = share?.answersKeptMs;
    for (const each of answers(topics.result(command.machine), payload, message, rules)) {
      connection.publish({ ...each, keptMs });
    }
  }

  async function obey(command: Command, message: Incoming): Promise<void> {
    const startedAt = performance.now();
    let transaction = transactionOf(undefined);
    const release = share?.hold(command.machine);
    let again: { readonly repeated?: true } = {};
    let done = (): void => {};
    try {
      const given = inputOf(command, message);
      transaction = transactionOf(given.transaction);
      const key = `${command.machine} ${transaction}`;
      if (inHand.has(key)) again = { repeated: true };
      else {
        inHand.add(key);
        done = () => void inHand.delete(key);
      }
      const known = await share?.unanswered.outcomeOf(command.machine, transaction);
      if (known !== undefined) {
        again = { repeated: true };
        answer(command, message, transaction, startedAt, { ...known, ...again });
        return;
      }
      // The machine has only just become ours.
      if (!fleet.machines.has(command.machine) && knows(command.machine)) await share?.apply();
      check(command);
      const result = await fleet.run(command.machine, command.id, given.input, {
        by: 'mqtt',
        ...(message.sender === undefined ? {} : { user: message.sender }),
        transaction,
        signal: stopped.signal,
      });
      const outcome = { ok: true, code: 'OK', message: result.message, data: result.data };
      const repeated = result.repeated === true ? { repeated: true } : {};
      answer({ ...command, id: result.id }, message, transaction, startedAt, { ...outcome, ...repeated });
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome.code === 'UNEXPECTED')
        log.error(`${command.machine}: ${command.id}: ${(error as Error).stack ?? error}`);
      answer(command, message, transaction, startedAt, { ...outcome, ...again });
    } finally {
      done();
      release?.();
    }
  }

  /** It is for another bridge; what comes of it is kept in mind. */
  function leave(command: Command, message: Incoming, owner: string): void {
    if (message.retained) return;
    const { machine, id: action } = command;
    const transaction = givenTransaction(command, message);
    share?.unanswered.leave({ machine, action, transaction, message, owner, heardAt: performance.now() });
  }

  /** What another bridge, or this one, has answered. */
  function hear(machine: string, message: Incoming): void {
    const result = parseResult(message);
    if (result !== undefined) share?.unanswered.hear(machine, result);
  }

  /** Answers for bridges that have ended. */
  function speakForOthers(): void {
    if (share === undefined || !connection.connected) return;
    for (const { command, overdueMs } of share.unanswered.due(performance.now())) {
      if (!share.speaksFor(command, overdueMs)) continue;
      const { machine, action, message, transaction = randomUUID(), heardAt } = command;
      const topic = topics.parse(message.topic);
      share.unanswered.settle(command, INTERRUPTED);
      if (topic === undefined || topic.kind === 'request') continue;
      log.warn(`${machine}: ${action}, which ${command.owner} had: ${INTERRUPTED.message}`, { machine });
      answer(topic, message, transaction, heardAt, INTERRUPTED);
    }
  }

  function check({ kind, machine, id }: Command): void {
    if (!fleet.machines.has(machine)) {
      throw new Unanswerable('UNKNOWN_MACHINE', `This bridge has no machine called ${machine}.`);
    }
    const derived = byId.get(id);
    if (derived?.command === kind) return;
    const capability = derived?.capability;
    if (capability !== undefined && capability.kind !== 'reading' && takesSecret(capability)) {
      const [area, name] = id.split('.');
      const instead = `Use amt ${area} ${name} ${machine}.`;
      throw new Unanswerable('SECRET', `${id} takes a secret, and secrets do not travel over MQTT. ${instead}`);
    }
    const [what, code] = kind === 'do' ? ['action', 'UNKNOWN_ACTION'] : ['setting', 'UNKNOWN_SETTING'];
    const other =
      derived?.command === 'set' ? topics.set(machine, derived.path) : topics.do(machine, derived?.path ?? '');
    const advice = derived?.command === undefined ? '' : ` Send it to ${other}.`;
    throw new Unanswerable(code, `There is no ${what} ${id}.${advice}`);
  }

  return definePlugin({
    name: 'commands',
    timeLimits: { setup: Number.POSITIVE_INFINITY },
    setup({ mqtt }) {
      for (const filter of topics.commandFilters) mqtt?.subscribe(filter);
      if (share !== undefined) mqtt?.subscribe(topics.resultFilter);
      const speaking = share && setInterval(speakForOthers, share.speakMs / 4).unref();
      return async () => {
        clearInterval(speaking);
        const ended = Promise.all(running);
        const timer = setTimeout(() => stopped.abort(new Error('The bridge stops.')), patience.stopMs);
        await ended.finally(() => clearTimeout(timer));
      };
    },
    received(message) {
      const machine = machineIn(topics.base, message.topic) ?? '';
      if (message.topic === topics.result(machine)) {
        hear(machine, message);
        return true;
      }
      const command = topics.parse(message.topic);
      if (command === undefined || command.kind === 'request') return false;
      if (share?.owns(machine) === false) {
        leave(command, message, share.ownerOf(machine) ?? '');
        return true;
      }
      if (message.retained || running.size >= MOST_AT_ONCE) {
        answer(
          command,
          message,
          transactionIn(command, message),
          performance.now(),
          message.retained ? RETAINED : BUSY,
        );
        return true;
      }
      const work = obey(command, message).finally(() => running.delete(work));
      running.add(work);
      return true;
    },
  });
}

const RETAINED: Outcome = {
  ok: false,
  code: 'RETAINED',
  message:
    'Retained commands are not obeyed: they would come again with every reconnect. It was taken out of the broker.',
  hint: 'Publish it without the retain flag.',
};

const BUSY: Outcome = { ok: false, code: 'BUSY', message: 'Too many commands are running; try again later.' };

/** Actions take an object; settings take the value itself, or an object with `value` beside a `transaction`. */
function inputOf(command: Command, message: Incoming): { readonly input: unknown; readonly transaction?: unknown } {
  if (command.kind === 'do') {
    const { transaction, ...input } = objectOf(message.payload);
    return { input, transaction };
  }
  const text = textOf(message.payload);
  if (text.trimStart().startsWith('{')) {
    const data = parseJson(text) as Record<string, unknown>;
    if (Object.hasOwn(data, 'value')) return { input: data.value, transaction: data.transaction };
  }
  return { input: text };
}

/** A picture has a topic of its own. */
function withoutBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? undefined : value;
}

/** The transaction of a command that is not carried out, as far as it can be read. */
function transactionIn(command: Command, message: Incoming): string {
  return givenTransaction(command, message) ?? randomUUID();
}

/** The transaction that a sender gave, as far as it can be read. */
function givenTransaction(command: Command, message: Incoming): string | undefined {
  try {
    const { transaction } = inputOf(command, message);
    return transaction === undefined || transaction === null ? undefined : transactionOf(transaction);
  } catch {
    return undefined;
  }
}

/** What somebody published as a result; undefined when it is none. */
function parseResult(message: Incoming): HeardResult | undefined {
  try {
    const { transaction, action, ok, code, message: text, hint, data } = objectOf(message.payload);
    if (typeof transaction !== 'string' || typeof action !== 'string' || typeof code !== 'string') return undefined;
    const more = typeof hint === 'string' ? { hint } : {};
    return { transaction, action, ok: ok === true, code, message: String(text), ...more, data };
  } catch {
    return undefined;
  }
}
