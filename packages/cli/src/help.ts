/** Help texts. */
import type { Command, Group, Option } from './command.ts';
import { sections } from './commands.ts';
import { exits } from './exit.ts';
import { globalOptions } from './options.ts';
import { positionalsOf, withChoices } from './usage.ts';
import { wrapped } from './wrap.ts';

/** The whole text, without colours; `width` is that of the terminal. */
export function overview(width: number): string {
  const names = sections.flatMap(({ entries }) => entries.map(({ name }) => name.length));
  const indent = Math.max(...names) + 4;
  return [
    'Manages Intel AMT (vPro) PCs out of band: find, read, power, boot and install them.',
    '',
    'Usage: amt <command> [targets..] [options]',
    '',
    'Examples:',
    ...examples.map(([line, does]) => `  ${line.padEnd(40)}${does}`),
    '',
    ...sections.flatMap(({ title, entries }) => [
      `${title}:`,
      ...entries.map(({ name, describe }) => `  ${name.padEnd(indent - 2)}${describe}`),
      '',
    ]),
    'Targets: a name of the machine book, a tag (@lab), @all, or an address (host,',
    'host:wsman, host:wsman:redirection). Several: one after another, or with commas.',
    '',
    'Options of every command:',
    '  --json          One JSON document',
    '  --jsonl         One JSON object on each line',
    '  --quiet, -q     Only the result',
    '  --verbose, -v   What is sent, without secrets',
    '  --no-color      No colours',
    '  --config FILE   The machine book to use',
    '',
    'Environment:',
    '  AMT_PASSWORD    The password, where the book has none',
    '  AMTKIT_CONFIG   The machine book',
    '  AMTKIT_STATE    What was learned: certificates, versions',
    '  NO_COLOR        No colours',
    '',
    'Exit codes:',
    ...exits.map(({ status, meaning }) => `  ${String(status).padStart(3)}  ${meaning}`),
    '',
    'amt <command> --help says more, with examples.',
  ]
    .flatMap((line) => wrapped(line, width))
    .join('\n');
}

/** The help of a group without a command, and of what the group does by itself. */
export function groupHelp(name: string, describe: string, { commands }: Group, width: number): string {
  const rows = [...commands].flatMap(([word, command]): [string, string][] => {
    const aliases = command.aliases?.length ? ` (also ${command.aliases.join(', ')})` : '';
    return word === '' ? [] : [[`${word} ${command.usage}`, `${command.describe}${aliases}`]];
  });
  const list = filled([...columns('Commands', rows, 36), '', `amt ${name} <command> --help says more.`], width);
  const view = commands.get('');
  return `${view === undefined ? `${describe}.` : commandHelp([name], view, width)}\n${list}`;
}

/** The help of a command: what it does, examples, what it takes. */
export function commandHelp(name: readonly string[], command: Command, width: number): string {
  const positionals = positionalsOf(command.usage);
  const options = Object.entries<Option>({ ...command.options, ...globalOptions });
  const groups = new Map<string, [string, Option][]>([['Options', []]]);
  for (const [option, definition] of options) {
    if (positionals.has(option)) continue;
    const { group = 'Options' } = definition;
    groups.set(group, [...(groups.get(group) ?? []), [option, definition]]);
  }
  const takes = [...positionals].flatMap((word) => {
    const definition = command.options[word];
    return definition === undefined ? [] : [[word, withChoices(definition)] as const];
  });
  const lines = [
    `${command.describe}.`,
    ...(command.note === undefined ? [] : command.note.split('\n')),
    '',
    `Usage: ${['amt', ...name, command.usage].join(' ').trim()} [options]`,
    ...columns(
      'Examples',
      command.examples.map(([line, does]) => [`amt ${line}`, does]),
      46,
    ),
    ...columns('Takes', takes, 24),
    ...[...groups].flatMap(([title, members]) => columns(title, members.map(optionRow), 24)),
  ];
  return filled(lines, width);
}

function filled(lines: readonly (string | Line)[], width: number): string {
  return lines
    .flatMap((line) => (typeof line === 'string' ? wrapped(line, width) : wrapped(line.text, width, line.column)))
    .join('\n');
}

/** A line with the column where it goes on when it is too long. */
interface Line {
  readonly text: string;
  readonly column: number;
}

/** Rows of two columns under a heading; what is long in the first pushes the second below. */
function columns(title: string, rows: readonly (readonly [string, string])[], most: number): (string | Line)[] {
  if (rows.length === 0) return [];
  const column = Math.min(most, Math.max(...rows.map(([first]) => first.length)) + 4);
  return [
    '',
    `${title}:`,
    ...rows.flatMap(([first, second]): (string | Line)[] =>
      first.length > column - 4
        ? [`  ${first}`, { text: ' '.repeat(column) + second, column }]
        : [{ text: `  ${first.padEnd(column - 2)}${second}`, column }],
    ),
  ];
}

function optionRow([name, option]: readonly [string, Option]): [string, string] {
  const letter = option.alias === undefined ? '' : `, -${option.alias}`;
  return [`--${name}${letter}${option.type === 'flag' ? '' : ' VALUE'}`, withChoices(option)];
}

/** What `amt` alone prints. */
export const shortHelp = [
  'Usage: amt <command> [targets..] [options]',
  '',
  ...['scan 192.168.1.0/24', 'info 192.168.1.30', 'power on office-pc'].map((line) => `  amt ${line}`),
  '',
  'amt --help lists all commands.',
].join('\n');

const examples = [
  ['amt scan 192.168.1.0/24 --add', 'Find machines, add them to the book'],
  ['amt power on office-pc --wait', 'Switch one on'],
  ['amt boot pxe @lab --now --stagger 2s', 'Boot a room from the network'],
  ['amt sol office-pc', 'Work on its serial port'],
  ['amt reimage office-pc --iso debian.iso', 'Install it anew'],
] as const;
