/** `amt simulate`: virtual vPro PCs, until Ctrl-C. */
import { randomInt } from 'node:crypto';
import type { Simulator, SimulatorsOptions } from '@amtkit/simulator';
import { type Arguments, command } from '../command.ts';
import { parseCount, parseDuration } from '../durations.ts';
import { UsageError } from '../exit.ts';

/** Heading in the help. */
const QEMU = 'Real guests';

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
  displays: { type: 'text', choices: ['1', '2'], describe: 'Displays that are attached (1)' },
  fault: { type: 'text', describe: 'What goes wrong, such as split,cut=400,busy=0.1' },
  seed: { type: 'text', describe: 'The same number, the same faults' },
  'slow-link': { type: 'text', describe: 'Time that each command to a redirected drive takes longer, such as 10ms' },
  qemu: {
    type: 'flag',
    describe: 'Put a guest of QEMU behind each firmware: a real BIOS, drives, serial port',
    group: QEMU,
  },
  disk: {
    type: 'text',
    describe: 'Its disk, made when it is not there; of several PCs the first has FILE-1.qcow2 (one until the end)',
    group: QEMU,
  },
  'disk-size': { type: 'text', describe: 'Size of a disk that is made, such as 20G (8G)', group: QEMU },
  bios: { type: 'text', choices: ['seabios', 'ovmf'], describe: 'What starts it, BIOS or UEFI (seabios)', group: QEMU },
  memory: { type: 'text', describe: 'MiB of memory (512)', group: QEMU },
  accelerator: {
    type: 'text',
    choices: ['auto', 'kvm', 'tcg'],
    describe: 'Run its processor by hardware virtualisation or by software (auto)',
    group: QEMU,
  },
  network: {
    type: 'text',
    choices: ['none', 'user'],
    describe: "A network card behind QEMU's own router, or none (none)",
    group: QEMU,
  },
  'cluster-cache': {
    type: 'flag',
    describe: 'Read redirected media in clusters of 64 KiB and keep them: faster than real firmware',
    group: QEMU,
  },
} as const;

