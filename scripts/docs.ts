/**
 * Writes docs/capabilities.md from the capability table; with `--check` only says whether the page is stale.
 *
 *     node scripts/docs.ts [--check]
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Capability, ValueType } from '@amtkit/core/automation';

/** The page: one table for each area, in the order of the entries. */
export function capabilitiesPage(capabilities: readonly Capability[]): string {
  const areas = [...new Set(capabilities.map(area))];
  return [
    '# What a machine can say and do',
    '',
    'Written by `node scripts/docs.ts` from the capability table in `packages/core/src`; change the table, not this page.',
    '',
    'A *reading* is a value, a *setting* a value that can be changed, an *action* something to do. `TARGET` is a name from the',
    'machine book, a tag such as `@lab`, or an address; `<machine>` is the name. Effects: *harmless* changes nothing that anybody',
    'would miss, *disruptive* may interrupt whoever works at the machine, *destructive* may lose what they have not saved.',
    '',
    ...areas.flatMap((name) => [`## ${name}`, '', ...table(capabilities.filter((entry) => area(entry) === name)), '']),
  ].join('\n');
}

function area({ id }: Capability): string {
  return id.slice(0, id.indexOf('.'));
}

function table(entries: readonly Capability[]): string[] {
  const rows = entries.map((entry) => [
    `\`${entry.id}\``,
    entry.kind,
    entry.title,
    entry.kind === 'action' ? inputs(entry.input) : typeName(entry.value),
    entry.kind === 'reading' ? '' : entry.effect,
    commandLine(entry) === '' ? '' : `\`${commandLine(entry)}\``,
    topics(entry)
      .map((topic) => `\`${topic}\``)
      .join('<br>'),
  ]);
  const head = ['Id', 'Kind', 'What', 'Value or input', 'Effect', 'Shell', 'MQTT'];
  return [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
}

/** Commands that are written by hand: what goes on after a command has ended lasts as long, and a picture goes into a file. */
const BY_HAND: Readonly<Record<string, string>> = {
  'media.attach': 'amt ider serve TARGET IMAGE',
  'reimage.start': 'amt reimage TARGET --iso IMAGE',
  'screen.shot': 'amt kvm shot TARGET FILE',
};

function commandLine(entry: Capability): string {
  if (['media', 'reimage', 'screen'].includes(area(entry))) return BY_HAND[entry.id] ?? '';
  const command = `amt ${entry.id.replace('.', ' ')} TARGET`;
  if (entry.kind === 'reading') return command;
  if (entry.kind === 'setting') return `${command} [${placeholder(entry.value)}]`;
  const options = Object.entries(entry.input).map(([name, type]) => {
    const option = type.type === 'flag' ? `--${name}` : `--${name} ${placeholder(type)}`;
    return type.optional ? `[${option}]` : option;
  });
  return [command, ...options].join(' ');
}

function topics(entry: Capability): string[] {
  if (entry.kind === 'action' && Object.values(entry.input).some((type) => type.type === 'secret' && !type.once))
    return [];
  const path = entry.id.replace('.', '/');
  if (entry.kind === 'action') return [`amtkit/<machine>/do/${path}`];
  const topic = `amtkit/<machine>/${path}`;
  return entry.kind === 'setting' ? [topic, `${topic}/set`] : [topic];
}

function inputs(input: Readonly<Record<string, ValueType & { readonly optional?: true }>>): string {
  return Object.entries(input)
    .map(([name, type]) => `${name}: ${typeName(type)}${type.optional ? ', optional' : ''}`)
    .join('; ');
}

function typeName(type: ValueType): string {
  switch (type.type) {
    case 'one-of':
      return type.options.map((option) => `\`${option}\``).join(', ');
    case 'integer':
    case 'number': {
      const { min, max, unit } = type;
      const range = min === undefined && max === undefined ? '' : `, ${min ?? '…'} to ${max ?? '…'}`;
      return `${type.type}${unit === undefined ? '' : ` in ${unit}`}${range}`;
    }
    case 'record':
      return Object.entries(type.fields)
        .map(([name, field]) => `\`${name}\`: ${typeName(field)}`)
        .join('; ');
    case 'timestamp':
      return type.none === true ? 'timestamp or `none`' : type.type;
    default:
      return type.type;
  }
}

function placeholder(type: ValueType): string {
  switch (type.type) {
    case 'flag':
      return 'on|off';
    case 'one-of':
      return type.options.join('|');
    case 'timestamp':
      return type.none === true ? 'TIME|none' : 'TIME';
    default:
      return type.type.toUpperCase();
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { capabilities } = await import('@amtkit/core/automation');
  const file = fileURLToPath(new URL('../docs/capabilities.md', import.meta.url));
  const page = capabilitiesPage(capabilities);
  if (!argv.includes('--check')) {
    writeFileSync(file, page);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== page) {
    console.log('docs/capabilities.md is stale; `npm run docs` writes it.');
    process.exitCode = 1;
  }
}
