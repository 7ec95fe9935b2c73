/**
 * What is printed, and where: results on stdout, everything for people on stderr.
 *
 * - text: lines and tables.
 * - `--json`: one document at the end, also after a failure, with one entry for each target.
 * - `--jsonl`: the same entries, and the events of streams, each on a line as soon as there is one.
 */
import { styleText } from 'node:util';
import { type Failure, failureOf } from './exit.ts';
import { flat, type TableOptions, tableLines } from './table.ts';
import { wrapped } from './wrap.ts';

/** What came of one target. */
export type Result = {
  /** Name, or address; null where no machine is meant. */
  readonly machine: string | null;
} & ({ readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: Failure });

/** Something that happened while a command looks on. */
export interface StreamEvent {
  readonly type: string;
  readonly machine: string | null;
  readonly at: Date;
  readonly [key: string]: unknown;
}

/** How to print. */
export interface OutputOptions {
  readonly mode: 'text' | 'json' | 'jsonl';
  readonly quiet: boolean;
  /** @default what the terminal and NO_COLOR say */
  readonly color?: boolean | undefined;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Style names of Node's `styleText`. */
export type Style = Parameters<typeof styleText>[0];

/** Prints for people and programs. */
export interface Output {
  readonly mode: 'text' | 'json' | 'jsonl';
  /** What follows has no end: `--json` becomes `--jsonl`. */
  stream(): void;
  /** Somebody looks at stdout. */
  readonly live: boolean;
  /** Columns of the terminal behind stdout; undefined in a pipe. */
  readonly width: number | undefined;
  /** A line of the result; nothing with `--json` and `--jsonl`. */
  line(text?: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  /** For people, on stderr; nothing with `--quiet`. */
  say(text: string): void;
  /** For people, on stderr, whatever the options. */
  warn(text: string): void;
  /** Takes down a result. In text it is shown by whoever has it; a failure is shown here. */
  result(result: Result): void;
  /** An event of a stream, with `--jsonl`. */
  event(event: StreamEvent): void;
  /** A line of JSON, whatever the mode; in place of the document of `--json`. */
  jsonLine(value: unknown): void;
  style(style: Style, text: string): string;
  /** Replaces what is on the last line of stderr; nothing where stderr is no terminal. */
  progress(text: string): void;
  /** Prints the document of `--json`, and waits until everything has left. */
  end(): Promise<void>;
  /** How often a failure was taken down. */
  readonly failures: readonly Failure[];
}

/** An output over two streams. */
export function createOutput(options: OutputOptions): Output {
  const { quiet, color, stdout, stderr } = options;
  let { mode } = options;
  const results: Result[] = [];
  const failures: Failure[] = [];
  let progressing = false;

  const paint = (style: Style, text: string, stream: NodeJS.WriteStream): string => {
    if (color === false) return text;
    return styleText(style, text, { stream, validateStream: color !== true });
  };
  const toStderr = (text: string): void => {
    if (progressing) stderr.write('\r\u001b[K');
    progressing = false;
    const width = stderr.isTTY === true ? stderr.columns : Number.POSITIVE_INFINITY;
    const indent = /^(amt: | *)/.exec(text)?.[0].length ?? 0;
    const lines = text.split('\n').flatMap((line) => wrapped(line, width, indent));
    stderr.write(`${lines.join('\n')}\n`);
  };
  const print = (value: unknown): void => {
    stdout.write(`${toJson(value)}\n`);
  };
  const output: Output = {
    get mode() {
      return mode;
    },
    stream: () => {
      if (mode === 'json') mode = 'jsonl';
    },
    live: mode === 'text' && stdout.isTTY === true,
    width: stdout.isTTY === true ? stdout.columns : undefined,
    failures,
    line: (text = '') => {
      if (mode === 'text') stdout.write(`${text}\n`);
    },
    table: (head, rows) => {
      const style: TableOptions = { width: output.width, head: (text) => paint('bold', text, stdout) };
      for (const line of tableLines(head, rows, style)) output.line(line);
    },
    say: (text) => {
      if (!quiet) toStderr(text);
    },
    warn: toStderr,
    result: (result) => {
      results.push(result);
      if (!result.ok) failures.push(result.error);
      if (mode === 'jsonl') print(result);
      else if (!result.ok && mode === 'text') {
        for (const line of failureLines(result)) toStderr(line);
      }
    },
    event: (event) => {
      if (mode === 'jsonl') print(event);
    },
    jsonLine: (value) => {
      print(value);
      output.stream();
    },
    style: (style, text) => paint(style, text, stdout),
    progress: (text) => {
      if (quiet || mode !== 'text' || stderr.isTTY !== true) return;
      if (text === '' && !progressing) return;
      stderr.write(`\r\u001b[K${text}`);
      progressing = text !== '';
    },
    end: async () => {
      output.progress('');
      if (mode === 'json') print({ schemaVersion: 1, results });
      await Promise.all([flushed(stdout), flushed(stderr)]);
    },
  };
  return output;
}

/** What a failure says to people: the sentence, then what to do. Never a stack. */
function failureLines({ machine, error }: { machine: string | null; error: Failure }): string[] {
  const host = machine?.replace(/(:\d+){1,2}$/, '');
  const named = host !== undefined && !error.message.includes(host);
  const lines = [`amt: ${named ? `${machine}: ` : ''}${error.message}`];
  for (const seen of error.seen ?? []) lines.push(`     | ${flat(seen)}`);
  if (error.hint !== undefined && !error.message.includes(error.hint)) lines.push(`     ${error.hint}`);
  return lines;
}

/** A failed result of anything that was thrown. */
export function failed(machine: string | null, error: unknown): Result {
  return { machine, ok: false, error: failureOf(error, machine ?? undefined) };
}

/** JSON of plain data: dates as ISO 8601, errors as failures, maps as objects, what is absent as null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Map) return Object.fromEntries(item);
    if (item instanceof Error) return failureOf(item);
    if (typeof item === 'bigint') return item.toString();
    return item === undefined ? null : item;
  });
}

/** Ends quietly when whoever reads stdout has seen enough; a pipe that broke is no failure. */
export function quitOnBrokenPipe(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, quit: () => void): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') quit();
    else throw error;
  });
  stderr.on('error', () => {});
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
