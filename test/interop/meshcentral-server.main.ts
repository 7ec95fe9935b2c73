/**
 * The whole MeshCentral server managing two virtual PCs, one in plain and one over TLS. Runs inside a network namespace of its own, because the server
 * never looks at 127.0.0.1 and firmware sits on fixed ports. Prints one JSON line per step.
 *
 *     unshare --net sh -c 'ip link set lo up && exec node --conditions=source meshcentral-server.main.ts FOLDER'
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { openSync, realpathSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { peersFolder } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';

const folder = process.argv[2] as string;
const modules = peersFolder() as string;
const password = 'P@ssw0rd1';
const port = 18443;

/** What the server reads of a machine without an agent. */
const HARDWARE = [
  'CIM_Chassis',
  'CIM_Card',
  'CIM_BIOSElement',
  'CIM_Processor',
  'CIM_PhysicalMemory',
  'CIM_MediaAccessDevice',
];

/** "Reset to BIOS" among the numbers of its power actions. */
const RESET_TO_BIOS = 312;

const common = { ports: 'standard', password, speed: 0, power: 'off' } as const;
const plain = await createSimulator({ ...common, host: '127.0.0.2' });
const secure = await createSimulator({ ...common, host: '127.0.0.3', profile: 'amt-16' });
let server: ChildProcess | undefined;
try {
  server = await startServer();
  await step('the server runs', () => control('ServerInfo'));
  await control('AddDeviceGroup', '--name', 'virtual', '--amtonly');
  const group = await step('a device group for machines without an agent', async () => {
    const groups = JSON.parse(await control('ListDeviceGroups', '--json')) as { _id: string }[];
    return shortId((groups[0] as { _id: string })._id);
  });
  await manage('plain', plain, group, ['--notls']);
  await manage('TLS', secure, group, []);
} finally {
  server?.kill('SIGKILL');
  await plain.close();
  await secure.close();
}

/** Everything the server does to one PC. */
async function manage(how: string, pc: Simulator, group: string, options: readonly string[]): Promise<void> {
  const { firmware, received } = pc;
  const say = <T>(name: string, work: () => Promise<T>) => step(`${how}: ${name}`, work);
  const seen = (there: (device: Device) => boolean) =>
    until(
      async () => (JSON.parse(await control('ListDevices', '--json')) as Device[]).find(({ name }) => name === how),
      (device) => device !== undefined && there(device),
    );
  const power = (action: string, wanted: string) =>
    control('DevicePower', '--id', id, `--amt${action}`).then(() =>
      until(
        async () => firmware.state.power,
        (state) => state === wanted,
      ),
    );
  const resets = () => received.of('RequestPowerStateChange').filter(({ input }) => input.PowerState === '10').length;
  const reset = async (work: Promise<unknown>) => {
    const before = resets();
    await work;
    return await until(
      async () => resets(),
      (count) => count > before,
    );
  };

  await say('the PC is added by its address', async () => {
    const login = ['--user', 'admin', '--pass', password];
    const where = ['--id', group, '--devicename', how, '--hostname', pc.host];
    return await control('AddAmtDevice', ...where, ...login, ...options);
  });
  const { _id } = await say('it is found by its presence', () => seen(({ conn = 0 }) => (conn & 4) !== 0));
  const id = shortId(_id);
  await say('its version is read', async () => {
    const version = firmware.profile.version;
    return (await seen(({ intelamt }) => intelamt?.ver?.startsWith(version) ?? false)).intelamt?.ver;
  });
  await say('its realm, control mode and power are read', async () => {
    // 7 is its word for a PC that is there and of whose power it knows nothing yet.
    const isKnown = ({ intelamt, pwr = 7 }: Device) => intelamt?.flags !== undefined && pwr !== 7;
    const { intelamt, pwr } = await seen(isKnown);
    const { realm, flags } = intelamt ?? {};
    if (realm !== firmware.identity.realm) throw new Error(`another realm: ${realm}`);
    // 4 is admin control mode; 6 is its word for soft off.
    if (flags !== 4 || pwr !== 6) throw new Error(`flags ${flags}, power ${pwr}`);
    return `${realm}, flags ${flags}, power ${pwr}`;
  });
  await say('its hardware is read', async () => {
    const classes = () => received.requests().map(({ className }) => className);
    return (
      await until(
        async () => classes(),
        (all) => HARDWARE.every((name) => all.includes(name)),
      )
    ).length;
  });
  await say('it is switched on', () => power('on', 'on'));
  await say('it is reset', () => reset(control('DevicePower', '--id', id, '--amtreset')));
  await say('it is reset to BIOS setup', async () => {
    await reset(ask({ action: 'poweraction', nodeids: [_id], actiontype: RESET_TO_BIOS }));
    const [settings] = received.of('Put').filter(({ className }) => className === 'AMT_BootSettingData');
    if (settings?.input.BIOSSetup !== 'true') throw new Error('BIOS setup was not asked for');
    return settings.input.BIOSSetup;
  });
  await say('it is switched off', () => power('off', 'off'));
  const { tls } = received.requests().at(-1) ?? {};
  if (tls !== (how === 'TLS')) throw new Error(`The server did not come over ${how}.`);
}

