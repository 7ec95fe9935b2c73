import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import { Reader } from '../bytes/reader.ts';
import { Cancelled, ConnectFailed } from '../errors.ts';
import { InvalidRange } from './address-forms.ts';
import { type DiscoverOptions, discover } from './discover.ts';
import type { DiscoveredMachine } from './discovered-machine.ts';
import { parseRange } from './range.ts';
import { type RmcpMessage, rmcpMessages } from './rmcp.ts';

type PongFields = Partial<Extract<RmcpMessage, { type: 'PresencePong' }>>;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A machine that answers pings on loopback. All machines of one test share a UDP port. */
async function machine(address: string, port: number, fields: PongFields = {}, ignore = 0): Promise<number> {
  const socket = createSocket('udp4');
  closing.push(() => socket.close());
  let left = ignore;
  socket.on('message', (datagram, from) => {
    const ping = rmcpMessages.decode(new Reader(datagram));
    if (ping?.type !== 'PresencePing' || left-- > 0) return;
    const pong = rmcpMessages.encode({ ...PONG, tag: ping.tag, ...fields });
    socket.send(pong, from.port, from.address);
  });
  await bound(socket, address, port);
  return socket.address().port;
}

async function bound(socket: Socket, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });
}

const PONG = {
  type: 'PresencePong',
  rmcp: 6,
  sequence: 255,
  class: 'ASF',
  enterprise: 4542,
  tag: 0,
  dataLength: 16,
  manufacturer: 343,
  port: 16992,
  version: 0xb8,
  state: 2,
  entities: 1,
  interactions: 0x20,
  major: 0,
  minor: 0,
} as const;

/** A web server that says what it is. */
async function webServer(address: string, server: string, onRequest = () => {}): Promise<number> {
  const http: Server = createServer((_request, response) => {
    onRequest();
    response.writeHead(303, { Location: '/logon.htm', Server: server }).end();
  });
  closing.push(() => {
    http.close();
    http.closeAllConnections();
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(0, address, resolve);
  });
  const listening = http.address();
  return typeof listening === 'object' ? (listening?.port ?? 0) : 0;
}

/** A port of an address where nobody listens on TCP. */
async function closedPort(address: string): Promise<number> {
  const port = await webServer(address, 'x');
  closing.pop()?.();
  return port;
}

async function all(range: string, options: DiscoverOptions): Promise<DiscoveredMachine[]> {
  const found: DiscoveredMachine[] = [];
  for await (const one of discover(range, { roundGapMs: 50, tailMs: 100, ...options })) found.push(one);
  return found;
}

test('yields who answers, with what they say, and nobody else', async () => {
  const port = await machine('127.21.0.9', 0);
  await machine('127.21.0.3', port, { port: 0, version: 0, state: 0, major: 16, minor: 1 });
  await machine('127.21.0.5', port, { port: 16993, state: 6, version: 0xc0 });
  await machine('127.21.0.7', port, { manufacturer: 4542 });
  const found = await all('127.21.0.0/24', { port, tcp: false });
  expect(found.toSorted((a, b) => a.address.localeCompare(b.address))).toEqual([
    {
      address: '127.21.0.3',
      dualPorts: false,
      version: '16.1',
      state: 'not-configured',
      via: 'rmcp',
      roundTripMs: expect.any(Number),
    },
    {
      address: '127.21.0.5',
      port: 16993,
      dualPorts: true,
      version: '12.0',
      state: 'configured',
      via: 'rmcp',
      roundTripMs: expect.any(Number),
    },
    {
      address: '127.21.0.9',
      port: 16992,
      dualPorts: false,
      version: '11.8',
      state: 'configured',
      via: 'rmcp',
      roundTripMs: expect.any(Number),
    },
  ]);
  for (const { roundTripMs } of found) expect(roundTripMs).toBeLessThan(1_000);
});

test('yields a machine while the scan still runs', async () => {
  const port = await machine('127.21.1.1', 0);
  const start = performance.now();
  for await (const { address } of discover('127.21.1.0/24', { port, tcp: false, rate: 100 })) {
    expect(address).toBe('127.21.1.1');
    expect(performance.now() - start).toBeLessThan(1_000);
    break;
  }
  expect(performance.now() - start).toBeLessThan(1_500);
});