/** The command. */
export const simulate = command({
  usage: '',
  describe: 'Run virtual vPro PCs, each with an address and the ports of real firmware, until Ctrl-C',
  examples: [
    ['simulate', 'One PC at 127.0.1.1'],
    ['simulate --count 20 --profile amt-16 --password P@ssw0rd1', 'Twenty newer ones'],
    ['simulate --fault busy=0.2,split --seed 7 --json', 'A difficult one, told as one line of JSON'],
    ['simulate --qemu --disk office.qcow2 --bios ovmf', 'A real machine, whose disk stays'],
  ],
  options,
  run: async (app, given) => {
    const { createSimulators, parseFaults } = await import('@amtkit/simulator');
    const count = parseCount(given.count ?? '1', 'count');
    const password = given.password ?? madeUp();
    const seed = given.seed === undefined ? undefined : parseCount(given.seed, 'seed', 0);
    const faults = { ...parseFaults(given.fault ?? ''), ...(seed === undefined ? {} : { seed }) };
    const say = (line: string) => app.out.say(line);
    const qemu = qemuOptions(given, say);
    const shared: SimulatorsOptions = {
      password,
      faults,
      ...(qemu === undefined ? {} : { qemu }),
      ...(given['slow-link'] === undefined ? {} : { exchangeDelayMs: parseDuration(given['slow-link'], 'slow-link') }),
      ...(given.profile === undefined ? {} : { profile: given.profile as NonNullable<SimulatorsOptions['profile']> }),
      ...(given.user === undefined ? {} : { user: given.user }),
      ...(given.power === undefined ? {} : { power: given.power as NonNullable<SimulatorsOptions['power']> }),
      ...(given.displays === '2' ? { displays: 2 as const } : {}),
      ...(given.consent === undefined ? {} : { consent: given.consent as 'none' | 'kvm' | 'all' }),
    };
    const { simulators, why } = await start(given, (where) => createSimulators(count, { ...shared, ...where }));
    if (why !== undefined) app.out.say(elsewhere(simulators[0], why));
    const machines = simulators.map(({ name, uuid, host, ports, user, profile, qemu: pc }) => ({
      name,
      uuid,
      address: host,
      ports,
      user,
      profile,
      ...(pc === undefined ? {} : { qemu: true, disk: pc.disk, vnc: pc.vnc }),
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
      for (const { name, disk } of machines) if (disk !== undefined) app.out.line(`Disk of ${name}: ${disk}`);
      app.out.say('They run until Ctrl-C.');
    } else app.out.jsonLine({ schemaVersion: 1, machines });
    await app.serve();
    await Promise.all(simulators.map((simulator) => simulator.close()));
  },
});

/** How the guests are made; `undefined` where there are none. @throws UsageError */
function qemuOptions(given: Arguments<typeof options>, log: (line: string) => void): SimulatorsOptions['qemu'] {
  if (given.qemu !== true) {
    const name = (['disk', 'disk-size', 'bios', 'memory', 'accelerator', 'network', 'cluster-cache'] as const).find(
      (each) => given[each] !== undefined,
    );
    if (name !== undefined) throw new UsageError(`--${name} is about guests of QEMU.`, 'Add --qemu.');
    return undefined;
  }
  if (given.power === 'sleep' || given.power === 'hibernate') {
    throw new UsageError(`A guest of QEMU begins switched on or off, not with --power ${given.power}.`);
  }
  if (given.displays === '2')
    throw new UsageError('A guest of QEMU has one display: --displays 2 is for PCs without --qemu.');
  return {
    log,
    ...(given.bios === undefined ? {} : { bios: given.bios as 'seabios' | 'ovmf' }),
    ...(given.memory === undefined ? {} : { memory: parseCount(given.memory, 'memory', 16) }),
    ...(given.accelerator === undefined ? {} : { accelerator: given.accelerator as 'auto' | 'kvm' | 'tcg' }),
    ...(given.network === undefined ? {} : { network: given.network as 'none' | 'user' }),
    ...(given['cluster-cache'] === true ? { clusterBytes: 65_536 } : {}),
    disk: {
      ...(given.disk === undefined ? {} : { file: given.disk }),
      ...(given['disk-size'] === undefined ? {} : { size: parseSize(given['disk-size']) }),
    },
  };
}

/** Bytes in `20G` or `512M`. @throws UsageError */
function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([MG])$/.exec(text.trim().toUpperCase()) ?? [];
  if (number === undefined || Number(number) === 0) {
    throw new UsageError(`--disk-size takes a size such as 20G or 512M, not "${text}".`);
  }
  return Number(number) * (unit === 'G' ? 1024 ** 3 : 1024 ** 2);
}

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
): Promise<{ readonly simulators: readonly Simulator[]; readonly why?: string }> {
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
      const simulators = await make(place);
      return why === '' ? { simulators } : { simulators, why };
    } catch (error) {
      why = systemCode(error);
      if (why === 'EMFILE') {
        throw new UsageError(
          'This process may not open as many ports as these PCs need.',
          'Start fewer with --count, or allow more open files: ulimit -n.',
        );
      }
      if (!(why in MOVES_ON)) throw error;
    }
  }
  throw new UsageError(
    `Nothing can listen at ${firstAddress}: ${MOVES_ON[why]}.`,
    'Name an address of this computer with --listen.',
  );
}

/** The word of the system behind an error. */
function systemCode(error: unknown): string {
  const { code, cause } = error as { readonly code?: string; readonly cause?: unknown };
  return cause === undefined ? (code ?? '') : systemCode(cause);
}

/** Why a place cannot be had, by the system's word. */
const MOVES_ON: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'it is no address of this computer',
};

/** What is not as it would be with real firmware, for whoever looks for it at the usual place. */
function elsewhere(first: Simulator | undefined, why: string): string {
  const pingsOnly = first?.ports.wsmanTls === 16993;
  const what = pingsOnly
    ? 'Presence pings are answered on a free port, not on 623'
    : 'Free ports are used, not those of real firmware';
  return `${what}: ${MOVES_ON[why]}.`;
}

/** A password as firmware demands it: both cases, a digit, a special character. */
function madeUp(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
  return `Sim-${Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')}-a1`;
}
