/** What is answered to commands and requests: one shape, stable words, no secrets. */
import { randomUUID } from 'node:crypto';
import { AmtError, InvalidRange } from '@amtkit/core';
import type { Incoming, Message } from './connection/message.ts';
import { BadPayload } from './payload.ts';
import { isCommandTopic, type Topics } from './topics.ts';

/** How something ended. `code` is a stable word: `OK`, an error's own, or one of those in docs/mqtt.md. */
export interface Outcome {
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly data?: unknown;
}

/** A refusal by the bridge itself. */
export class Unanswerable extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The outcome that an error stands for. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof AmtError) return { ok: false, code: error.code, message: error.message, hint: error.hint };
  if (error instanceof BadPayload || error instanceof Unanswerable) {
    return { ok: false, code: error.code, message: error.message };
  }
  if (error instanceof InvalidRange) return { ok: false, code: error.code, message: error.message };
  if (error instanceof TypeError) return { ok: false, code: 'INVALID', message: error.message };
  return { ok: false, code: 'UNEXPECTED', message: 'Something unexpected happened; the log of the bridge says more.' };
}

/** The transaction a sender gave, or a new one. @throws Unanswerable when it is neither text nor a number */
export function transactionOf(given: unknown): string {
  if (given === undefined || given === null) return randomUUID();
  if (typeof given === 'number') return String(given);
  if (typeof given === 'string' && given !== '' && given.length <= 200) return given;
  throw new Unanswerable('INVALID', 'transaction must be text of at most 200 characters, or a number.');
}

/**
 * The messages an answer is made of: one on its own topic, and one where an MQTT 5 requester wants it, if that is below
 * our base or a configured prefix, and nothing that others read as a state or obey as a command.
 */
export function* answers(
  topic: string,
  payload: string,
  { responseTopic, correlationData }: Pick<Incoming, 'responseTopic' | 'correlationData'>,
  { topics, responsePrefixes, isOurs }: AnswerRules,
): Iterable<Message> {
  yield { topic, payload, correlationData };
  if (responseTopic === undefined || responseTopic === topic) return;
  if (/[+#]/.test(responseTopic) || isCommandTopic(topics.base, responseTopic) || isOurs(responseTopic)) return;
  if (![topics.base, ...responsePrefixes].some((prefix) => responseTopic.startsWith(`${prefix}/`))) return;
  yield { topic: responseTopic, payload, correlationData };
}

/** Where answers may go. */
export interface AnswerRules {
  readonly topics: Topics;
  readonly responsePrefixes: readonly string[];
  /** Whether a topic belongs to a machine or a bridge. */
  readonly isOurs: (topic: string) => boolean;
}
