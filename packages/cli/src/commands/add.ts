/** `amt add`: one machine into the book, after it has answered. */
import type { BookMachineInput, LearnedMachine, State } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { type Login, newLogin } from '../credentials.ts';
import { failureOf, UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { loadAutomation, openBookOf, openGuests, openStateOf } from '../session.ts';

const options = {
  name: { type: 'text', describe: 'What to call it; alone it is the host, and the machine says its name' },
  host: { type: 'text', describe: 'Its network name or address, with ports where they are not the usual ones' },
  tags: { type: 'text', describe: 'Tags, such as lab,floor-2' },
  check: { type: 'flag', describe: 'Ask the machine first; --no-check does not' },
  ...connectionOptions,
} as const;

/** The command. */
export const add = command({
  usage: '<name> [host]',
  describe: 'Add a machine to the book, after it has answered',
  examples: [
    ['add office-pc 192.168.1.30', 'Ask for user and password, try them, and add it'],
    ['add 192.168.1.30 --credentials lab --tags lab', 'With credentials of the book, under its own name'],
    ['add lab-3 10.0.0.3:16993 --password-stdin --user admin', 'From a script'],
  ],
  options,
  run: async (app, given) => {
    const { parseHost, machineNameFrom } = await loadAutomation();
    const book = await openBookOf(app, 'add');
    const [name, hostText] = given.host === undefined ? [undefined, given.name ?? ''] : [given.name, given.host];
    const { host, ports } = parseHost(hostText);
    if (name !== undefined && book.machines.has(name)) {
      throw new UsageError(`There is a machine called ${name} in the book already.`, `amt edit ${name} changes it.`);
    }
    const login = await newLogin(app, book, given, hostText);
    const tags = (given.tags ?? '').split(',').filter((tag) => tag !== '');
    const entry: BookMachineInput = {
      host,
      ...(given.tls === undefined || given.tls === 'auto' ? {} : { tls: given.tls as 'on' | 'off' }),
      ...(ports === undefined ? {} : { ports }),
      ...login.entry,
      ...(tags.length === 0 ? {} : { tags }),
      ...(given['legacy-tls'] ? { legacyTls: true } : {}),
    };
    const state = await openStateOf(app);
    const told: Told = given.check === false ? {} : await ask(app, state, given, entry, login.login);
    const twin = [...book.machines].find(([, { uuid }]) => uuid !== undefined && uuid === told.uuid)?.[0];
    if (twin !== undefined) {
      throw new UsageError(
        `${hostText} is ${twin} in the book already (UUID ${told.uuid}). Nothing was changed.`,
        `amt edit ${twin} --host ${hostText} gives it this address.`,
      );
    }
    const free = name ?? machineNameFrom(told.hostName || host, book.machines);
    await book.addMachine(free, { ...entry, ...(told.uuid === undefined ? {} : { uuid: told.uuid }) });
    if (told.learned !== undefined) state.learn(free, told.learned);
    await state.flush();
    app.out.line(`Added ${free} (${hostText}${told.version ? `, AMT ${told.version}` : ''}).`);
    if (typeof ('password' in login.entry ? login.entry.password : undefined) === 'string') {
      app.out.say(`Its password is in the book ${book.path}, which only you may read.`);
    }
    app.out.result({ machine: free, ok: true, data: { host, uuid: told.uuid, version: told.version } });
  },
});

/** What the machine said. */
interface Told {
  readonly hostName?: string;
  readonly uuid?: string | undefined;
  readonly version?: string;
  readonly learned?: LearnedMachine | undefined;
}

/** Logs in once, and reads what the book wants to know. */
async function ask(
  app: App,
  state: State,
  given: Arguments<typeof options>,
  entry: BookMachineInput,
  login: Login,
): Promise<Told> {
  const { hostWithPorts } = await loadAutomation();
  const { host, tls = 'auto', ports, legacyTls = false } = entry;
  await using fleet = await openGuests(app, state, given);
  const name = hostWithPorts(host, ports?.wsman);
  await fleet.add({ name, host, ...login, tls, legacyTls, ...(ports === undefined ? {} : { ports }) });
  const machine = await fleet.machine(name, { signal: app.signal }).catch((error: unknown) => {
    const { hint } = failureOf(error, name);
    throw error instanceof Error && hint !== undefined ? Object.assign(error, { hint }) : error;
  });
  const { hostName } = await machine.general.read();
  const { uuid, version } = machine.firmware;
  return { hostName, uuid, version, learned: state.machine(name) };
}
