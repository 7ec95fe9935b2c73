/** The bridge as a service manager sees it: a process that says when it is ready, reads its book again, and ends well. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createSimulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { Amt } from './support/amt.ts';
import { listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(process.platform === 'win32')('The bridge as a service', () => {
  const opened: AsyncDisposable[] = [];
  let amt: Amt;
  let told: string;

  function keep<T extends AsyncDisposable>(thing: T): T {
    opened.push(thing);
    return thing;
  }

  beforeEach(async () => {
    amt = keep(await Amt.open());
    told = join(amt.folder, 'told');
    const program = join(amt.folder, 'bin', 'systemd-notify');
    await mkdir(join(amt.folder, 'bin'));
    await writeFile(told, '');
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${told}'\n`);
    await chmod(program, 0o755);
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  });

  it('says when it is ready, takes over its book on SIGHUP, and on SIGTERM finishes what runs', async () => {
    const simulator = keep(await createSimulator({ speed: 0, password, power: 'off', latencyMs: 30 }));
    const { host, ports } = simulator;
    const machine = { host, tls: 'off', ports: { wsman: ports.wsman, redirection: ports.redirection }, password };
    const write = (bridge: object): Promise<void> =>
      writeFile(amt.book, stringify({ machines: { pc: machine }, bridge }), { mode: 0o600 });
    await write({ broker: { embedded: { port: 0 } }, pollSeconds: 5 });
    const env = {
      NOTIFY_SOCKET: join(amt.folder, 'notify'),
      PATH: `${join(amt.folder, 'bin')}${delimiter}${process.env.PATH}`,
    };
    const running = amt.start('bridge --json --log-json', { env });
    await expect.poll(() => running.said.stdout, { timeout: 30_000 }).toContain('brokerUrl');
    const { brokerUrl } = JSON.parse(running.said.stdout) as { brokerUrl: string };
    await expect.poll(() => readFile(told, 'utf8')).toBe(`READY=1 STATUS=The broker is ${brokerUrl}.\n`);
    const ear = keep(await listen(brokerUrl));
    await ear.sees('amtkit/pc/power/state', 'off');

    await write({ broker: { embedded: { port: 0 } }, pollSeconds: 5, permit: 'never', topic: 'elsewhere' });
    running.child.kill('SIGHUP');
    await ear.json('amtkit/bridge/main/info', ({ permit }) => (permit as { mode: string }).mode === 'never');
    await expect.poll(() => running.said.stderr).toContain('has to be started again for');

    await ear.say('amtkit/pc/do/power/on', '{"transaction":"last"}');
    await expect.poll(() => simulator.received.of('RequestPowerStateChange').length).toBe(1);
    running.child.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    expect(status).toBe(0);
    expect(JSON.parse(ear.on('amtkit/pc/result').at(-1) ?? '{}')).toMatchObject({ transaction: 'last', ok: true });
    await expect.poll(() => ear.on('amtkit/bridge/main/state').at(-1)).toBe('offline');
    expect(await readFile(told, 'utf8')).toContain('STOPPING=1 STATUS=Stopping.');
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    const log = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log.length).toBeGreaterThan(0);
    for (const line of log)
      expect(line).toMatchObject({ level: expect.stringMatching(/^[a-z]+$/), msg: expect.any(String) });
    expect(stderr).not.toContain(password);
  });

  it('ends with 2 when its book is wrong, which no restart mends', async () => {
    await writeFile(amt.book, 'bridge: { permit: perhaps }\n', { mode: 0o600 });
    expect((await amt.run('bridge')).status).toBe(2);
    const unit = await readFile(new URL('../deploy/systemd/amtkit-bridge.service', import.meta.url), 'utf8');
    expect(unit).toContain('RestartPreventExitStatus=2\n');
  });
});
