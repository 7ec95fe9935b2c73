/** `amt scan`: finds machines in ranges of addresses, and adds them to the book when asked to. */
import type { AddressSet, DiscoveredMachine } from '@amtkit/core';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { parseCount } from '../durations.ts';
import { UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { Declined } from '../prompt.ts';
import { cutAt } from '../table.ts';
import { counted } from '../values.ts';
import { addFound } from './add-found.ts';

const options = {
  range: { type: 'texts', describe: 'Networks, ranges, addresses or names: 192.168.1.0/24, 10.0.0.5-20, !10.0.0.7' },
  add: { type: 'flag', describe: 'Add those that answer to these credentials to the book' },
  tags: { type: 'text', describe: 'Tags for the added ones, such as lab,floor-2' },
  port: { type: 'text', describe: 'UDP port of the presence pings (623)' },
  rate: { type: 'text', describe: 'Pings per second' },
  tcp: { type: 'flag', describe: 'Ask web servers where pings stay unanswered; --no-tcp does not' },
  huge: { type: 'flag', describe: 'Accept more than 262,144 addresses' },
  yes: { type: 'flag', alias: 'y', describe: 'Answer every question with yes' },
  ...connectionOptions,
} as const;

type ScanArguments = Arguments<typeof options>;

/** The command. */
export const scan = command({
  usage: '<range..>',
  describe: 'Find machines in a range of addresses: each is pinged, and rows come as they answer',
  examples: [
    ['scan 192.168.1.0/24', 'A network'],
    ['scan 192.168.1.10-40 !192.168.1.20', 'A part of it, without one address'],
    ['scan 192.168.1.0/24 --add --tags lab', 'Add those that take one user and password'],
    ['scan 10.0.0.0/16 --yes --rate 2000 --jsonl', 'A large one from a script'],
  ],
  options,
  run: async (app, given) => {
    const { discover } = await import('@amtkit/core');
    const range = await rangeOf(given);
    await agree(app, range, given.yes);
    const port = given.port === undefined ? undefined : parseCount(given.port, 'port');
    const rate = given.rate === undefined ? undefined : parseCount(given.rate, 'rate');
    const found: DiscoveredMachine[] = [];
    const names = new Map<string, string>();
    const rows = rowPrinter(app);
    const startedAt = performance.now();
    app.out.say(`Scanning ${counted(range.count + range.hosts.length, 'address', 'addresses')}.`);
    for await (const machine of discover(range, {
      signal: app.signal,
      ...(port === undefined ? {} : { port }),
      ...(rate === undefined ? {} : { rate }),
      ...(given.tcp === undefined ? {} : { tcp: given.tcp }),
      onProgress: ({ sent, total, found }) => app.out.progress(`${sent} of ${total} asked, ${found} found`),
      onUnresolved: (host, error) => app.out.warn(`${host} was left out: ${error.message}`),
      ...(app.out.mode === 'text' && !given.add
        ? {}
        : { onHostname: (address: string, hostname: string) => void names.set(address, hostname) }),
    })) {
      found.push(machine);
      app.out.progress('');
      rows(machine);
      app.out.event({ type: 'found', at: new Date(), ...dataOf(machine, names), machine: machine.address });
    }
    app.out.progress('');
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    app.out.say(
      `${counted(found.length, 'machine')} among ${counted(range.count + range.hosts.length, 'address', 'addresses')}, ${seconds} s.`,
    );
    if (found.length === 0) app.out.say('Silence proves nothing: amt doctor ADDRESS looks closer at one machine.');
    if (given.add) return await addFound(app, found, names, given);
    if (app.out.mode !== 'json') return;
    for (const machine of found) app.out.result({ machine: machine.address, ok: true, data: dataOf(machine, names) });
  },
});

/** The addresses that were typed. @throws InvalidRange with the option that allows what was refused */
async function rangeOf({ range, huge }: ScanArguments): Promise<AddressSet> {
  const { parseRange, InvalidRange } = await import('@amtkit/core');
  try {
    return parseRange(range.join(' '), { allowHuge: huge ?? false });
  } catch (error) {
    if (!(error instanceof InvalidRange) || error.count === undefined) throw error;
    throw new UsageError(error.message, 'amt scan --huge allows it.');
  }
}

/** More addresses than this are asked about. */
const MANY = 4096;

async function agree(app: App, range: AddressSet, yes: boolean | undefined): Promise<void> {
  if (range.count <= MANY || yes) return;
  const addresses = `${range.count.toLocaleString('en-US')} addresses`;
  if (!app.prompt.possible) {
    throw new UsageError(`${addresses} are many, and nobody can be asked here.`, 'Add --yes to scan them.');
  }
  if (!(await app.prompt.confirm(`Scan ${addresses}?`, '--yes'))) throw new Declined();
}

/** Prints rows under a head that comes with the first one. Widths are fixed, since rows come one by one. */
function rowPrinter(app: App): (machine: DiscoveredMachine) => void {
  const line = (address: string, port: string, version: string, state: string, name: string): string =>
    cutAt(
      `${address.padEnd(15)}  ${port.padEnd(5)}  ${version.padEnd(13)}  ${state.padEnd(14)}  ${name}`.trimEnd(),
      app.out.width,
    );
  let first = true;
  return ({ address, port, version, fullVersion, state, product, hostname = '' }) => {
    if (first) app.out.line(app.out.style('bold', line('ADDRESS', 'PORT', 'VERSION', 'STATE', 'NAME')));
    first = false;
    const shown = product === undefined || product === 'amt' ? '' : ` (${product})`;
    app.out.line(line(address, String(port ?? '-'), `${fullVersion ?? version ?? '?'}${shown}`, state, hostname));
  };
}

function dataOf(machine: DiscoveredMachine, names: ReadonlyMap<string, string>): Record<string, unknown> {
  const hostname = machine.hostname ?? names.get(machine.address);
  return { ...machine, ...(hostname === undefined ? {} : { hostname }) };
}
