/** Readings that are shown together: `amt info`, `amt hw`, `amt features` … Settings among them can be set as options. */
import type { Capability, Value, ValueType } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Command, command, type Option } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { areaOf, nameOf, placeholder } from '../derive.ts';
import { type Failure, failureOf } from '../exit.ts';
import { changeOptions, targetOptions } from '../options.ts';
import { columnsOf, type View } from '../presentation.ts';
import { overMachines, type RunLimits } from '../run.ts';
import { openSession, type Session } from '../session.ts';
import { listLines, valueText } from '../values.ts';

type Readable = Extract<Capability, { value: ValueType }>;
type Setting = Extract<Capability, { kind: 'setting' }>;

/** The command of a view. */
export function viewCommand(name: string, view: View, table: ReadonlyMap<string, Capability>): Command {
  const entries = view.ids.flatMap((id) => {
    const entry = table.get(id);
    return entry === undefined || entry.kind === 'action' ? [] : [entry];
  });
  const settings = entries.filter((entry) => entry.kind === 'setting' && areaOf(entry) === name) as Setting[];
  const { wait: _, ...changing } = changeOptions;
  const switches = Object.fromEntries(
    settings.map((entry): [string, Option] => [
      nameOf(entry),
      { type: 'text', describe: `${entry.title}: ${placeholder(entry.value)}`, group: 'Set' },
    ]),
  );
  const [first] = settings;
  return command({
    usage: '<targets..>',
    describe: view.describe,
    examples: [
      [`${name} office-pc`, view.describe],
      [`${name} @lab --json`, 'The same of every machine with the tag lab, as JSON'],
      ...(first === undefined ? [] : ([[`${name} office-pc --${nameOf(first)} ${example(first)}`, 'Set it']] as const)),
    ],
    options: { ...targetOptions, ...(settings.length === 0 ? {} : { ...switches, ...changing }) },
    run: async (app, given) => {
      const { parseValue } = await import('@amtkit/core/automation');
      const typed = given as Readonly<Record<string, unknown>>;
      const wanted = settings.flatMap((entry) => {
        const text = typed[nameOf(entry)];
        return text === undefined ? [] : [{ entry, value: parseValue(entry.value, text, `--${nameOf(entry)}`) }];
      });
      const changes = wanted.length === 0 ? {} : { changes: typed };
      await using session = await openSession(app, given.targets, given, changes);
      if (wanted.length === 0) await show(app, session, entries, given);
      else await set(app, session, wanted, typed as Given);
    },
  });
}

type Given = RunLimits & { readonly yes?: boolean | undefined; readonly 'dry-run'?: boolean | undefined };

/** Reads everything of every machine. The log-in comes first, so that a refused one is not repeated for each reading. */
async function show(
  app: App,
  { fleet, machines }: Session,
  entries: readonly Readable[],
  given: RunLimits,
): Promise<void> {
  const ids = entries.map(({ id }) => id);
  const read = async (machine: string): Promise<Readonly<Record<string, Value | { error: Failure }>>> => {
    await fleet.machine(machine, { signal: app.signal });
    const answers = await fleet.readMany(machine, ids, { signal: app.signal });
    const failures = [...answers.values()].filter((answer) => answer instanceof Error);
    if (failures.length === answers.size && failures[0] !== undefined) throw failures[0];
    return Object.fromEntries(
      [...answers].map(([id, answer]) => [id, answer instanceof Error ? { error: failureOf(answer) } : answer]),
    );
  };
  const outcomes = await overMachines(app, machines, given, read);
  for (const [n, { machine, data }] of outcomes.entries()) {
    if (data === undefined) continue;
    if (machines.length > 1) app.out.line(`${n === 0 ? '' : '\n'}${app.out.style('bold', machine)}`);
    for (const line of viewLines(entries, data, app.out.width)) app.out.line(line);
  }
}

/** One line for each reading the machine has, lists as tables below. */
function viewLines(
  entries: readonly Readable[],
  data: Readonly<Record<string, Value | { error: Failure }>>,
  width: number | undefined,
): string[] {
  const has = entries.filter(({ id }) => data[id] !== undefined && data[id] !== '');
  const isTable = ({ id }: Readable): boolean => {
    const value = data[id];
    return Array.isArray(value) && value.some((item) => typeof item === 'object');
  };
  const indent = Math.max(0, ...has.filter((entry) => !isTable(entry)).map(({ title }) => title.length)) + 2;
  return has.flatMap((entry) => {
    const value = data[entry.id] as Value | { error: Failure };
    if (isFailed(value)) return [`${entry.title.padEnd(indent)}(${value.error.message})`];
    if (!isTable(entry)) return [`${entry.title.padEnd(indent)}${valueText(entry, value)}`];
    const lines = listLines(value as readonly object[], columnsOf(entry.id), width && width - 2);
    return [`${entry.title}:`, ...lines.map((line) => `  ${line}`)];
  });
}

async function set(
  app: App,
  { fleet, machines }: Session,
  wanted: readonly { readonly entry: Setting; readonly value: Exclude<Value, undefined> }[],
  given: Given,
): Promise<void> {
  const title = wanted.map(({ entry, value }) => `${entry.title} to ${valueText(entry, value)}`).join(', ');
  const effect = wanted.some(({ entry }) => entry.effect !== 'harmless') ? 'disruptive' : 'harmless';
  const dryRun = given['dry-run'] ?? false;
  if (!(await confirmed(app, { title, effect, machines, yes: given.yes, dryRun }))) return;
  const write = async (machine: string) => {
    const results = [];
    for (const { entry, value } of wanted) {
      results.push(await fleet.run(machine, entry.id, value, { by: 'cli', dryRun, signal: app.signal }));
    }
    return results;
  };
  await overMachines(app, machines, given, write, ({ data }) => {
    for (const { message } of data) app.out.line(message);
  });
}

function isFailed(value: Value | { error: Failure }): value is { error: Failure } {
  return typeof value === 'object' && 'error' in value;
}

function example({ value }: Setting): string {
  if (value.type === 'flag') return 'on';
  if (value.type === 'timestamp') return '07:00';
  return value.type === 'one-of' ? (value.options[0] ?? '') : 'office';
}
