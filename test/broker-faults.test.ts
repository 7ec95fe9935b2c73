/** Brokers that misbehave, clients that send nonsense, and a bridge that goes on between them. */
import { createServer, type Socket } from 'node:net';
import { needs } from '@amtkit/core/testing';
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { mosquitto } from './support/mosquitto.ts';
import { listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

const soon = { firstRetryMs: 20, longestRetryMs: 40, quietMs: 50, probeMs: 30, drainMs: 50, answerMs: 300, ackMs: 300 };

async function bridgeOn(
  broker: string | undefined,
  more: Partial<BridgeOptions> = {},
): Promise<Bridge & { pc: Simulator }> {
  const simulator = keep(await createSimulator({ speed: 0, password, power: 'on' }));
  const shelf = keep(await bookOf({ pc: simulator }, { bridge: { broker: { embedded: { port: 0 } } } }));
  const url = broker === undefined ? {} : { broker };
  const fleetOptions = { patience: { pollMs: 100, transitionPollMs: 30 } };
  const bridge = keep(await createBridge({ book: shelf.book, ...url, patience: soon, fleetOptions, ...more }));
  return Object.assign(bridge, { pc: simulator });
}

/** What a broker never answers. */
type Silence = 'connections' | 'subscriptions' | 'publishes';

/** A broker that is silent about one thing until it is healed; and how often somebody came. */
async function rudeBroker(about: Silence): Promise<{ url: string; visits: () => number; heal: () => void }> {
  let visits = 0;
  let isRude = true;
  const rude = (to: Silence): boolean => isRude && about === to;
  const aedes = await Aedes.createBroker({
    authenticate: (_client, _name, _password, done) => rude('connections') || done(null, true),
    authorizeSubscribe: (_client, subscription, done) => rude('subscriptions') || done(null, subscription),
    authorizePublish: (_client, _packet, done) => rude('publishes') || done(null),
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    visits++;
    sockets.add(socket);
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  keep({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  });
  return {
    url: `mqtt://127.0.0.1:${port}`,
    visits: () => visits,
    heal: () => {
      isRude = false;
    },
  };
}

describe('A broker that takes connections and', () => {
  it.each([
    ['lets nobody in', 'connections', 'Cannot connect to'],
    ['does not answer subscriptions', 'subscriptions', 'does not answer our subscriptions'],
    ['acknowledges nothing', 'publishes', 'acknowledged nothing'],
  ] as const)('%s is named in the log, left, and tried again until it works', async (_how, about, complaint) => {
    const broker = await rudeBroker(about);
    const lines: string[] = [];
    const bridge = await bridgeOn(broker.url, { log: (line) => lines.push(line) });
    await expect.poll(() => lines.join('\n'), { timeout: 10_000 }).toContain(complaint);
    await expect.poll(broker.visits, { timeout: 10_000 }).toBeGreaterThan(3);
    broker.heal();
    await bridge.ready;
    expect(bridge.connected).toBe(true);
  });

  it('acknowledges nothing does not hold the end of the bridge up', async () => {
    const broker = await rudeBroker('publishes');
    const bridge = await bridgeOn(broker.url, { patience: { ...soon, ackMs: 60_000 } });
    await expect.poll(() => bridge.connected).toBe(true);
    const before = performance.now();
    await bridge.close();
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

describe('A client that sends', () => {
  const bomb = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  it.each([
    ['brackets without end', bomb(10_000), 'BAD_JSON'],
    ['lists without end', '['.repeat(60_000), 'BAD_JSON'],
    ['a number without end', `{"seconds":${'9'.repeat(60_000)}}`, 'INVALID'],
    [
      'a thousand keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]))),
      'INVALID',
    ],
    ['half a surrogate', '{"seconds":"\\ud800"}', 'INVALID'],
    ['a prototype', '{"__proto__":{"seconds":1},"constructor":{}}', 'INVALID'],
    ['more than is read', ' '.repeat(70_000), 'TOO_LARGE'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'BAD_TEXT'],
  ])('%s gets an answer, and the bridge goes on', async (_what, payload, code) => {
    const bridge = await bridgeOn(undefined);
    const ear = keep(await listen(bridge.brokerUrl));
    await ear.client.publishAsync('amtkit/bridge/main/request/permit', payload, { qos: 1 });
    const answer = await ear.json('amtkit/bridge/main/response/permit');
    expect(answer.ok).toBe(false);
    if (code !== 'INVALID') expect(answer.code).toBe(code);
    expect(JSON.stringify(answer).length).toBeLessThan(2000);
    await ear.client.publishAsync('amtkit/pc/do/boot/clear', payload, { qos: 1 });
    expect(await ear.json('amtkit/pc/result')).toMatchObject({ ok: false });
    await ear.say('amtkit/bridge/main/request/health');
    expect(await ear.json('amtkit/bridge/main/response/health')).toMatchObject({ ok: true });
  });

  it('a thousand commands at once gets a thousand answers, each once', async () => {
    // A bridge that took a busy broker for a silent one would connect again, and what was on its way is lost or told twice.
    const bridge = await bridgeOn(undefined, { patience: { ...soon, answerMs: 30_000, ackMs: 30_000 } });
    const ear = keep(await listen(bridge.brokerUrl, { filter: 'amtkit/+/result' }));
    await using state = await listen(bridge.brokerUrl);
    await state.sees('amtkit/pc/power/state', 'on');
    const send = (i: number): Promise<void> => {
      const transaction = `t${i}`;
      if (i % 10 === 0) return ear.say('amtkit/nobody/do/media/eject', JSON.stringify({ transaction }));
      if (i % 10 === 1) return ear.say('amtkit/pc/boot/next/set', JSON.stringify({ value: 'bios', transaction }));
      return ear.say('amtkit/pc/do/media/eject', JSON.stringify({ transaction }));
    };
    await Promise.all(Array.from({ length: 1000 }, (_, i) => send(i)));
    await expect.poll(() => ear.heard.length, { timeout: 25_000 }).toBe(1000);
    const answers = ear.heard.map(
      ({ payload }) => JSON.parse(payload) as { transaction: string; ok: boolean; code: string },
    );
    expect(new Set(answers.map(({ transaction }) => transaction)).size).toBe(1000);
    expect(answers.filter(({ code }) => code === 'UNKNOWN_MACHINE')).toHaveLength(100);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(900);
  });
});

describe('Retained junk below our topics', needs('mosquitto'), () => {
  it('keeps the bridge from nothing, and is taken away where it was ours', async () => {
    const broker = keep(await mosquitto());
    const ear = keep(await listen(broker.url));
    const junk: Readonly<Record<string, string>> = {
      'amtkit/bridge/main/info': '{"machines":{"owned":["gone","../x",7,"__proto__"]}}',
      'amtkit/bridge/main/state': 'perhaps',
      'amtkit/gone/power/state': 'on',
      'amtkit/gone/availability': 'online',
      'amtkit/pc/power/state': '{"not":"a state"}',
      'amtkit/pc/availability': '',
      'amtkit/pc/do/power/off': '{',
      'amtkit/nobody/do/power/off': '{}',
      'amtkit/bridge/main/request/permit': '[[[[[[[[[[',
      'homeassistant/device/amtkit/not-a-uuid/config': 'junk',
      'homeassistant/device/amtkit/bridge-main/config': '[]',
      'homeassistant/device/amtkit/4c4c4544-0000-4000-8000-000000000000/config':
        '{"origin":{"name":"amtkit"},"availability":7}',
      'homeassistant/device/other/x/config': 'not ours',
    };
    for (const [topic, payload] of Object.entries(junk))
      if (payload !== '') await ear.say(topic, payload, { retain: true });
    const lines: string[] = [];
    const bridge = await bridgeOn(broker.url, { log: (line) => lines.push(line) });
    await bridge.ready;
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.sees('amtkit/pc/availability', 'online');
    await ear.sees('amtkit/gone/power/state', '');
    await using late = await listen(broker.url);
    await late.sees('amtkit/bridge/main/state', 'online');
    const retained = new Map(late.heard.map(({ topic, payload }) => [topic, payload]));
    expect(retained.get('amtkit/pc/power/state')).toBe('on');
    expect([...retained.keys()].filter((topic) => /\/gone\/|\/do\/|\/request\//.test(topic))).toEqual([]);
    expect(retained.get('homeassistant/device/other/x/config')).toBe('not ours');
    expect(JSON.parse(retained.get('homeassistant/device/amtkit/bridge-main/config') ?? '')).toHaveProperty('device');
    expect(bridge.pc.received.of('RequestPowerStateChange')).toEqual([]);
    expect(lines.filter((line) => line.includes('at '))).toEqual([]);
  });
});
