/** Virtual PCs as a whole: ports, cable, identity, many at once. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectFailed, Untrusted } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { createSimulator } from './create-simulator.ts';
import { createSimulators } from './create-simulators.ts';
import type { ProfileName } from './profiles/profile.ts';
import { profiles } from './profiles/profiles.ts';
import type { Simulator } from './simulator.ts';
import { start, TestConsole, Wire } from './testing/console.ts';

const reach = ({ host }: Simulator, port: number | undefined) =>
  new Promise<'open' | 'refused'>((resolve) => {
    const socket = connect(port ?? 0, host);
    socket.once('error', () => resolve('refused'));
    socket.once('connect', () => {
      socket.destroy();
      resolve('open');
    });
  });

describe('ports', () => {
  test('are free ones of loopback, and closed when the PC is', async () => {
    const simulator = await createSimulator({ speed: 0 });
    const { rmcp, ...tcp } = simulator.ports;
    expect(Object.keys(tcp)).toEqual(['wsman', 'wsmanTls', 'redirection', 'redirectionTls']);
    expect(new Set([rmcp, ...Object.values(tcp)]).size).toBe(5);
    for (const port of Object.values(tcp)) expect(await reach(simulator, port)).toBe('open');
    await simulator.close();
    for (const port of Object.values(tcp)) expect(await reach(simulator, port)).toBe('refused');
  });

  test('that are taken are named', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    const { wsman = 0 } = simulator.ports;
    const second = createSimulator({ ports: { wsman } });
    await expect(second).rejects.toBeInstanceOf(ConnectFailed);
    await expect(second).rejects.toThrow(`127.0.0.1:${wsman}: EADDRINUSE`);
  });

  test('follow the settings of TLS, keeping their numbers', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    const { wsman, wsmanTls } = simulator.ports;
    simulator.firmware.change((state) => {
      state.tls.plain = false;
    });
    await expect.poll(() => reach(simulator, wsman)).toBe('refused');
    simulator.firmware.change((state) => {
      state.tls = { enabled: false, plain: true, restarting: false };
    });
    await expect.poll(() => reach(simulator, wsmanTls)).toBe('refused');
    await expect.poll(() => reach(simulator, wsman)).toBe('open');
  });

  test('of redirection are open while its listener is on, keeping their numbers', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    const { redirection, redirectionTls } = simulator.ports;
    const console = new TestConsole(simulator);
    await console.put('AMT_RedirectionService', { ListenerEnabled: false });
    await expect.poll(() => reach(simulator, redirection)).toBe('refused');
    await expect.poll(() => reach(simulator, redirectionTls)).toBe('refused');
    expect(Object.keys(simulator.ports)).toEqual(['rmcp', 'wsman', 'wsmanTls']);
    await console.put('AMT_RedirectionService', { ListenerEnabled: true });
    await expect.poll(() => reach(simulator, redirection)).toBe('open');
    expect(simulator.ports).toMatchObject({ redirection, redirectionTls });
  });

  test.each(Object.keys(profiles) as ProfileName[])('of %s are those of its generation', async (profile) => {
    const { simulator } = await start({ profile });
    const plainToo = profile === 'amt-7' || profile === 'amt-11' || profile === 'amt-12';
    expect(simulator.ports).toEqual({
      rmcp: 623,
      wsmanTls: 16993,
      redirectionTls: 16995,
      ...(plainToo && { wsman: 16992, redirection: 16994 }),
    });
  });
});

describe('TLS', () => {
  const shake = ({ host, ports }: Simulator, options: object, port = ports.wsmanTls) =>
    new Promise<{ protocol: string | null; fingerprint?: string }>((resolve) => {
      const socket = connectTls({ host, port: port ?? 0, rejectUnauthorized: false, ...options });
      socket.once('error', () => resolve({ protocol: 'refused' }));
      socket.once('secureConnect', () => {
        resolve({ protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 });
        socket.destroy();
      });
    });
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'AES128-SHA:@SECLEVEL=0' };
  const staticRsa = { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' };

  test.each([
    ['amt-7', old, 'TLSv1'],
    ['amt-7', {}, 'refused'],
    ['amt-11', old, 'TLSv1'],
    ['amt-11', {}, 'TLSv1.2'],
    ['amt-12', old, 'refused'],
    ['amt-12', {}, 'TLSv1.2'],
    ['amt-12', staticRsa, 'TLSv1.2'],
    ['amt-16', {}, 'TLSv1.2'],
    ['amt-16', staticRsa, 'TLSv1.2'],
  ] as const)('of %s with %o is %s', async (profile, options, result) => {
    await using simulator = await createSimulator({ profile, speed: 0 });
    expect((await shake(simulator, options)).protocol).toBe(result);
  });

  test('has a certificate of its own, made when first needed and renewed on request', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    await using other = await createSimulator({ speed: 0 });
    expect(simulator.certificate).toBeUndefined();
    const first = await shake(simulator, {});
    expect(first.fingerprint).toBe(simulator.certificate?.fingerprint);
    // Consoles in the field compare the two ports and stop where they differ.
    const redirection = await shake(simulator, {}, simulator.ports.redirectionTls);
    expect(redirection).toEqual(first);
    expect((await shake(other, {})).fingerprint).not.toBe(first.fingerprint);
    const { fingerprint } = await simulator.renewCertificate();
    expect((await shake(simulator, {})).fingerprint).toBe(fingerprint);
    expect(fingerprint).not.toBe(first.fingerprint);
  });
});

describe('the door without sockets', () => {
  test('leads to the same firmware', async () => {
    const { simulator } = await start();
    const plain = new TestConsole(simulator);
    const secure = new TestConsole(simulator, { tls: true });
    await plain.requestPower(2);
    expect((await secure.power()).state).toBe(2);
    expect(simulator.received.requests().map(({ tls }) => tls)).toEqual([false, true]);
  });

  test('asks for the right certificate and the right age', async () => {
    const { simulator } = await start();
    const { wsman = 0, wsmanTls = 0 } = simulator.ports;
    const { host } = simulator;
    const stream = await simulator.dial({ host, port: wsmanTls, tls: {} });
    expect(stream.certificate).toEqual({ fingerprint: simulator.certificate?.fingerprint });
    const pinned = simulator.dial({ host, port: wsmanTls, tls: { fingerprint: 'AA' } });
    await expect(pinned).rejects.toBeInstanceOf(Untrusted);
    await expect(simulator.dial({ host, port: wsman, tls: {} })).rejects.toBeInstanceOf(ConnectFailed);
    await expect(simulator.dial({ host, port: 80 })).rejects.toThrow('Nobody answers');
    const old = await start({ profile: 'amt-7' });
    await expect(old.simulator.dial({ host, port: 16993, tls: {} })).rejects.toBeInstanceOf(Untrusted);
    await old.simulator.dial({ host, port: 16993, tls: { legacy: true } });
  });
});

describe('the cable', () => {
  test('pulled ends connections and refuses new ones, until it is back on the same ports', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    const { wsman } = simulator.ports;
    const socket = connect(wsman ?? 0, simulator.host);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await simulator.unplug();
    await closed;
    expect(await reach(simulator, wsman)).toBe('refused');
    await expect(simulator.dial({ host: simulator.host, port: wsman ?? 0 })).rejects.toBeInstanceOf(ConnectFailed);
    await simulator.plug();
    expect(simulator.ports.wsman).toBe(wsman);
    expect(await reach(simulator, wsman)).toBe('open');
  });

  test('pulled silently lets nothing through, which nobody says', async () => {
    const { simulator } = await start();
    const wire = new Wire(await simulator.dial({ host: simulator.host, port: 16992 }));
    await simulator.unplug({ silent: true });
    await wire.send('POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
    const silence = await Promise.race([
      wire.reply().then(() => 'an answer'),
      new Promise((resolve) => setTimeout(resolve, 50)).then(() => 'silence'),
    ]);
    expect(silence).toBe('silence');
    expect(simulator.received.challenges).toBe(0);
    await wire.close();
    await simulator.plug();
    const again = new Wire(await simulator.dial({ host: simulator.host, port: 16992 }));
    await again.send('GET / HTTP/1.1\r\n\r\n');
    expect((await again.reply()).status).toBe(303);
  });
});

describe('identity', () => {
  test('follows from the seed', async () => {
    const one = await start({ seed: 7 });
    const same = await start({ seed: 7 });
    const other = await start({ seed: 8 });
    const of = ({ simulator }: typeof one) => [simulator.uuid, simulator.firmware.identity.realm];
    expect(of(one)).toEqual(of(same));
    expect(of(one)).not.toEqual(of(other));
    expect(one.simulator.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('refuses a UUID that is none', async () => {
    await expect(createSimulator({ uuid: 'pc-1' })).rejects.toThrow('pc-1 is not a UUID');
  });
});

describe('many', () => {
  test('have each an address, a name and an identity', async () => {
    const all = await createSimulators(300, { firstAddress: '127.0.9.200', ports: 'memory', seed: 1 });
    expect(all.map(({ name }) => name).slice(0, 2)).toEqual(['sim-1', 'sim-2']);
    expect(new Set(all.map(({ uuid }) => uuid)).size).toBe(300);
    const hosts = all.map(({ host }) => host);
    expect([hosts[0], hosts[54], hosts[55], hosts[299]]).toEqual([
      '127.0.9.200',
      '127.0.9.254',
      '127.0.10.1',
      '127.0.10.245',
    ]);
    await Promise.all(all.map((simulator) => simulator.close()));
  });

  test('share one address on free ports', async () => {
    const all = await createSimulators(3, { speed: 0 });
    expect(new Set(all.map(({ ports }) => ports.wsman)).size).toBe(3);
    await Promise.all(all.map((simulator) => simulator.close()));
  });

  test('are none when one of them cannot listen', async () => {
    await using taken = await createSimulator({ speed: 0 });
    const { wsman = 0, wsmanTls = 0, rmcp } = taken.ports;
    const failing = createSimulators(2, { ports: { wsman, wsmanTls: wsmanTls, rmcp } });
    await expect(failing).rejects.toBeInstanceOf(ConnectFailed);
    expect(await reach(taken, wsman)).toBe('open');
  });

  test('cost little each', async () => {
    const before = process.memoryUsage().heapUsed;
    const all = await createSimulators(200, { ports: 'memory' });
    const each = (process.memoryUsage().heapUsed - before) / 200;
    expect(each).toBeLessThan(100_000);
    await Promise.all(all.map((simulator) => simulator.close()));
  });
});
