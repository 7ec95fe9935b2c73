/** Requests to the bridge itself. Always answered, also when nobody knows the verb or the JSON is none. */
import { definePlugin, type Plugin } from '@amtkit/core/automation';
import type { z } from 'zod';
import { answers, type Outcome, outcomeOf, transactionOf, Unanswerable } from '../answer.ts';
import type { Incoming } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';
import { answerRules } from '../our-topics.ts';
import { objectOf } from '../payload.ts';
import { bookVerbs } from '../verbs/book.ts';
import { bridgeVerbs } from '../verbs/bridge.ts';
import { scanVerb } from '../verbs/scan.ts';
import type { Verb } from '../verbs/verb.ts';

/** Answers requests. */
export function requestsPlugin(context: BridgeContext): Plugin {
  const { topics, connection, audit, log } = context;
  const verbs: Readonly<Record<string, Verb>> = {
    ...bookVerbs(context),
    ...bridgeVerbs(context),
    ...scanVerb(context),
  };
  const running = new Set<Promise<void>>();
  const stopped = new AbortController();
  const rules = answerRules(context);

  function answer(verb: string, message: Incoming, transaction: string, outcome: Outcome): void {
    const { ok, code, message: text, hint, data } = outcome;
    const payload = JSON.stringify({ transaction, ok, code, message: text, hint, data });
    for (const each of answers(topics.response(verb), payload, message, rules)) connection.publish(each);
  }

  async function serve(name: string, message: Incoming): Promise<void> {
    let transaction = transactionOf(undefined);
    let input: unknown;
    const record = ({ ok, code, message: text }: Outcome): void => {
      if (input === undefined || HARMLESS.has(name)) return;
      audit?.record({
        by: 'mqtt',
        user: message.sender,
        action: `bridge.${name}`,
        input,
        transaction,
        ok,
        code,
        message: text,
      });
    };
    try {
      const { transaction: given, ...body } = objectOf(message.payload);
      transaction = transactionOf(given);
      if (message.retained) throw new Unanswerable('RETAINED', RETAINED);
      const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
      if (verb === undefined) {
        throw new Unanswerable(
          'UNKNOWN_VERB',
          `There is no request ${name}; there are ${Object.keys(verbs).join(', ')}.`,
        );
      }
      input = parse(verb, name, body);
      const { message: text, data } = await verb.serve(input, stopped.signal);
      const outcome = { ok: true, code: 'OK', message: text, data };
      record(outcome);
      answer(name, message, transaction, outcome);
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome.code === 'UNEXPECTED') log.error(`request ${name}: ${(error as Error).stack ?? error}`);
      record(outcome);
      answer(name, message, transaction, outcome);
    }
  }

  return definePlugin({
    name: 'requests',
    timeLimits: { setup: Number.POSITIVE_INFINITY },
    setup({ mqtt }) {
      mqtt?.subscribe(topics.requestFilter);
      return async () => {
        stopped.abort(new Error('The bridge stops.'));
        await Promise.all(running);
      };
    },
    received(message) {
      const asked = topics.parse(message.topic);
      if (asked?.kind !== 'request') return false;
      const work = serve(asked.verb, message).finally(() => running.delete(work));
      running.add(work);
      return true;
    },
  });
}

/** Requests that change nothing, and are not audited. */
const HARMLESS: ReadonlySet<string> = new Set(['health', 'scan']);

const RETAINED =
  'Retained requests are not served: they would come again with every reconnect. Publish it without the flag.';

function parse(verb: Verb, name: string, body: unknown): unknown {
  const result = verb.body.safeParse(body, { error: complaint });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path.join('.') ?? '';
  throw new Unanswerable(
    'INVALID',
    `${name}: ${key === '' ? '' : `${key} `}${issue?.message ?? 'takes something else'}.`,
  );
}

/** What is wrong, to be read behind the key. */
function complaint(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${EXPECTED[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty';
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${issue.maximum}`
        : `must not be longer than ${issue.maximum}`;
    case 'unrecognized_keys':
      return `does not take ${issue.keys.join(', ')}`;
    default:
      return issue.input === undefined ? 'is missing' : 'is not of the kind it takes';
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
};
