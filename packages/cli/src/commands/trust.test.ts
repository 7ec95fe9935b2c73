/** Whom a name of the book stands for, when somebody else answers. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { amt } from '../testing/command-line.ts';

const password = 'P@ssw0rd1';
let folder: string;
const running: Simulator[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-trust-'));
  vi.stubEnv('AMTKIT_CONFIG', join(folder, 'amtkit.yaml'));
  vi.stubEnv('AMTKIT_STATE', join(folder, 'state.json'));
  vi.stubEnv('AMT_PASSWORD', password);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const simulator of running.splice(0)) await simulator.close();
  await rm(folder, { recursive: true });
});

async function start(options: Parameters<typeof createSimulator>[0]): Promise<Simulator> {
  const simulator = await createSimulator({ speed: 0, password, ...options });
  running.push(simulator);
  return simulator;
}

it('a changed certificate stops every command until it is trusted', async () => {
  const pc = await start({});
  await amt(`add pc ${pc.host}:${pc.ports.wsmanTls}`);
  const before = pc.certificate?.fingerprint;
  const { fingerprint } = await pc.renewCertificate();
  const refused = await amt('power on pc');
  expect(refused.status).toBe(6);
  expect(refused.stderr).toContain(`expected ${before}, got ${fingerprint}`);
  expect(refused.stderr).toContain('run: amt trust pc');
  expect(await amt(`trust pc ${before}`)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('not the given'),
  });
  expect(await amt('trust pc')).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
  expect(await amt(`trust pc ${fingerprint}`)).toMatchObject({ status: 0 });
  expect(await amt('power on pc')).toMatchObject({ status: 0 });
});

it('without TLS another realm stops them likewise', async () => {
  const first = await start({ tls: false });
  const { ports, host } = first;
  await amt(`add pc ${host}:${ports.wsman} --tls off`);
  await amt(['edit', 'pc', '--uuid', '']);
  await first.close();
  const second = await start({ tls: false, ports });
  expect(await amt('power on pc')).toMatchObject({ status: 6, stderr: expect.stringContaining('run: amt trust pc') });
  expect(second.received.logins).toEqual([]);
  expect(await amt('doctor pc')).toMatchObject({ status: 12, stdout: expect.stringMatching(/broken {2}identity/) });
  expect(await amt('trust pc --yes')).toMatchObject({ status: 0, stderr: expect.stringContaining('without TLS') });
  expect(await amt('power on pc')).toMatchObject({ status: 0 });
});

it('another UUID than the book says stops them, until the book says that one', async () => {
  const first = await start({ tls: false });
  const { ports, host, uuid } = first;
  await amt(`add pc ${host}:${ports.wsman} --tls off`);
  await first.close();
  const second = await start({ tls: false, ports });
  await amt('trust pc --yes');
  const refused = await amt('power on pc');
  expect(refused).toMatchObject({ status: 6, stdout: '' });
  expect(refused.stderr).toContain(`its UUID is ${second.uuid}, and the book says ${uuid}`);
  expect(second.received.of('RequestPowerStateChange')).toEqual([]);
  expect(await amt('doctor pc')).toMatchObject({ status: 12, stdout: expect.stringContaining('amt edit pc --host') });
  expect(await amt(`edit pc --uuid ${second.uuid}`)).toMatchObject({ status: 0 });
  expect(await readFile(join(folder, 'amtkit.yaml'), 'utf8')).toContain(second.uuid);
  expect(await amt('power on pc')).toMatchObject({ status: 0 });
});
