/** Bytes both ways between a serial line and our own streams, until one side has had enough. */
import type { SerialLine } from '@amtkit/core/automation';
import type { Streams } from '../app.ts';
import { type EscapeTargets, escapes } from './escape.ts';

/** What a conversation needs. */
export interface ConversationOptions {
  readonly line: SerialLine;
  readonly stdin: Streams['stdin'];
  /** What was typed, as the host wants it. */
  readonly typed: (bytes: Uint8Array) => Uint8Array;
  /** Takes what the host wrote, in order; the firmware is held back until it resolves. */
  readonly show: (bytes: Uint8Array) => Promise<void> | void;
  /** Takes the keys behind `Ctrl-]`. Without it every byte goes through. */
  readonly menu?: EscapeTargets['key'];
  /** Ends it, after what was typed before has left. */
  readonly leave?: AbortSignal;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/** How long what was typed last may take to leave. */
const PARTING_MS = 500;

/** So much may wait to be typed before stdin is left alone for a while. */
const MOST_WAITING = 65_536;

/** Talks until the line is closed, or lost for good. The end of stdin does not end it: the host may go on. */
export async function converse(options: ConversationOptions): Promise<void> {
  const { line, stdin, typed, show, menu, leave, signal } = options;
  let waiting = 0;
  let typing: Promise<void> = Promise.resolve();

  const type = (bytes: Uint8Array): void => {
    const translated = typed(bytes);
    if (translated.length === 0) return;
    waiting += translated.length;
    if (waiting > MOST_WAITING) stdin.pause();
    typing = typing
      // Without a session nothing can be typed; what happened to it is told elsewhere.
      .then(() => line.write(translated).catch(() => {}))
      .then(() => {
        waiting -= translated.length;
        if (waiting <= MOST_WAITING && stdin.isPaused()) stdin.resume();
      });
  };
  const take = menu === undefined ? type : escapes({ key: menu, text: type });
  const onData = (chunk: Uint8Array | string): void => take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  const close = (): void => void line.close();
  const part = (): void => {
    const timer = setTimeout(close, PARTING_MS);
    void typing.then(() => {
      clearTimeout(timer);
      close();
    });
  };
  // A terminal that is gone does not come back; a pipe has said what it had to say.
  const onEnd = (): void => {
    if (stdin.isTTY === true) close();
  };
  if (signal.aborted) close();
  signal.addEventListener('abort', close);
  leave?.addEventListener('abort', part);
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  // A question that was asked before may have left it standing.
  stdin.resume();
  try {
    for await (const bytes of line) await show(bytes);
  } finally {
    signal.removeEventListener('abort', close);
    leave?.removeEventListener('abort', part);
    stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
    stdin.pause();
  }
}