test('finds a machine that sleeps through the first ping', async () => {
  const port = await machine('127.21.2.1', 0, {}, 1);
  expect(await all('127.21.2.1', { port, tcp: false })).toHaveLength(1);
  expect(await all('127.21.2.1', { port, tcp: false })).toHaveLength(1);
});

test('reports how far it is, up to the end', async () => {
  const port = await machine('127.21.3.1', 0);
  const seen: [number, number, number, number][] = [];
  await all('127.21.3.0/24', {
    port,
    tcp: false,
    onProgress: ({ sent, total, found, failed }) => seen.push([sent, total, found, failed]),
  });
  expect(seen.at(-1)).toEqual([254, 254, 1, 0]);
  expect(seen.length).toBeGreaterThan(1);
});

describe('over TCP', () => {
  test('finds machines that do not answer pings', async () => {
    const http = await webServer('127.21.4.2', 'Intel(R) Standard Manageability 11.8.77.3664');
    const https = await closedPort('127.21.4.2');
    const port = await machine('127.21.4.1', 0);
    const found = await all('127.21.4.1-3', { port, wsmanPorts: { http, https } });
    expect(found).toHaveLength(2);
    expect(found[1]).toEqual({
      address: '127.21.4.2',
      port: http,
      dualPorts: false,
      version: '11.8',
      fullVersion: '11.8.77.3664',
      state: 'unknown',
      via: 'http',
      roundTripMs: expect.any(Number),
      product: 'standard-manageability',
    });
  });

  test('leaves alone who answers pings', async () => {
    const server = 'Intel(R) Active Management Technology 11.8.50';
    const http = await webServer('127.21.5.1', server, () => expect.unreachable('it was asked'));
    const port = await machine('127.21.5.1', 0);
    const found = await all('127.21.5.1', { port, tcp: true, wsmanPorts: { http, https: http } });
    expect(found.map(({ via }) => via)).toEqual(['rmcp']);
  });

  test('asks the web server of AMT 4 and 5, whose pong says nothing, and keeps the pong when it is silent', async () => {
    const http = await webServer('127.21.6.1', 'Intel(R) Con. Management Engine 5.0.1');
    const port = await machine('127.21.6.1', 0, { version: 0, port: 0, state: 0 });
    await machine('127.21.6.2', port, { version: 0, port: 0, state: 0 });
    const https = await closedPort('127.21.6.1');
    const found = await all('127.21.6.1-2', { port, wsmanPorts: { http, https } });
    expect(found).toHaveLength(2);
    expect(found.find(({ address }) => address === '127.21.6.1')).toMatchObject({
      via: 'rmcp',
      state: 'unknown',
      version: '5.0',
      port: http,
      product: 'management-engine',
    });
    const silent = found.find(({ address }) => address === '127.21.6.2');
    expect(silent).toMatchObject({ via: 'rmcp', state: 'unknown' });
    expect(silent?.version).toBeUndefined();
  });

  test('leaves large ranges alone unless told otherwise', async () => {
    const http = await webServer('127.21.9.2', 'AMT');
    const udp = createSocket('udp4');
    closing.push(() => udp.close());
    await bound(udp, '127.21.9.2', 0);
    const options = { port: udp.address().port, wsmanPorts: { http, https: http } };
    expect(await all('127.21.8.0-127.21.12.0', options)).toEqual([]);
    expect(await all('127.21.9.2', { ...options, tcp: false })).toEqual([]);
    expect(await all('127.21.8.0-127.21.12.0', { ...options, tcp: true })).toHaveLength(1);
  });

  test('uses a port that was typed', async () => {
    const http = await webServer('127.21.13.2', 'AMT');
    const port = await closedPort('127.21.13.2');
    const found = await all(`127.21.13.2:${http}`, { port });
    expect(found).toMatchObject([{ address: '127.21.13.2', port: http, product: 'amt' }]);
  });
});

