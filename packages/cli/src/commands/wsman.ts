/** `amt wsman`: WS-Management as it is, for what no other command says. No plugin and no permit looks at it. */
import type { RawCall, RawElement, RawFields, WsmanClient } from '@amtkit/core';
import type { App } from '../app.ts';
import { type Arguments, type Command, command, type Group, type Options } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { UsageError } from '../exit.ts';
import { changeOptions, targetOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { openSession } from '../session.ts';

const { targets: _targets, ...several } = targetOptions;
const { wait: _wait, plugins: _plugins, ...changes } = changeOptions;

const reading = {
  target: { type: 'text', describe: 'Name, tag such as @lab, @all, or address; several with commas' },
  class: { type: 'text', describe: 'Class, such as AMT_GeneralSettings' },
  select: { type: 'text', describe: 'Selectors: Key=Value, several with commas' },
  xml: { type: 'flag', describe: 'Print XML' },
  ...several,
} as const satisfies Options;

const changing = {
  values: { type: 'texts', describe: 'Name=Value' },
  stdin: { type: 'flag', describe: 'Read names and values from stdin, as a JSON object' },
  ...changes,
  ...reading,
} as const satisfies Options;

const UNGUARDED = 'It goes straight to the firmware: no plugin and no permit is asked.';

/** The commands. */
export const wsman: Group = {
  commands: new Map<string, Command>([
    [
      'get',
      command({
        usage: '<target> <class>',
        describe: 'Read one instance',
        examples: [
          ['wsman get office-pc AMT_GeneralSettings', 'The only instance of a class'],
          ['wsman get office-pc CIM_SoftwareIdentity --select InstanceID=AMT --xml', 'One of several, as XML'],
        ],
        options: reading,
        run: async (app, given) => {
          const { getRaw } = await import('@amtkit/core');
          await ask(app, given, getRaw);
        },
      }),
    ],
    [
      'enum',
      command({
        usage: '<target> <class>',
        describe: 'Read all instances',
        examples: [['wsman enum office-pc CIM_BootSourceSetting', 'Every boot source']],
        options: reading,
        run: async (app, given) => {
          const { enumerateRaw } = await import('@amtkit/core');
          await ask(app, given, enumerateRaw);
        },
      }),
    ],
    [
      'put',
      command({
        usage: '<target> <class> [values..]',
        describe: 'Change properties of an instance; the others stay',
        note: UNGUARDED,
        examples: [
          ['wsman put office-pc AMT_GeneralSettings HostName=front-desk', 'One property'],
          ['wsman put office-pc AMT_GeneralSettings --stdin --yes < new.json', 'Several, from a script'],
        ],
        options: changing,
        run: async (app, given) => {
          const { putRaw } = await import('@amtkit/core');
          await change(app, given, `Put ${given.class}`, (client, call, fields) => putRaw(client, call, fields));
        },
      }),
    ],
    [
      'invoke',
      command({
        usage: '<target> <class> <method> [values..]',
        describe: 'Call a method',
        note: UNGUARDED,
        examples: [
          ['wsman invoke office-pc AMT_TimeSynchronizationService GetLowAccuracyTimeSynch', 'Without input'],
          ['wsman invoke office-pc IPS_OptInService SendOptInCode OptInCode=123456 --yes', 'From a script'],
        ],
        options: { method: { type: 'text', describe: 'Method' }, ...changing },
        run: async (app, given) => {
          const { invokeRaw } = await import('@amtkit/core');
          const method = given.method ?? '';
          await change(app, given, `Call ${given.class}.${method}`, (client, call, fields) =>
            invokeRaw(client, { ...call, method }, fields),
          );
        },
      }),
    ],
  ]),
};

type Reading = Arguments<typeof reading>;
type Changing = Arguments<typeof changing>;

/** Asks every machine, and prints the elements that come back. */
async function ask(
  app: App,
  given: Reading,
  work: (client: WsmanClient, call: RawCall) => Promise<readonly RawElement[]>,
): Promise<void> {
  const { plainElement } = await import('@amtkit/core');
  const { linesOf, selectorsOf, xmlOf } = await import('../wsman-text.ts');
  const call = { className: className(given), selectors: selectorsOf(given.select), signal: app.signal };
  const xml = given.xml ?? false;
  await using session = await openSession(app, [given.target ?? ''], given);
  const elements = new Map<string, readonly RawElement[]>();
  const read = async (name: string): Promise<unknown> => {
    const machine = await session.fleet.machine(name, { signal: app.signal });
    const found = await work(machine.wsman, call);
    elements.set(name, found);
    return found.map(({ name, element }) => (xml ? { xml: xmlOf(name, element) } : plainElement(element)));
  };
  await overMachines(app, session.machines, given, read, ({ machine }) => {
    const found = elements.get(machine) ?? [];
    if (session.machines.length > 1) app.out.line(app.out.style('bold', machine));
    if (found.length === 0) app.out.say(`${machine}: no instance of ${call.className}.`);
    for (const [n, { name, element }] of found.entries()) {
      if (n > 0 && !xml) app.out.line();
      for (const line of xml ? [xmlOf(name, element)] : linesOf(element)) app.out.line(line);
    }
  });
}

/** Asks the person first, then each machine. */
async function change(
  app: App,
  given: Changing,
  title: string,
  work: (client: WsmanClient, call: RawCall, fields: RawFields) => Promise<readonly RawElement[]>,
): Promise<void> {
  const { fieldsFromJson, fieldsOf } = await import('../wsman-text.ts');
  const stdin = given.stdin ? fieldsFromJson(await app.prompt.restOfStdin()) : {};
  const fields = { ...stdin, ...fieldsOf(given.values) };
  className(given);
  const machines = (given.target ?? '').split(',');
  const dryRun = given['dry-run'];
  if (!(await confirmed(app, { title, effect: 'disruptive', machines, yes: given.yes, dryRun }))) return;
  if (!dryRun) return await ask(app, given, (client, call) => work(client, call, fields));
  for (const machine of machines) {
    app.out.line(`Would do on ${machine}: ${title} with ${JSON.stringify(Object.keys(fields))}.`);
    app.out.result({ machine, ok: true, data: { dryRun: true, names: Object.keys(fields) } });
  }
}

function className({ class: name = '' }: Reading): string {
  if (/^(CIM|AMT|IPS)_\w+$/.test(name)) return name;
  throw new UsageError(`${name} is not the name of a class: it begins with CIM_, AMT_ or IPS_.`);
}
