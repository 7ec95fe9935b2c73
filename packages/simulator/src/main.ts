#!/usr/bin/env node
/**
 * Virtual PCs as a program: starts them, prints one line of JSON when every port listens, and ends on a signal.
 *
 *     node main.ts --count 3 --profile amt-16 --listen 127.0.1.1 --standard-ports
 *     node main.ts --qemu --disk pc.qcow2 --bios ovmf --slow-link 10
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createSimulators, type SimulatorsOptions } from './create-simulators.ts';
import { parseFaults } from './faults.ts';
import type { ProfileName } from './profiles/profile.ts';
import { profiles } from './profiles/profiles.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1' },
    profile: { type: 'string', default: 'amt-12' },
    listen: { type: 'string', default: '127.0.0.1' },
    'standard-ports': { type: 'boolean', default: false },
    password: { type: 'string', default: 'P@ssw0rd1' },
    power: { type: 'string', default: 'off' },
    speed: { type: 'string', default: '1' },
    seed: { type: 'string' },
    fault: { type: 'string', default: '' },
    'no-tls': { type: 'boolean', default: false },
    qemu: { type: 'boolean', default: false },
    disk: { type: 'string' },
    bios: { type: 'string', default: 'seabios' },
    memory: { type: 'string', default: '512' },
    network: { type: 'string', default: 'none' },
    'cluster-cache': { type: 'boolean', default: false },
    'slow-link': { type: 'string', default: '0' },
  },
});

const simulators = await createSimulators(Number(values.count), {
  profile: known(values.profile, Object.keys(profiles) as ProfileName[], 'profile'),
  power: known(values.power, ['on', 'sleep', 'hibernate', 'off'] as const, 'power'),
  password: values.password,
  speed: Number(values.speed),
  tls: !values['no-tls'],
  faults: parseFaults(values.fault),
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
  exchangeDelayMs: Number(values['slow-link']),
  ...(values.qemu && { qemu: qemuOptions() }),
  ...place(values.listen, values['standard-ports']),
});
// Whoever reads the line may answer with a signal at once.
const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.log(
  JSON.stringify(
    simulators.map(({ name, uuid, host, ports, user, profile, qemu }) => ({
      ...{ name, uuid, host, ports, user, profile },
      ...(qemu !== undefined && { qemu: true, disk: qemu.disk, vnc: qemu.vnc }),
    })),
  ),
);
await told;
await Promise.all(simulators.map((simulator) => simulator.close()));

/** Guests of QEMU, each with a disk of its own. */
function qemuOptions(): NonNullable<SimulatorsOptions['qemu']> {
  return {
    bios: known(values.bios, ['seabios', 'ovmf'] as const, 'BIOS'),
    memory: Number(values.memory),
    network: known(values.network, ['none', 'user'] as const, 'network'),
    clusterBytes: values['cluster-cache'] ? 65_536 : 0,
    ...(values.disk !== undefined && { disk: { file: values.disk } }),
    log: (line) => console.error(line),
  };
}

/** Standard ports need an address for each PC; free ones do with one for all. */
function place(listen: string, standard: boolean): SimulatorsOptions {
  return standard ? { firstAddress: listen, ports: 'standard' } : { host: listen, ports: 'any' };
}

function known<T extends string>(value: string, among: readonly T[], what: string): T {
  const found = among.find((each) => each === value);
  if (found === undefined) throw new TypeError(`${value} is no ${what}; there are ${among.join(', ')}.`);
  return found;
}