describe('names', () => {
  test('are resolved and kept', async () => {
    const port = await machine('127.21.14.7', 0);
    const resolver = { forward: async () => ['127.21.14.7'], reverse: () => Promise.reject(new Error('not asked')) };
    const found = await all('office-pc', { port, tcp: false, resolver, onHostname: () => expect.unreachable() });
    expect(found).toMatchObject([{ address: '127.21.14.7', hostname: 'office-pc' }]);
  });

  test('that cannot be resolved are told, and the rest is scanned', async () => {
    const port = await machine('127.21.15.1', 0);
    const told: string[] = [];
    const resolver = {
      forward: (host: string) => Promise.reject(Object.assign(new Error(host), { code: 'ENOTFOUND' })),
      reverse: async () => [],
    };
    const onUnresolved = (host: string, error: ConnectFailed): void => void told.push(`${host}: ${error.message}`);
    const options = { port, tcp: false, resolver, onUnresolved };
    expect(await all('127.21.15.1, ofice-pc', options)).toHaveLength(1);
    expect(told).toEqual(['ofice-pc: The name ofice-pc has no address that can be looked up here: ENOTFOUND.']);
    await expect(all('ofice-pc', options)).rejects.toThrow(ConnectFailed);
  });

  test('of addresses follow later and never hold a machine back', async () => {
    const port = await machine('127.21.16.1', 0);
    await machine('127.21.16.2', port);
    const names: string[] = [];
    const resolver = {
      forward: async () => [],
      reverse: (address: string) =>
        address.endsWith('.1') ? Promise.resolve(['pc-1.example']) : new Promise<never>(() => {}),
    };
    const start = performance.now();
    const found: number[] = [];
    const onHostname = (address: string, name: string): void => void names.push(`${address} ${name}`);
    for await (const _ of discover('127.21.16.1-2', { port, tcp: false, tailMs: 100, resolver, onHostname })) {
      found.push(performance.now() - start);
    }
    expect(found).toHaveLength(2);
    expect(Math.max(...found)).toBeLessThan(1_000);
    expect(names).toEqual(['127.21.16.1 pc-1.example']);
    expect(performance.now() - start).toBeLessThan(4_000);
  });
});

describe('ending', () => {
  test('by signal takes less than 50 ms, in the middle of pinging', async () => {
    const abort = new AbortController();
    let aborted = 0;
    const scan = all('127.22.0.0/16', {
      port: await machine('127.23.0.1', 0),
      rate: 250,
      signal: abort.signal,
      onProgress: ({ sent }) => {
        if (sent < 20 || aborted > 0) return;
        aborted = performance.now();
        abort.abort();
      },
    });
    await expect(scan).rejects.toThrow(Cancelled);
    expect(performance.now() - aborted).toBeLessThan(50);
  });

  test('by signal takes less than 50 ms while a name is being resolved', async () => {
    const abort = new AbortController();
    const resolver = { forward: () => new Promise<never>(() => {}), reverse: async () => [] };
    const scan = all('office-pc', { resolver, signal: abort.signal });
    setImmediate(() => abort.abort());
    const start = performance.now();
    await expect(scan).rejects.toThrow(Cancelled);
    expect(performance.now() - start).toBeLessThan(50);
  });

  test('by a signal that was given before sends nothing', async () => {
    let asked = 0;
    const port = await machine('127.21.17.1', 0);
    const signal = AbortSignal.abort();
    await expect(all('127.21.17.1', { port, signal, onProgress: () => asked++ })).rejects.toThrow(Cancelled);
    expect(asked).toBe(0);
  });
});

describe('mistakes', () => {
  test('in a range throw at once, before anything is iterated', () => {
    expect(() => discover('192.168.1.300')).toThrow(InvalidRange);
    expect(() => discover('10.0.0.0/8')).toThrow('16,777,214 addresses');
    expect(() => discover('10.0.0.0/8', { allowHuge: true })).not.toThrow();
  });

  test('of the network are one sentence when no ping could leave', async () => {
    // A broadcast address is refused by every socket that was not opened for it.
    const scan = all('127.255.255.255', { port: 9, tcp: false });
    await expect(scan).rejects.toThrow(ConnectFailed);
    await expect(scan).rejects.toThrow('Not one ping could leave this computer: EACCES.');
  });
});

test('takes a range that was parsed before', async () => {
  const port = await machine('127.21.18.1', 0);
  const found: string[] = [];
  const scan = discover(parseRange('127.21.18.1'), { port, tcp: false });
  expectTypeOf(scan).toEqualTypeOf<AsyncIterable<DiscoveredMachine>>();
  for await (const { address } of scan) found.push(address);
  expect(found).toEqual(['127.21.18.1']);
});
