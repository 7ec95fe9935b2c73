/**
 * What goes wrong in a flow, as errors whose `code` a Catch node can switch on: those of core, and the few that only a
 * flow knows.
 */
import { AmtError, Cancelled, TimedOut } from '@amtkit/core';

/** A message, or what was entered in a node's dialog, is not what the node can use. */
export class InvalidFlow extends AmtError {
  readonly code = 'INVALID';
}

/** The machine that is meant is not there: not in the book, or not any more. */
export class UnknownMachine extends AmtError {
  readonly code = 'UNKNOWN_MACHINE';
}

/** More messages came than are kept; this one was dropped. */
export class QueueFull extends AmtError {
  readonly code = 'QUEUE_FULL';
}

/** How long work may take, and what ended it. */
export interface Limits {
  readonly machine: string;
  /** What was being done, such as `power.on`. */
  readonly what: string;
  readonly seconds: number;
  /** Ends when the time is up. */
  readonly time: AbortSignal;
  /** Ends when the node does. */
  readonly closed: AbortSignal;
}

/** An error for the flow: everything has a code, and what our own signals ended says why. */
export function problemOf(error: unknown, limits?: Limits): Error {
  if (limits?.closed.aborted) return givenUp(limits, error);
  if (limits?.time.aborted) {
    const { machine, what, seconds } = limits;
    return new TimedOut(`${machine}: ${what} was not done within ${seconds} s.`, {
      hint: 'Allow more time in the node, or with msg.timeout in seconds.',
      cause: error,
    });
  }
  if (error instanceof AmtError) return error;
  if (error instanceof TypeError) return new InvalidFlow(error.message, { cause: error });
  const unexpected = error instanceof Error ? error : new Error(String(error));
  return 'code' in unexpected ? unexpected : Object.assign(unexpected, { code: 'UNEXPECTED' });
}

function givenUp({ machine, what }: Limits, cause: unknown): Cancelled {
  return new Cancelled(`${machine}: ${what} was given up, since the flow was stopped or deployed anew.`, { cause });
}
