/** The second half of `amt scan --add`: one log-in at each machine that was found, and the book for those that answer. */
import type { DiscoveredMachine } from '@amtkit/core';
import type { Book, BookMachineInput, Fleet } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type NewLogin, newLogin } from '../credentials.ts';
import { overMachines } from '../run.ts';
import { type ConnectionArguments, loadAutomation, openBookOf, openGuests, openStateOf } from '../session.ts';
import { counted } from '../values.ts';

/** A machine that answered, as it goes into the book. */
interface Answered {
  readonly hostName: string;
  readonly entry: BookMachineInput;
}

/** What was typed about it. */
export interface AddArguments extends ConnectionArguments {
  readonly tags?: string | undefined;
  /** UDP port of the presence pings. */
  readonly port?: string | undefined;
}

/** Adds those of the found machines that take one user and password; one try at each. */
export async function addFound(
  app: App,
  found: readonly DiscoveredMachine[],
  names: ReadonlyMap<string, string>,
  given: AddArguments,
): Promise<void> {
  const { machineNameFrom } = await loadAutomation();
  const book = await openBookOf(app, 'add');
  const fresh = found.filter((machine) => !isKnown(app, book, machine));
  if (fresh.length === 0) return app.out.say('There is nothing to add.');
  const login = await newLogin(app, book, given, counted(fresh.length, 'machine'));
  const tags = (given.tags ?? '').split(',').filter((tag) => tag !== '');
  const state = await openStateOf(app);
  await using fleet = await openGuests(app, state, given);
  const byAddress = new Map(fresh.map((machine) => [machine.address, machine]));
  const outcomes = await overMachines(app, [...byAddress.keys()], {}, async (address): Promise<Answered> => {
    const machine = byAddress.get(address);
    const ports = portsOf(machine, given.port);
    const name = await fleet.add({ name: address, host: address, ...login.login, ...ports });
    return await ask(app, fleet, name, address, {
      ...ports,
      ...(tags.length === 0 ? {} : { tags }),
      ...(given['legacy-tls'] ? { legacyTls: true } : {}),
    });
  });
  const answered = outcomes.flatMap(({ machine, data }) => (data === undefined ? [] : [{ address: machine, ...data }]));
  const added: { readonly name: string; readonly address: string }[] = [];
  const taken = new Set(book.machines.keys());
  const credentials = setName(book, login);
  await book.edit((draft) => {
    if (answered.length > 0 && !('credentials' in login.entry)) draft.setCredentials(credentials, login.entry);
    for (const { address, hostName, entry } of answered) {
      const uuid = entry.uuid;
      const twin = [...book.machines].find(([, other]) => uuid !== undefined && other.uuid === uuid)?.[0];
      if (twin !== undefined) {
        app.out.say(
          `${address} is ${twin} in the book already: amt edit ${twin} --host ${address} gives it this address.`,
        );
        continue;
      }
      const name = machineNameFrom(hostName || names.get(address) || address, taken);
      taken.add(name);
      added.push({ name, address });
      draft.addMachine(name, { ...entry, credentials });
    }
  });
  for (const { name, address } of added) {
    const learned = state.machine(keyOf(address, byAddress.get(address)));
    if (learned !== undefined) state.learn(name, learned);
    app.out.line(`Added ${name} (${address}).`);
  }
  await state.flush();
  if (added.length > 0 && !('credentials' in login.entry)) {
    app.out.say(`The credentials are called ${credentials} in the book ${book.path}, which only you may read.`);
  }
}

/** Logs in and reads what the book wants to know. */
async function ask(
  app: App,
  fleet: Fleet,
  name: string,
  host: string,
  more: Omit<BookMachineInput, 'host'>,
): Promise<Answered> {
  const machine = await fleet.machine(name, { signal: app.signal });
  const { uuid } = machine.firmware;
  const { hostName } = await machine.general.read();
  return { hostName, entry: { host, ...(uuid === undefined ? {} : { uuid }), ...more } };
}

function isKnown(app: App, book: Book, { address, port }: DiscoveredMachine): boolean {
  const known = [...book.machines].find(
    ([, { host, ports }]) => host === address && (ports?.wsman === undefined || ports.wsman === port),
  )?.[0];
  if (known !== undefined) app.out.say(`${address} is ${known} in the book already.`);
  return known !== undefined;
}

/** Ports that are not the usual ones. */
function portsOf(machine: DiscoveredMachine | undefined, rmcp: string | undefined): Pick<BookMachineInput, 'ports'> {
  const wsman = machine?.port;
  const ports = {
    ...(wsman === undefined || wsman === 16992 || wsman === 16993 ? {} : { wsman }),
    ...(rmcp === undefined || rmcp === '623' ? {} : { rmcp: Number(rmcp) }),
  };
  return Object.keys(ports).length === 0 ? {} : { ports };
}

function keyOf(address: string, machine: DiscoveredMachine | undefined): string {
  const wsman = portsOf(machine, undefined).ports?.wsman;
  return wsman === undefined ? address : `${address}:${wsman}`;
}

/** The set the added machines name: the one that was asked for, else a free name. */
function setName(book: Book, { entry }: NewLogin): string {
  if ('credentials' in entry) return entry.credentials;
  let name = 'scan';
  for (let n = 2; book.credentials.has(name); n++) name = `scan-${n}`;
  return name;
}
