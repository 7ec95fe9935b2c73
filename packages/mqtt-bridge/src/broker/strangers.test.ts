/** The embedded broker towards clients that are limited, strange or hostile. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidBook } from '@amtkit/core';
import { logOf } from '@amtkit/core/automation';
import { officeRsa } from '@amtkit/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Listener, listen } from '../testing/listener.ts';
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startBroker } from './broker.ts';

const lines: string[] = [];
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  lines.length = 0;
});

async function start(options: Partial<EmbeddedBrokerOptions> = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker({
    listen: '127.0.0.1',
    port: 0,
    users: new Map(),
    base: 'amtkit',
    log: logOf((line) => lines.push(line)),
    ...options,
    patience: { refusalMs: 0, ...options.patience },
  });
  opened.push(() => broker.close());
  return broker;
}

async function client(...how: Parameters<typeof listen>): Promise<Listener> {
  const ear = await listen(...how);
  opened.push(async () => ear[Symbol.asyncDispose]());
  return ear;
}

/** A socket that sends these bytes and then nothing; resolves when the broker has ended it. */
async function raw(url: string, bytes: Uint8Array): Promise<{ socket: Socket; ended: Promise<void> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  opened.push(async () => socket.destroy());
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(bytes);
  return { socket, ended };
}

/** CONNECT of the client `a`, 3.1.1, a clean session. [MQTT 3.1.1 §3.1] */
const connectPacket = Buffer.from('100d00044d51545404020000000161', 'hex');

async function certificateFiles(): Promise<{ cert: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-broker-'));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.cert, officeRsa.cert);
  await writeFile(files.key, officeRsa.key);
  return files;
}

const everything = { publish: ['#'], subscribe: ['#'] };
const login = (username: string) => ({ username, password: username });

describe('A user of some machines', () => {
  const users = new Map([
    ['bridge', { password: 'bridge', ...everything }],
    ['lab', { password: 'lab', publish: [], subscribe: [], machines: ['@lab'] }],
  ]);

  it('hears of these and commands these, whatever he subscribes', async () => {
    const tags = new Map([['pc-1', ['lab']]]);
    const broker = await start({ users, tagsOf: (machine) => tags.get(machine) });
    const all = await client(broker.url, '#', login('bridge'));
    await all.say('amtkit/pc-1/power/state', 'on', { retain: true });
    await all.say('amtkit/pc-2/power/state', 'on', { retain: true });
    const lab = await client(broker.url, 'amtkit/#', login('lab'));
    await lab.sees('amtkit/pc-1/power/state');
    await lab.say('amtkit/pc-2/do/power/off');
    await lab.say('amtkit/pc-1/do/power/off');
    await all.sees('amtkit/pc-1/do/power/off');
    expect(all.on('amtkit/pc-2/do/power/off')).toEqual([]);
    expect(lab.on('amtkit/pc-2/power/state')).toEqual([]);
    expect(lines).toContain('The embedded broker does not let lab publish to amtkit/pc-2/do/power/off.');
    tags.set('pc-2', ['lab']);
    await all.say('amtkit/pc-2/power/state', 'off');
    expect(await lab.sees('amtkit/pc-2/power/state')).toBe('off');
  });

  it('has no last will that says what he may not', async () => {
    const broker = await start({ users });
    const all = await client(broker.url, '#', login('bridge'));
    const will = { topic: 'amtkit/bridge/main/state', payload: Buffer.from('offline'), qos: 1, retain: true } as const;
    const lab = await client(broker.url, 'amtkit/#', { ...login('lab'), will });
    lab.client.stream.destroy();
    await all.say('amtkit/x', 'after');
    await all.sees('amtkit/x');
    await expect.poll(() => lines.join()).toContain('does not let lab publish to amtkit/bridge/main/state');
    expect(all.on('amtkit/bridge/main/state')).toEqual([]);
  });
});

