/** Whole command lines in the process of a test, where nobody can be asked. */
import { PassThrough } from 'node:stream';
import { run } from '../program.ts';
import { captured } from './app.ts';

/** What a command line is given. */
export interface CommandLineOptions {
  readonly stdin?: string;
  /** Beside the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs a command line, such as `power state pc`; words with blanks come as a list. */
export async function amt(line: string | readonly string[], options: CommandLineOptions = {}) {
  const { stdin = '', env = {}, signal = new AbortController().signal } = options;
  const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const stdout = captured();
  const stderr = captured();
  const input = new PassThrough();
  input.end(stdin);
  const status = await run(words, {
    stdin: input,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { ...process.env, ...env },
    signal,
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}
