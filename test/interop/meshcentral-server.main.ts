/**
 * The whole MeshCentral server managing a virtual PC. Runs inside a network namespace of its own, because the server
 * never looks at 127.0.0.1 and firmware sits on fixed ports. Prints one JSON line per step.
 *
 *     unshare --net sh -c 'ip link set lo up && exec node --conditions=source meshcentral-server.main.ts FOLDER'
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { peersFolder } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';

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

const simulator = await createSimulator({ host: '127.0.0.2', ports: 'standard', password, speed: 0, power: 'off' });
let server: ChildProcess | undefined;
try {
  server = await startServer();
  await step('the server runs', () => control('ServerInfo'));
  await control('AddDeviceGroup', '--name', 'virtual', '--amtonly');
  const group = await step('a device group for machines without an agent', async () => {
    const groups = JSON.parse(await control('ListDeviceGroups', '--json')) as { _id: string }[];
    return (groups[0] as { _id: string })._id.split('/').at(-1) as string;
  });
  await step('the PC is added by its address', async () => {
    const login = ['--user', 'admin', '--pass', password];
    return await control(
      'AddAmtDevice',
      '--id',
      group,
      '--devicename',
      'pc',
      '--hostname',
      '127.0.0.2',
      ...login,
      '--notls',
    );
  });
  const id = await step('the PC is found by its presence', async () => {
    const pc = await until(device, (pc) => ((pc?.conn ?? 0) & 4) !== 0);
    return pc._id.split('/').at(-1) as string;
  });
  await step('its version is read', async () => {
    const pc = await until(device, (pc) => /^12\.0\.\d+/.test(pc?.intelamt?.ver ?? ''));
    return pc.intelamt?.ver;
  });
  await step('its realm, control mode and power are read', async () => {
    const pc = await until(device, (pc) => pc?.intelamt?.flags !== undefined && pc.pwr !== undefined);
    const { realm, flags } = pc.intelamt ?? {};
    if (realm !== simulator.firmware.identity.realm) throw new Error(`another realm: ${realm}`);
    // 4 is admin control mode; 6 is its word for soft off.
    if (flags !== 4 || pc.pwr !== 6) throw new Error(`flags ${flags}, power ${pc.pwr}`);
    return `${realm}, flags ${flags}, power ${pc.pwr}`;
  });
  await step('its hardware is read', async () => {
    const classes = () => simulator.received.requests().map(({ className }) => className);
    return (
      await until(
        async () => classes(),
        (all) => HARDWARE.every((name) => all.includes(name)),
      )
    ).length;
  });
  await step('it is switched on', async () => {
    await control('DevicePower', '--id', id, '--amton');
    await until(
      async () => simulator.firmware.state.power,
      (power) => power === 'on',
    );
    return simulator.firmware.state.power;
  });
  await step('it is reset', async () => {
    const before = simulator.received.of('RequestPowerStateChange').length;
    await control('DevicePower', '--id', id, '--amtreset');
    await until(
      async () => simulator.received.of('RequestPowerStateChange').length,
      (count) => count > before,
    );
    return simulator.received.of('RequestPowerStateChange').length;
  });
  await step('it is switched off', async () => {
    await control('DevicePower', '--id', id, '--amtoff');
    await until(
      async () => simulator.firmware.state.power,
      (power) => power === 'off',
    );
    return simulator.firmware.state.power;
  });
} finally {
  server?.kill('SIGKILL');
  await simulator.close();
}

interface Device {
  readonly _id: string;
  readonly conn?: number;
  readonly pwr?: number;
  readonly intelamt?: { readonly ver?: string; readonly realm?: string; readonly flags?: number };
}

async function device(): Promise<Device | undefined> {
  const devices = JSON.parse(await control('ListDevices', '--json')) as Device[];
  return devices[0];
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