describe('A user whose password is guessed', () => {
  const login = (username: string, password: string) => ({ username, password });

  it('is refused from there for a while, also with the right one, and others are not', async () => {
    let time = 0;
    const users = new Map(['eve', 'adam'].map((name) => [name, { password: name, ...everything }]));
    const broker = await start({ users, now: () => time });
    for (let i = 0; i < 5; i++) {
      await expect(client(broker.url, '#', login('eve', `guess-${i}`))).rejects.toThrow(/[Nn]ot authorized/);
    }
    await expect(client(broker.url, '#', login('eve', 'eve'))).rejects.toThrow(/[Nn]ot authorized/);
    await client(broker.url, '#', login('adam', 'adam'));
    expect(lines).toContain(
      'The embedded broker refuses "eve" from 127.0.0.1 for 2 s, after too many wrong passwords.',
    );
    time += 2000;
    const eve = await client(broker.url, '#', login('eve', 'eve'));
    await eve.say('amtkit/x', 'hello');
    await eve.sees('amtkit/x');
  });
});

describe('Users that change', () => {
  it('are sent away when they may not log in any more, and the others stay', async () => {
    const known = { password: 'a', ...everything };
    const broker = await start({
      users: new Map([
        ['a', known],
        ['b', { ...known, password: 'b' }],
      ]),
    });
    const a = await client(broker.url, '#', login('a'));
    const b = await client(broker.url, '#', login('b'));
    const gone = new Promise((resolve) => b.client.once('close', () => resolve(true)));
    await broker.update(new Map([['a', known]]));
    await gone;
    await a.say('amtkit/x', 'still here');
    await a.sees('amtkit/x');
    await expect(client(broker.url, '#', login('b'))).rejects.toThrow(/[Nn]ot authorized/);
  });

  it('are not taken away from a broker that strangers can reach', async () => {
    const broker = await start({ listen: '0.0.0.0', users: new Map([['a', { password: 'a', ...everything }]]) });
    await expect(broker.update(new Map())).rejects.toBeInstanceOf(InvalidBook);
    await expect(client(broker.url.replace('0.0.0.0', '127.0.0.1'))).rejects.toThrow(/[Nn]ot authorized/);
  });
});

describe('With a certificate the broker', () => {
  it('speaks TLS, and nothing else', async () => {
    const broker = await start({ tls: await certificateFiles() });
    expect(broker.url).toMatch(/^mqtts:/);
    const trusted = { ca: officeRsa.cert, servername: 'office-pc' };
    const ear = await client(broker.url, '#', trusted);
    await ear.say('amtkit/x', 'hello');
    expect(await ear.sees('amtkit/x')).toBe('hello');
    await (await raw(broker.url, connectPacket)).ended;
    await expect(client(broker.url, '#', { servername: 'office-pc' })).rejects.toThrow(/self-signed/);
  });

  it('wants one of the clients, too, where it has a CA', async () => {
    const files = await certificateFiles();
    const broker = await start({ tls: { ...files, ca: files.cert } });
    const trusted = { ca: officeRsa.cert, servername: 'office-pc' };
    await expect(client(broker.url, '#', trusted)).rejects.toThrow();
    const ear = await client(broker.url, '#', { ...trusted, cert: officeRsa.cert, key: officeRsa.key });
    await ear.say('amtkit/x', 'hello');
    await ear.sees('amtkit/x');
  });

  it.each([
    ['cert', 'is not there', undefined],
    ['cert', 'makes no sense', 'nonsense'],
  ] as const)('does not start when the %s %s', async (key, _how, content) => {
    const files = { ...(await certificateFiles()), [key]: join(tmpdir(), 'amtkit-nowhere.pem') };
    if (content !== undefined) {
      files.cert = (await certificateFiles()).cert;
      await writeFile(files.cert, content);
    }
    const refused = start({ tls: files });
    await expect(refused).rejects.toBeInstanceOf(InvalidBook);
    await expect(refused).rejects.toThrow(files[key]);
  });
});

