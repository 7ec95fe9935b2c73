/** What a node shows below itself: told at once, then at most once a second, since it goes to every open editor. */
import { AmtError } from '@amtkit/core';
import type { NodeStatus, RedNode } from './red.ts';

/** How often it may change. */
const EVERY_MS = 1_000;
/** As much text as fits below a node. */
const LONGEST = 20;

/** The status of one node. */
export interface StatusLine {
  show(fill: Exclude<NodeStatus['fill'], undefined>, shape: 'ring' | 'dot', text: string): void;
  /** A failure: a red ring, until the next success. */
  fail(error: unknown): void;
  clear(): void;
  /** Nothing is shown any more. */
  end(): void;
}

/** A status that is empty at first. */
export function statusLine(node: Pick<RedNode, 'status'>, everyMs: number = EVERY_MS): StatusLine {
  let shown = '';
  let waiting: NodeStatus | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function flush(): void {
    timer = undefined;
    if (waiting === undefined || ended) return;
    const status = waiting;
    waiting = undefined;
    const text = JSON.stringify(status);
    if (text === shown) return;
    shown = text;
    node.status(status);
    timer = setTimeout(flush, everyMs);
    timer.unref();
  }
  function set(status: NodeStatus): void {
    waiting = status;
    if (timer === undefined) flush();
  }
  set({});
  return {
    show: (fill, shape, text) => set({ fill, shape, text: short(text) }),
    fail: (error) => set({ fill: 'red', shape: 'ring', text: short(wordFor(error)) }),
    clear: () => set({}),
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}

function short(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

function wordFor(error: unknown): string {
  return (error instanceof AmtError ? WORDS[error.code] : undefined) ?? 'failed';
}

const WORDS: Readonly<Record<string, string>> = {
  CONNECT_FAILED: 'unreachable',
  UNTRUSTED: 'certificate changed',
  TIMED_OUT: 'timed out',
  AUTHENTICATION_FAILED: 'login refused',
  CONSENT_REQUIRED: 'consent needed',
  NOT_SUPPORTED: 'not supported',
  REFUSED: 'refused',
  WSMAN_FAULT: 'refused',
  METHOD_FAILED: 'refused',
  REDIRECTION_REFUSED: 'refused',
  VETOED: 'vetoed',
  CANCELLED: 'cancelled',
  IMAGE_FAILED: 'image failed',
  INVALID_BOOK: 'book is wrong',
  INVALID: 'not valid',
  UNKNOWN_MACHINE: 'no such machine',
  QUEUE_FULL: 'too many messages',
};
