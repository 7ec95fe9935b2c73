/** Commands for machines: settings to change, actions to run. Every one is answered, also when it cannot be obeyed. */

import { definePlugin, type Plugin } from '@amtkit/core/automation';
import { answers, type Outcome, outcomeOf, transactionOf, Unanswerable } from '../answer.ts';
import { takesSecret } from '../derive.ts';
import type { BridgeContext } from '../feature.ts';
import type { Incoming } from '../message.ts';
import { answerRules } from '../our-topics.ts';
import { objectOf, parseJson, textOf } from '../payload.ts';
import type { Asked } from '../topics.ts';

/** A command, by its topic. */
type Command = Exclude<Asked, { kind: 'request' }>;

/** How many commands may wait or run at once. */
const MOST_AT_ONCE = 10_000;

/** Carries commands out. */
export function commandsPlugin(context: BridgeContext): Plugin {
  const { topics, fleet, connection, byId, log, patience } = context;
  const running = new Set<Promise<void>>();
  const stopped = new AbortController();
  const rules = answerRules(context);

  function answer(command: Command, message: Incoming, transaction: string, startedAt: number, outcome: Outcome): void {
    const { ok, code, message: text, hint, data, ...more } = outcome;
    const ms = Math.round(performance.now() - startedAt);
    const said = { transaction, action: command.id, ok, code, message: text, ms, hint, data, ...more };
    const payload = JSON.stringify(said, withoutBytes);
    for (const each of answers(topics.result(command.machine), payload, message, rules)) connection.publish(each);
  }

  async function obey(command: Command, message: Incoming): Promise<void> {
    const startedAt = performance.now();
    let transaction = transactionOf(undefined);
    try {
      const given = inputOf(command, message);
      transaction = transactionOf(given.transaction);
      check(command);
      const result = await fleet.run(command.machine, command.id, given.input, {
        by: 'mqtt',
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
      answer(command, message, transaction, startedAt, outcome);
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
      return async () => {
        const ended = Promise.all(running);
        const timer = setTimeout(() => stopped.abort(new Error('The bridge stops.')), patience.stopMs);
        await ended.finally(() => clearTimeout(timer));
      };
    },
    received(message) {
      const command = topics.parse(message.topic);
      if (command === undefined || command.kind === 'request') return false;
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
  try {
    return transactionOf(inputOf(command, message).transaction);
  } catch {
    return transactionOf(undefined);
  }
}
