/** The command line as a whole: which command is meant, what was typed for it, and what it comes to. */
import { once } from 'node:events';
import type { App, Interruption, Streams } from './app.ts';
import type { Command, Group } from './command.ts';
import { findEntry, sections } from './commands.ts';
import { afterwards, type ExitStatus, statusOf, UsageError } from './exit.ts';
import { commandHelp, groupHelp, overview, shortHelp } from './help.ts';
import { connectionOptions, globalOptions, targetOptions } from './options.ts';
import { createOutput, failed, type Output, type OutputOptions } from './output.ts';
import { parseWords } from './parse.ts';
import { createPrompt, Declined, Interrupted } from './prompt.ts';
import { describeAdded } from './usage.ts';

/** The process around the program. */
export interface Surroundings extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its reason is an {@link Interruption}. */
  readonly signal: AbortSignal;
}

/** Runs a command line and returns how it ended. Everything that was printed has left by then. */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const out = createOutput(outputOptions(words, around));
  let status = 0;
  let serving = false;
  const app: App = {
    out,
    prompt: createPrompt(around),
    streams: around,
    signal: around.signal,
    env: around.env,
    config: undefined,
    trace: has(words, 'verbose', 'v') ? (line) => out.warn(line) : undefined,
    begun: { change: false },
    serve: async () => {
      serving = true;
      if (!around.signal.aborted) await once(around.signal, 'abort');
    },
    exit: (wanted) => {
      if (status === 0) status = wanted;
    },
  };
  try {
    await dispatch(words, app, around);
  } catch (error) {
    status = explainFailure(error, out, app.signal);
  }
  if (app.signal.aborted && !serving) {
    status = (app.signal.reason as Interruption).status;
    out.warn(`${status === 130 ? 'Interrupted' : 'Terminated'}.${afterwards(app)}`);
  }
  await out.end();
  return status;
}

/** Takes down what was thrown, unless it is the end that somebody asked for. */
function explainFailure(error: unknown, out: Output, signal: AbortSignal): ExitStatus {
  if (error instanceof Declined) {
    out.line('Nothing done.');
    return 0;
  }
  if (error instanceof Interrupted) {
    out.warn(error.message);
    return error.status;
  }
  if (signal.aborted) return 0;
  const result = failed(null, error);
  if (result.ok) return 0;
  out.result(result);
  return statusOf(result.error);
}

async function dispatch(words: readonly string[], app: App, around: Surroundings): Promise<void> {
  const { stdout, stderr, env } = around;
  const width = Math.min(100, stdout.columns ?? (Number(env.COLUMNS) || 80));
  const wantsHelp = has(words, 'help', 'h');
  const at = wordIndex(words, 0);
  const name = words[at];
  if (name === 'help') return await dispatch([...words.toSpliced(at, 1), '--help'], app, around);
  if (wantsHelp) app.out.stream();
  if (name === undefined) {
    if (wantsHelp) return void stdout.write(`${overview(width)}\n`);
    if (words.length > 0) throw new UsageError('There is no command.', 'amt --help lists them.');
    stderr.write(`${shortHelp}\n`);
    return app.exit(2);
  }
  refusePassword(words, name);
  const rest = words.toSpliced(at, 1);
  const entry = findEntry(name);
  const added = async (): Promise<Command | Group | undefined> =>
    await (await import('./added.ts')).withAdded(name, optionOf(words, 'config'));
  let loaded = entry === undefined ? await added() : await entry.load();
  if (loaded === undefined) {
    const names = sections.flatMap(({ entries }) => entries.map(({ name }) => name));
    throw await unknownCommand(`amt has no command ${name}.`, name, names, 'amt');
  }
  if (!('commands' in loaded)) return await runCommand([name], rest, loaded, app, { stdout, width });
  const second = wordIndex(rest, at);
  const isMissing = findCommand(loaded, rest[second]) === undefined;
  // A word behind a view is a machine, unless a plugin makes a command of it.
  if (entry?.derived === true && isMissing) loaded = (await added().catch(() => undefined)) ?? loaded;
  if (!('commands' in loaded)) return await runCommand([name], rest, loaded, app, { stdout, width });
  const found = findCommand(loaded, rest[second]);
  if (found !== undefined) {
    return await runCommand([name, found.word], rest.toSpliced(second, 1), found.command, app, { stdout, width });
  }
  const view = loaded.commands.get('');
  if (wantsHelp && rest[second] === undefined) {
    return void stdout.write(`${groupHelp(name, entry?.describe ?? describeAdded(name), loaded, width)}\n`);
  }
  if (view !== undefined) return await runCommand([name], rest, view, app, { stdout, width });
  const names = [...loaded.commands.keys()];
  const typed = rest[second];
  if (typed === undefined) throw new UsageError(`amt ${name} needs one of: ${names.join(', ')}.`);
  throw await unknownCommand(`amt ${name} has no command ${typed}.`, typed, names, `amt ${name}`);
}