describe('Over WebSocket', () => {
  it('clients speak MQTT as over TCP', async () => {
    const broker = await start({ webSocket: { port: 0, origins: [] } });
    const ear = await client(broker.webSocketUrl ?? '');
    const other = await client(broker.url);
    await other.say('amtkit/x', 'hello');
    expect(await ear.sees('amtkit/x')).toBe('hello');
  });

  it.each([
    ['https://evil.example', new Map(), 401],
    ['http://localhost:3000', new Map(), 'open'],
    ['https://dashboard.example', new Map(), 'open'],
    ['https://evil.example', new Map([['a', { password: 'a', ...everything }]]), 'open'],
  ] as const)('a page of %s is let in, or not: %s → %s', async (origin, users, outcome) => {
    const broker = await start({ users, webSocket: { port: 0, origins: ['https://dashboard.example'] } });
    const socket = new WebSocket(broker.webSocketUrl ?? '', 'mqtt', { origin });
    const seen = await new Promise((resolve) => {
      socket.once('open', () => resolve('open'));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    socket.on('error', () => {});
    socket.terminate();
    expect(seen).toBe(outcome);
  });

  it('whoever speaks HTTP is told what is spoken here', async () => {
    const broker = await start({ webSocket: { port: 0, origins: [] } });
    const response = await fetch(broker.webSocketUrl?.replace('ws', 'http') ?? '');
    expect(response.status).toBe(426);
  });
});

describe('A client that', () => {
  it('sends more than is taken is sent away, and the others are served', async () => {
    const broker = await start({ maxPacketBytes: 10_000 });
    const ear = await client(broker.url);
    const large = await client(broker.url, 'none');
    const gone = new Promise((resolve) => large.client.once('close', () => resolve(true)));
    large.client.publish('amtkit/x', Buffer.alloc(20_000));
    await gone;
    await ear.say('amtkit/y', 'z'.repeat(9000));
    await ear.sees('amtkit/y');
    expect(ear.on('amtkit/x')).toEqual([]);
    expect(lines.join()).toMatch(/An MQTT client broke off: .*a packet of \d+ bytes or more; 10000 are taken/);
  });

  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a packet without an end', Buffer.from('30ffffffffff', 'hex')],
    ['a reserved type', Buffer.from('f000', 'hex')],
    ['no protocol name', Buffer.from('10020000', 'hex')],
    ['a publish before it has logged in', Buffer.from('300500037879787a', 'hex')],
    ['wildcards in a topic', Buffer.concat([connectPacket, Buffer.from('30050003612f2378', 'hex')])],
  ])('sends %s ends alone', async (_what, bytes) => {
    const broker = await start({ patience: { connectMs: 300 } });
    const { ended } = await raw(broker.url, bytes);
    await ended;
    const ear = await client(broker.url);
    await ear.say('amtkit/x', 'hello');
    await ear.sees('amtkit/x');
  });

  it('says nothing is sent away', async () => {
    const broker = await start({ patience: { connectMs: 50 } });
    const { ended } = await raw(broker.url, Buffer.of());
    await ended;
  });

  it('takes nothing is sent away, and the others are served', async () => {
    const broker = await start({ patience: { drainMs: 200 } });
    const { socket, ended } = await raw(broker.url, connectPacket);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    socket.write(Buffer.from('8206000100012300', 'hex'));
    const ear = await client(broker.url, 'amtkit/end');
    const payload = Buffer.alloc(500_000);
    for (let i = 0; i < 40; i++) await ear.client.publishAsync('amtkit/much', payload);
    await ear.say('amtkit/end', 'x');
    await ear.sees('amtkit/end');
    await expect.poll(() => lines.join(), { timeout: 5000 }).toContain('drain timeout');
    socket.resume();
    await ended;
  });

  it('is one too many is not let in until another has gone', async () => {
    const broker = await start({ maxClients: 2 });
    const [first] = [await client(broker.url), await client(broker.url)];
    for (let i = 0; i < 2; i++) await (await raw(broker.url, connectPacket)).ended;
    expect(lines.filter((line) => line.includes('takes no more'))).toHaveLength(1);
    const left = new Promise((resolve) => first?.client.once('close', () => resolve(true)));
    await first?.[Symbol.asyncDispose]();
    await left;
    await (await client(broker.url)).say('amtkit/x');
  });
});
