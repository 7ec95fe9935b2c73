/** Surroundings for commands under test: what was printed can be read, and questions have prepared answers. */
import { PassThrough } from 'node:stream';
import type { App, Streams } from '../app.ts';
import { UsageError } from '../exit.ts';
import { createOutput, type OutputOptions } from '../output.ts';
import { Interrupted, type Prompt } from '../prompt.ts';

/** A stream that keeps what is written to it. */
export interface Captured {
  readonly stream: NodeJS.WriteStream;
  text(): string;
}

/** A stream that may claim to be a terminal. */
export function captured(terminal?: { readonly columns: number }): Captured {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const claims = terminal === undefined ? { isTTY: false } : { isTTY: true, columns: terminal.columns };
  return { stream: Object.assign(stream, claims) as unknown as NodeJS.WriteStream, text: () => text };
}

/** How the surroundings are. */
export interface TestAppOptions extends Partial<Pick<OutputOptions, 'mode' | 'quiet' | 'color'>> {
  readonly terminal?: { readonly columns: number };
  readonly env?: Readonly<Record<string, string>>;
  /** Answers in order; none: nobody can be asked. `undefined` is Ctrl-C. */
  readonly answers?: readonly (string | boolean | undefined)[];
  readonly stdin?: readonly string[];
  readonly signal?: AbortSignal;
  /** What is typed, byte by byte. @default nothing, and no terminal */
  readonly input?: Streams['stdin'];
}

/** An app, and what became of it. */
export function testApp(options: TestAppOptions = {}) {
  const stdout = captured(options.terminal);
  const stderr = captured(options.terminal);
  const { mode = 'text', quiet = false, color = false, env = {}, answers, stdin = [] } = options;
  const asked: string[] = [];
  let status = 0;
  const lines = [...stdin];
  const left = [...(answers ?? [])];
  const answer = async <T>(question: string, option: string): Promise<T> => {
    if (answers === undefined) throw new UsageError(`Nobody can be asked here: ${question}`, `Answer with ${option}.`);
    asked.push(question);
    const next = left.shift();
    if (next === undefined) throw new Interrupted('Interrupted.');
    return next as T;
  };
  const prompt: Prompt = {
    possible: answers !== undefined,
    confirm: answer<boolean>,
    text: answer<string>,
    secret: answer<string>,
    lineOfStdin: async () => lines.shift() ?? '',
    restOfStdin: async () => lines.splice(0).join('\n'),
  };
  const app: App = {
    streams: {
      stdin: options.input ?? Object.assign(new PassThrough(), { isTTY: false }),
      stdout: stdout.stream,
      stderr: stderr.stream,
    },
    out: createOutput({ mode, quiet, color, stdout: stdout.stream, stderr: stderr.stream }),
    prompt,
    signal: options.signal ?? new AbortController().signal,
    env,
    config: undefined,
    begun: { change: false },
    trace: undefined,
    serve: async () => {},
    exit: (wanted) => {
      if (status === 0) status = wanted;
    },
  };
  return { app, stdout: stdout.text, stderr: stderr.text, asked, status: () => status };
}
