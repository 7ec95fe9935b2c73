/**
 * Questions to the person at the terminal, on stderr. Where there is no terminal, or in a build (`CI`), nobody is asked:
 * the command ends with a sentence that names the option which answers.
 */
import type { Readable } from 'node:stream';
import { UsageError } from './exit.ts';

/** Nothing more will be typed: it ends a question as Ctrl-C does. */
const CTRL_D = '\u0004';

/** Somebody pressed Ctrl-C at a question. Nothing was changed. */
export class Interrupted extends Error {
  readonly status = 130;
  readonly code = 'CANCELLED';
}

/** Somebody answered no. Nothing was done, and that is a success. */
export class Declined extends Error {}

/** Asks questions. */
export interface Prompt {
  /** Whether there is somebody to ask. */
  readonly possible: boolean;
  /** @param option answers in place of a person @throws UsageError, Interrupted */
  confirm(question: string, option: string): Promise<boolean>;
  /** @param proposal what Enter alone means @throws UsageError, Interrupted */
  text(question: string, option: string, proposal?: string): Promise<string>;
  /** Not shown while it is typed. @throws UsageError, Interrupted */
  secret(question: string, option: string): Promise<string>;
  /** The next line of stdin, for options that end in `-stdin`. @throws UsageError where there is none */
  lineOfStdin(option: string): Promise<string>;
  /** All of stdin that was not taken as lines. */
  restOfStdin(): Promise<string>;
}

/** Where questions go. */
export interface PromptStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Prompts over streams. The package that draws them is loaded with the first question. */
export function createPrompt({ stdin, stderr, env }: PromptStreams): Prompt {
  const possible = stdin.isTTY === true && stderr.isTTY === true && !env.CI;
  const streams = { input: stdin, output: stderr };
  let lines: Promise<string[]> | undefined;

  const ask = async <T>(
    question: string,
    option: string,
    show: (clack: typeof import('@clack/prompts')) => Promise<T | symbol>,
  ): Promise<T> => {
    if (!possible) {
      throw new UsageError(`Nobody can be asked here: ${question.replace(/[?:]$/, '')}?`, `Answer it with ${option}.`);
    }
    const clack = await import('@clack/prompts');
    clack.updateSettings({ aliases: { [CTRL_D]: 'cancel' } });
    const answer = await show(clack);
    if (typeof answer === 'symbol') throw new Interrupted('Interrupted. Nothing was changed.');
    return answer as T;
  };

  return {
    possible,
    confirm: (message, option) =>
      ask<boolean>(message, option, ({ confirm }) => confirm({ message, initialValue: false, ...streams })),
    text: (message, option, proposal) =>
      ask<string>(message, option, ({ text }) =>
        text({
          message,
          ...(proposal === undefined ? {} : { placeholder: proposal, defaultValue: proposal }),
          validate: (value) => (value || proposal !== undefined ? undefined : 'Please type something.'),
          ...streams,
        }),
      ),
    secret: (message, option) =>
      ask<string>(message, option, ({ password }) =>
        password({ message, mask: '', validate: (value) => (value ? undefined : 'Please type it.'), ...streams }),
      ),
    lineOfStdin: async (option) => {
      lines ??= linesOf(stdin);
      const line = (await lines).shift();
      if (line === undefined || line === '') throw new UsageError(`--${option} found no line on stdin.`);
      return line;
    },
    restOfStdin: async () => {
      lines ??= linesOf(stdin);
      return (await lines).splice(0).join('\n');
    },
  };
}

async function linesOf(stream: Readable): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
}
