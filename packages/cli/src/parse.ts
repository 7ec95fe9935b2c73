/** One command's words, parsed: options and positionals, checked as far as the command says what it takes. */
import yargs from 'yargs';
import type { Command, Options } from './command.ts';
import { UsageError } from './exit.ts';
import { globalOptions } from './options.ts';
import { positionalsOf } from './usage.ts';

/** What was typed behind a command. @throws UsageError */
export async function parseWords(
  name: readonly string[],
  words: readonly string[],
  command: Command,
): Promise<Record<string, unknown>> {
  const options: Options = { ...command.options, ...globalOptions };
  const positionals = positionalsOf(command.usage);
  let typed: Record<string, unknown> = {};
  const parser = yargs([...words])
    .scriptName(['amt', ...name].join(' '))
    .locale('en')
    .version(false)
    .help(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'camel-case-expansion': false,
    })
    .fail((message, error) => {
      throw message ? sentenceOf(message, name, command, words) : error;
    })
    .command(
      // The parser wants the list last; whoever has a value behind it takes it off the list.
      `$0 ${command.usage.replace(/(\.\.[>\]]) .*$/, '$1')}`.trim(),
      false,
      (inner) => {
        for (const [option, { type, alias }] of Object.entries(options)) {
          if (positionals.has(option)) continue;
          const shared = alias === undefined ? {} : { alias };
          if (type === 'flag') inner.option(option, { type: 'boolean', ...shared });
          else inner.option(option, { type: 'string', requiresArg: true, ...shared });
        }
        return inner;
      },
      (argv) => {
        typed = argv;
      },
    );
  await parser.parseAsync();
  return checked(options, positionals, typed);
}

function checked(
  options: Options,
  positionals: ReadonlySet<string>,
  typed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    // A lone dash, for stdin, comes out of the parser as true.
    const all = positionals.has(name) && typed[name] === true ? '-' : typed[name];
    // An option that stands there twice: the last one counts.
    const value = option.type !== 'texts' && Array.isArray(all) ? all.at(-1) : all;
    given[name] = option.type === 'texts' ? (Array.isArray(all) ? all.map(String) : []) : value;
    if (option.choices !== undefined && typeof value === 'string' && !option.choices.includes(value)) {
      const shown = positionals.has(name) ? name : `--${name}`;
      throw new UsageError(`${shown} takes one of ${option.choices.join(', ')}, not "${value}".`);
    }
  }
  return given;
}

/** The parser's complaint as a sentence about this command. */
function sentenceOf(message: string, name: readonly string[], command: Command, words: readonly string[]): UsageError {
  const line = ['amt', ...name].join(' ');
  const hint = `${line} --help says more.`;
  if (message.startsWith('Not enough non-option arguments')) {
    return new UsageError(`Something is missing: ${`${line} ${command.usage}`.trim()}`, hint);
  }
  const [, list] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (list !== undefined) {
    const unknown = list.split(', ').map((word) => asTyped(word, words));
    return new UsageError(`${line} does not know ${unknown.join(', ')}.`, hint);
  }
  const [, missing] = /^Not enough arguments following: (.*)$/s.exec(message) ?? [];
  if (missing !== undefined) return new UsageError(`--${missing} needs a value.`, hint);
  return new UsageError(`${message.replace(/\.$/, '')}.`, hint);
}

/** A name with the dashes with which it was typed. */
function asTyped(name: string, words: readonly string[]): string {
  return words.find((word) => word === `--${name}` || word.startsWith(`--${name}=`) || word === `-${name}`) ?? name;
}