interface Device {
  readonly _id: string;
  readonly name: string;
  readonly conn?: number;
  readonly pwr?: number;
  readonly intelamt?: { readonly ver?: string; readonly realm?: string; readonly flags?: number };
}

/** Without the kind of thing and the domain in front. */
function shortId(id: string): string {
  return id.split('/').at(-1) as string;
}

/** The server writes nothing when its output is a pipe: it takes the pipe's other end for its parent. */
async function startServer(): Promise<ChildProcess> {
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  const settings = {
    LANonly: true,
    port,
    portBind: '127.0.0.1',
    redirPort: 0,
    mpsPort: 0,
    exactPorts: true,
    no2FactorAuth: true,
    selfUpdate: false,
    autoBackup: false,
  };
  await writeFile(join(data, 'config.json'), JSON.stringify({ settings, domains: { '': {} } }));
  const base = [
    join(modules, 'meshcentral', 'meshcentral.js'),
    '--datapath',
    data,
    '--filespath',
    join(folder, 'files'),
  ];
  const log = openSync(join(folder, 'server.log'), 'a');
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [...base, ...args], { stdio: ['ignore', log, log], env: environment() });
  for (const args of [
    ['--createaccount', 'admin', '--pass', password, '--email', 'a@b.test'],
    ['--adminaccount', 'admin'],
  ]) {
    const child = start(args);
    await new Promise((resolve) => child.once('exit', resolve));
  }
  const child = start([]);
  await until(
    () => readFile(join(folder, 'server.log'), 'utf8'),
    (text) => text.includes('running on port'),
  );
  return child;
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder };
}

function control(...args: readonly string[]): Promise<string> {
  const login = ['--url', `wss://127.0.0.1:${port}`, '--loginuser', 'admin', '--loginpass', password];
  return new Promise((resolve, reject) => {
    const program = join(modules, 'meshcentral', 'meshctrl.js');
    execFile(process.execPath, [program, ...args, ...login], { env: environment(), timeout: 30_000 }, (error, out) =>
      error === null ? resolve(out) : reject(new Error(`meshctrl ${args[0]}: ${error.message} ${out}`)),
    );
  });
}

/** Sends the server what its own page would send: the command line has no word for some power actions. */
async function ask(message: object): Promise<void> {
  const { WebSocket } = createRequire(realpathSync(join(modules, 'meshcentral', 'meshctrl.js')))('ws') as {
    WebSocket: new (url: string, options: object) => EventEmitter & { send(text: string): void; close(): void };
  };
  const login = ['admin', password].map((text) => Buffer.from(text).toString('base64')).join(',');
  const socket = new WebSocket(`wss://127.0.0.1:${port}/control.ashx`, {
    rejectUnauthorized: false,
    headers: { 'x-meshauth': login },
  });
  await once(socket, 'message');
  socket.send(JSON.stringify(message));
  // It answers in turn: whatever comes after this question, the message was read before.
  socket.send(JSON.stringify({ action: 'serverversion' }));
  await once(socket, 'message');
  socket.close();
}

async function until<T>(look: () => Promise<T>, there: (value: T) => boolean): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 120; tries++) {
    const value = await look().catch(() => undefined as T);
    if (value !== undefined && there(value)) return value as NonNullable<T>;
    await wait(1000);
  }
  throw new Error('It did not come within two minutes.');
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    const evidence = await work();
    console.log(JSON.stringify({ step: name, ok: true, evidence }));
    return evidence;
  } catch (error) {
    console.log(JSON.stringify({ step: name, ok: false, evidence: (error as Error).message }));
    throw error;
  }
}
