/** `amt simulate`: virtual vPro PCs, until Ctrl-C. */
import { randomInt } from 'node:crypto';
import type { Simulator, SimulatorsOptions } from '@amtkit/simulator';
import { type Arguments, command } from '../command.ts';
import { parseCount } from '../durations.ts';
import { UsageError } from '../exit.ts';

const options = {
  count: { type: 'text', describe: 'How many (1)' },
  profile: {
    type: 'text',
    choices: ['amt-7', 'amt-11', 'amt-12', 'amt-16', 'amt-19', 'ism'],
    describe: 'Which firmware (amt-12)',
  },
  listen: { type: 'text', describe: 'First address; the next PC has the next one (127.0.1.1)' },
  user: { type: 'text', describe: 'Account (admin)' },
  password: { type: 'text', describe: 'Password; nothing real is behind it. Without it one is made up and printed' },
  power: { type: 'text', choices: ['on', 'sleep', 'hibernate', 'off'], describe: 'Power at the beginning (off)' },
  consent: { type: 'text', choices: ['none', 'kvm', 'all'], describe: 'What needs consent (none)' },
  fault: { type: 'text', describe: 'What goes wrong, such as split,cut=400,busy=0.1' },
  seed: { type: 'text', describe: 'The same number, the same faults' },
} as const;

/** The command. */
export const simulate = command({
  usage: '',
  describe: 'Run virtual vPro PCs, each with an address and the ports of real firmware, until Ctrl-C',
  examples: [
    ['simulate', 'One PC at 127.0.1.1'],
    ['simulate --count 20 --profile amt-16 --password P@ssw0rd1', 'Twenty newer ones'],
    ['simulate --fault busy=0.2,split --seed 7 --json', 'A difficult one, told as one line of JSON'],
  ],
  options,
  run: async (app, given) => {
    const { createSimulators, parseFaults } = await import('@amtkit/simulator');
    const count = parseCount(given.count ?? '1', 'count');
    const password = given.password ?? madeUp();
    const seed = given.seed === undefined ? undefined : parseCount(given.seed, 'seed', 0);
    const faults = { ...parseFaults(given.fault ?? ''), ...(seed === undefined ? {} : { seed }) };
    const shared: SimulatorsOptions = {
      password,
      faults,
      ...(given.profile === undefined ? {} : { profile: given.profile as NonNullable<SimulatorsOptions['profile']> }),
      ...(given.user === undefined ? {} : { user: given.user }),
      ...(given.power === undefined ? {} : { power: given.power as NonNullable<SimulatorsOptions['power']> }),
      ...(given.consent === undefined ? {} : { consent: given.consent as 'none' | 'kvm' | 'all' }),
    };
    const simulators = await start(given, (where) => createSimulators(count, { ...shared, ...where }));
    const machines = simulators.map(({ name, uuid, host, ports, user, profile }) => ({
      name,
      uuid,
      address: host,
      ports,
      user,
      profile,
      ...(given.password === undefined ? { password } : {}),
    }));
    if (app.out.mode === 'text') {
      for (const simulator of simulators) tellCodes(simulator, (text) => app.out.line(text));
      app.out.table(
        ['name', 'address', 'rmcp', 'wsman', 'tls', 'redir', 'redir tls', 'user', 'profile'],
        machines.map(({ name, address, ports, user, profile }) => [
          name,
          address,
          String(ports.rmcp ?? ''),
          String(ports.wsman ?? ''),
          String(ports.wsmanTls ?? ''),
          String(ports.redirection ?? ''),
          String(ports.redirectionTls ?? ''),
          user,
          profile,
        ]),
      );
      if (given.password === undefined) app.out.line(`Password: ${password}`);
      app.out.say('They run until Ctrl-C.');
    } else app.out.jsonLine({ schemaVersion: 1, machines });
    await app.serve();
    await Promise.all(simulators.map((simulator) => simulator.close()));
  },
});

/** Says each consent code when the screen of the virtual PC shows it: nobody else can look there. */
function tellCodes({ host, name, firmware }: Simulator, say: (text: string) => void): void {
  let told: string | undefined;
  firmware.watch(({ state: { consent } }) => {
    const shown = consent.state === 'displayed' ? consent.code : undefined;
    if (shown !== undefined && shown !== told) say(`${host} (${name}): the screen shows consent code ${shown}`);
    told = shown;
  });
}

/** Where they listen. */
type Place = Pick<SimulatorsOptions, 'firstAddress' | 'host' | 'ports'>;

/**
 * An address each and the standard ports where that is allowed; a free port for presence pings where only they are
 * not; else one address and free ports.
 */
async function start(
  given: Arguments<typeof options>,
  make: (place: Place) => Promise<readonly Simulator[]>,
): Promise<readonly Simulator[]> {
  const firstAddress = given.listen ?? '127.0.1.1';
  const secureOnly = given.profile === 'amt-16' || given.profile === 'amt-19' || given.profile === 'ism';
  const plain = secureOnly ? {} : { wsman: 16992, redirection: 16994 };
  const places: Place[] = [
    { firstAddress, ports: 'standard' },
    { firstAddress, ports: { rmcp: 0, ...plain, wsmanTls: 16993, redirectionTls: 16995 } },
    { host: firstAddress, ports: 'any' },
    ...(given.listen === undefined ? [{ host: '127.0.0.1', ports: 'any' } as const] : []),
  ];
  let why = '';
  for (const place of places) {
    try {
      return await make(place);
    } catch (error) {
      why = systemCode(error);
      if (!MOVES_ON.has(why)) throw error;
    }
  }
  throw new UsageError(
    `Nothing can listen at ${firstAddress}: ${why}.`,
    'Name an address of this computer with --listen.',
  );
}

/** The word of the system behind an error. */
function systemCode(error: unknown): string {
  const { code, cause } = error as { readonly code?: string; readonly cause?: unknown };
  return cause === undefined ? (code ?? '') : systemCode(cause);
}

/** Not permitted, taken, or no address of this computer. */
const MOVES_ON: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EADDRINUSE', 'EADDRNOTAVAIL']);

/** A password as firmware demands it: both cases, a digit, a special character. */
function madeUp(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
  return `Sim-${Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')}-a1`;
}
