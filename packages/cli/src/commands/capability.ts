/** Runs a command that was derived from a capability: reads it, sets it, or does it. */
import type { ActionResult, Capability, Value, ValueType } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { confirmed } from '../confirm.ts';
import { type DerivedArguments, type DerivedCommand, inputsOf, splitTargets } from '../derive.ts';
import { UsageError } from '../exit.ts';
import { columnsOf } from '../presentation.ts';
import { overMachines } from '../run.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';
import { listLines, timeText, valueText } from '../values.ts';

/** Runs it with what was typed. */
export async function runDerived(
  app: App,
  command: DerivedCommand,
  capability: Capability,
  typed: Readonly<Record<string, unknown>>,
): Promise<void> {
  const given = typed as DerivedArguments;
  const { targets, value } = splitTargets(command, given.targets);
  if (capability.kind === 'action') return await act(app, command, given, inputsOf(command, given));
  if (value === undefined) return await show(app, capability, given, targets);
  const { parseValue } = await import('@amtkit/core/automation');
  const parsed = parseValue(capability.value, value, command.id);
  await change(app, command, `${capability.title} to ${valueText(capability, parsed)}`, given, targets, parsed);
}

/** Reads it from every machine. */
async function show(
  app: App,
  capability: Extract<Capability, { value: ValueType }>,
  given: DerivedArguments,
  targets: readonly string[],
): Promise<void> {
  const { id, title } = capability;
  const { capabilities } = await loadAutomation();
  const isAdded = !capabilities.some((own) => own.id === id);
  await using session = await openSession(app, targets, given, isAdded ? { changes: given } : {});
  const { machines, fleet } = session;
  const read = async (machine: string): Promise<Readonly<Record<string, Value>>> => {
    const value = await fleet.read(machine, id, { signal: app.signal });
    if (value === undefined) {
      const { NotSupported } = await import('@amtkit/core');
      throw new NotSupported(`${machine} does not have this: ${title}.`);
    }
    return { [id]: value };
  };
  const outcomes = await overMachines(app, machines, given, read);
  const read_ = outcomes.flatMap(({ machine, data }) => (data === undefined ? [] : [{ machine, value: data[id] }]));
  printValues(app, capability, read_, machines.length > 1);
}

/** One value bare, several as a table; lists as tables of their own. */
function printValues(
  app: App,
  capability: Extract<Capability, { value: ValueType }>,
  values: readonly { readonly machine: string; readonly value: Value }[],
  several: boolean,
): void {
  const { id, title } = capability;
  if (capability.value.type === 'list') {
    for (const { machine, value } of values) {
      if (several) app.out.line(`${machine}:`);
      const items = value as readonly (string | object)[];
      if (items.length === 0) app.out.say(`${machine}: none.`);
      else for (const line of listLines(items, columnsOf(id), app.out.width)) app.out.line(line);
    }
  } else if (several) {
    app.out.table(
      ['machine', title],
      values.map(({ machine, value }) => [machine, valueText(capability, value)]),
    );
  } else for (const { value } of values) app.out.line(valueText(capability, value));
}

/** Does it on every machine. */
async function act(
  app: App,
  command: DerivedCommand,
  given: DerivedArguments,
  inputs: Record<string, unknown>,
): Promise<void> {
  for (const { input, option, type, required } of command.fields) {
    if (type.type !== 'secret' || inputs[input] !== undefined) continue;
    if (given[`${option}-stdin`] === true && given['password-stdin'] === true) {
      throw new UsageError(`Only one of --password-stdin and --${option}-stdin can have stdin.`);
    }
    const what = option.replaceAll('-', ' ');
    if (given[`${option}-stdin`] === true) inputs[input] = await app.prompt.lineOfStdin(`${option}-stdin`);
    else if (required) {
      inputs[input] = await app.prompt.secret(
        `${what[0]?.toUpperCase()}${what.slice(1)}:`,
        command.options[option] === undefined ? `--${option}-stdin` : `--${option}`,
      );
    }
  }
  await change(app, command, command.describe, given, given.targets, inputs);
}

async function change(
  app: App,
  command: DerivedCommand,
  title: string,
  given: DerivedArguments,
  targets: readonly string[],
  input: unknown,
): Promise<void> {
  await using session = await openSession(app, targets, given, { changes: given });
  const { machines } = session;
  const plan = { title, effect: command.effect, machines, yes: given.yes, dryRun: given['dry-run'] };
  if (!(await confirmed(app, plan))) return;
  await overMachines(app, machines, given, runner(app, session, command.id, input, given), ({ machine, data }) => {
    app.out.line(data.message);
    for (const line of dataLines(data.data)) app.out.line(`  ${line}`);
    void machine;
  });
}

/** Runs an id on a machine as this command line was told to. */
function runner(
  app: App,
  { fleet }: Session,
  id: string,
  input: unknown,
  given: Pick<DerivedArguments, 'dry-run' | 'wait'>,
): (machine: string) => Promise<ActionResult> {
  return (machine) =>
    fleet.run(machine, id, input, {
      by: 'cli',
      dryRun: given['dry-run'] ?? false,
      wait: given.wait ?? false,
      signal: app.signal,
    });
}

/** What an action returned, as lines. */
function dataLines(data: unknown): string[] {
  if (data === undefined || data === null) return [];
  if (typeof data !== 'object') return [String(data)];
  return Object.entries(data)
    .filter(([, value]) => value !== undefined && (typeof value !== 'object' || value instanceof Date))
    .map(([name, value]) => `${name}: ${value instanceof Date ? timeText(value) : value}`);
}
