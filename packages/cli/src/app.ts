/** What every command has around it. */
import type { Readable } from 'node:stream';
import type { Output } from './output.ts';
import type { Prompt } from './prompt.ts';

/** Ended from outside: Ctrl-C, or a signal. */
export interface Interruption {
  readonly status: 130 | 143;
}

/** The streams of the process, for commands that hand bytes through. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The surroundings of one command. */
export interface App {
  readonly out: Output;
  readonly prompt: Prompt;
  readonly streams: Streams;
  /** Aborted by Ctrl-C and SIGTERM; its reason is an {@link Interruption}. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The book that was named with `--config`. */
  readonly config: string | undefined;
  /** Takes lines of the wire trace; absent without `--verbose`. */
  readonly trace: ((line: string) => void) | undefined;
  /** Whether a change was begun, which Ctrl-C does not take back. */
  readonly begun: { change: boolean };
  /** Resolves at Ctrl-C or SIGTERM, which then is the usual end. */
  serve(): Promise<void>;
  /** Takes down how the command ends, where it is not 0. The first one counts. */
  exit(status: number): void;
}