async function runCommand(
  name: readonly string[],
  words: readonly string[],
  command: Command,
  app: App,
  { stdout, width }: { readonly stdout: NodeJS.WriteStream; readonly width: number },
): Promise<void> {
  if (has(words, 'help', 'h')) return void stdout.write(`${commandHelp(name, command, width)}\n`);
  const typed = await parseWords(name, words, command);
  const { config } = typed;
  await command.run({ ...app, config: typeof config === 'string' ? config : undefined }, typed);
}

function findCommand({ commands }: Group, word: string | undefined): { word: string; command: Command } | undefined {
  if (word === undefined || word === '') return undefined;
  for (const [name, command] of commands) {
    if (name === word || command.aliases?.includes(word)) return { word: name, command };
  }
  return undefined;
}

/** Where the first word stands that is no option and no value of one, from `start`; the length where there is none. */
function wordIndex(words: readonly string[], start: number): number {
  const options: Readonly<Record<string, { readonly type: string } | undefined>> = {
    ...targetOptions,
    ...connectionOptions,
    ...globalOptions,
  };
  let i = start;
  while (i < words.length) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) break;
    i += options[word.replace(/^--/, '')]?.type === 'text' ? 2 : 1;
  }
  return i;
}

function outputOptions(words: readonly string[], { stdout, stderr }: Surroundings): OutputOptions {
  const color = has(words, 'no-color') ? false : has(words, 'color') ? true : undefined;
  const mode = has(words, 'jsonl') ? 'jsonl' : has(words, 'json') ? 'json' : 'text';
  return { mode, quiet: has(words, 'quiet', 'q'), color, stdout, stderr };
}

/** Whether a flag stands among the words: long, or as a letter behind one dash. */
function has(words: readonly string[], option: string, letter?: string): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some(
    (word) =>
      word === `--${option}` ||
      word === `--${option}=true` ||
      (letter !== undefined && /^-[a-z]+$/.test(word) && word.includes(letter)),
  );
}

/** The value of an option among the words. */
function optionOf(words: readonly string[], option: string): string | undefined {
  const at = words.lastIndexOf(`--${option}`);
  if (at >= 0) return words[at + 1];
  return words.findLast((word) => word.startsWith(`--${option}=`))?.slice(option.length + 3);
}

/** A password on the command line can be read by every program of this computer. */
function refusePassword(words: readonly string[], command: string): void {
  if (command === 'simulate' || !words.some((word) => /^--(new-)?password(=|$)/.test(word))) return;
  throw new UsageError(
    'A password does not belong on the command line, where every program of this computer can read it.',
    'Put it into the book, into AMT_PASSWORD, or give it on stdin with --password-stdin; at a terminal you are asked.',
  );
}

async function unknownCommand(
  sentence: string,
  typed: string,
  names: readonly string[],
  where: string,
): Promise<UsageError> {
  const { nearest } = await import('@amtkit/core/automation');
  const meant = nearest(typed, names);
  return new UsageError(
    sentence,
    meant === undefined ? `${where} --help lists what there is.` : `Did you mean ${meant}?`,
  );
}
