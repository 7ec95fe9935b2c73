/** What goes wrong between machines, bridge and broker: nothing fires twice, nothing is lost without a word. */
import { createServer, type Server } from 'node:net';
import { needs } from '@amtkit/core/testing';
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { Aedes, type AedesOptions } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf, type TestBook } from './support/book.ts';
import { type Door, doorTo } from './support/door.ts';
import { type Mosquitto, mosquitto } from './support/mosquitto.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { soon as inAHurry, watchful } from './support/patience.ts';
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

const soon = { ...inAHurry, stopMs: 200 };

async function pc(options: SimulatorOptions = {}): Promise<Simulator> {
  return keep(await createSimulator({ speed: 0, password, ...options }));
}

/** A broker of MQTT 3.1.1 that is not ours, and a door in front of it. */
async function oldBroker(options: AedesOptions = {}): Promise<{ url: string; door: Door; viaDoor: string }> {
  const aedes = await Aedes.createBroker(options);
  const server: Server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  keep({
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const door = keep(await doorTo(port));
  return { url: `mqtt://127.0.0.1:${port}`, door, viaDoor: `mqtt://127.0.0.1:${door.port}` };
}

async function bridgeFor(
  machines: Readonly<Record<string, Simulator>>,
  broker: string,
  more: Partial<BridgeOptions> = {},
): Promise<{ bridge: Bridge; shelf: TestBook }> {
  const shelf = keep(await bookOf(machines));
  const bridge = keep(
    await createBridge({
      book: shelf.book,
      broker,
      patience: soon,
      fleetOptions: { patience: watchful, timeoutMs: 1000 },
      ...more,
    }),
  );
  return { bridge, shelf };
}

describe('A broker that is away for a while', () => {
  it('hears at once what is true when it is back, and nothing that fired in between', async () => {
    const simulator = await pc({ power: 'off' });
    const { url, door, viaDoor } = await oldBroker();
    const ear = keep(await listen(url));
    await bridgeFor({ pc: simulator }, viaDoor);
    await ear.sees('amtkit/pc/power/state', 'off');
    await ear.sees('amtkit/bridge/main/state', 'online');
    door.shut();
    await ear.sees('amtkit/bridge/main/state', 'offline');
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"lost"}');
    await simulator.firmware.hardware.apply('on');
    await simulator.received.next('CIM_AssociatedPowerManagementService');
    ear.heard.length = 0;
    door.open();
    await ear.sees('amtkit/bridge/main/state', 'online');
    expect(ear.on('amtkit/pc/power/state').at(-1)).toBe('on');
    expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
    expect(ear.on('amtkit/pc/result')).toEqual([]);
  });

  it('gets the result of a command that was under way', async () => {
    const simulator = await pc({ power: 'off' });
    const { url, door, viaDoor } = await oldBroker();
    const ear = keep(await listen(url));
    await bridgeFor({ pc: simulator }, viaDoor);
    await ear.sees('amtkit/pc/power/state', 'off');
    simulator.use({
      name: 'shut the door while it is commanded',
      invoke(_firmware, { method }) {
        if (method === 'RequestPowerStateChange') door.shut();
        return undefined;
      },
    });
    await ear.say('amtkit/pc/do/power/on', '{"transaction":"under-way"}');
    await ear.sees('amtkit/bridge/main/state', 'offline');
    door.open();
    const result = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'under-way');
    expect(result).toMatchObject({ ok: true, action: 'power.on' });
    expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
  });

  it('is told that a machine is gone which was removed meanwhile', async () => {
    const { url, door, viaDoor } = await oldBroker();
    const ear = keep(await listen(url));
    const [one, two] = [await pc(), await pc()];
    const { shelf } = await bridgeFor({ one, two }, viaDoor);
    await ear.sees(`homeassistant/device/amtkit/${one.uuid}/config`);
    door.shut();
    await ear.sees('amtkit/bridge/main/state', 'offline');
    await shelf.rewrite({ two });
    await expect.poll(() => shelf.book.machines.has('one'), { timeout: 5000 }).toBe(false);
    door.open();
    await ear.sees('amtkit/one/availability', '');
    await ear.sees(`homeassistant/device/amtkit/${one.uuid}/config`, '');
    await using late = await listen(url);
    await late.sees('amtkit/two/availability');
    expect(late.heard.filter(({ topic }) => topic.startsWith('amtkit/one/'))).toEqual([]);
  });
});

describe('A broker that is not there at first', () => {
  it('is waited for', async () => {
    const simulator = await pc();
    const { url, door, viaDoor } = await oldBroker();
    const ear = keep(await listen(url));
    door.shut();
    const lines: string[] = [];
    const { bridge } = await bridgeFor({ pc: simulator }, viaDoor, { log: (line) => lines.push(line) });
    await expect.poll(() => lines.some((line) => line.includes('Cannot connect to'))).toBe(true);
    expect(bridge.connected).toBe(false);
    door.open();
    await bridge.ready;
    await ear.sees('amtkit/pc/availability', 'online');
    expect(lines.filter((line) => line.includes('Cannot connect to')).length).toBeLessThan(4);
  });
});

describe('A broker that refuses the bridge', () => {
  it('is named in the log with its reason, asked again, and used as soon as it lets the bridge in', async () => {
    let isOpen = false;
    const { url } = await oldBroker({ authenticate: (_client, _name, _password, done) => done(null, isOpen) });
    const lines: string[] = [];
    const settings = { user: 'bridge', password: 'Br1dge-secret' };
    const shelf = keep(await bookOf({ pc: await pc() }, { bridge: { broker: { url, ...settings } } }));
    const bridge = keep(
      await createBridge({
        book: shelf.book,
        patience: soon,
        log: (line) => lines.push(line),
        fleetOptions: { poll: false },
      }),
    );
    await expect.poll(() => lines).toContain(`Cannot connect to ${url}: Connection refused: Not authorized.`);
    expect(bridge.connected).toBe(false);
    isOpen = true;
    await bridge.ready;
    expect(lines.filter((line) => line.includes('Br1dge-secret'))).toEqual([]);
  });
});

describe('A retained command in a 3.1.1 broker', () => {
  it('is refused at the next start, answered, and taken out; the echo of that does nothing', async () => {
    const simulator = await pc({ power: 'on' });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"old"}', { retain: true });
    await ear.say('amtkit/pc/do/power/off', '{"transaction":"old-too"}', { retain: true });
    const { bridge } = await bridgeFor({ pc: simulator }, url);
    for (const old of ['old', 'old-too']) {
      const answer = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === old);
      expect(answer).toMatchObject({ ok: false, code: 'RETAINED' });
    }
    await bridge.ready;
    await ear.say('amtkit/pc/boot/next/set', '{"value":"bios","transaction":"last"}');
    await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'last');
    expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
    await using late = await listen(url);
    await late.sees('amtkit/pc/availability');
    expect(late.heard.filter(({ topic }) => topic.includes('/do/'))).toEqual([]);
  });

  it('runs once while it is live, and is taken out', async () => {
    const simulator = await pc({ power: 'on' });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    const { bridge } = await bridgeFor({ pc: simulator }, url);
    await bridge.ready;
    await ear.sees('amtkit/pc/availability', 'online');
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"once"}', { retain: true });
    await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'once');
    await ear.sees('amtkit/pc/do/power/reset', '');
    await ear.say('amtkit/pc/boot/next/set', '{"value":"bios","transaction":"last"}');
    await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'last');
    expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
    expect(ear.on('amtkit/pc/result')).toHaveLength(2);
  });
});

describe('A command', () => {
  it('in flight while the machine vanishes is answered', async () => {
    const simulator = await pc({ power: 'on' });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    await bridgeFor({ pc: simulator }, url);
    await ear.sees('amtkit/pc/power/state', 'on');
    simulator.use({
      name: 'vanish while commanded',
      async invoke(_firmware, { method }) {
        if (method === 'RequestPowerStateChange') await simulator.unplug();
        return undefined;
      },
    });
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"vanish"}');
    const result = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'vanish');
    expect(result).toMatchObject({ ok: false, code: expect.stringMatching(/CONNECT_FAILED|TIMED_OUT/) });
    await ear.sees('amtkit/pc/availability', 'offline');
  });

  it('in flight while the machine is removed from the book is answered', async () => {
    const simulator = await pc({ power: 'on' });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    const { shelf } = await bridgeFor({ pc: simulator }, url);
    await ear.sees('amtkit/pc/power/state', 'on');
    simulator.setFaults({ answers: { hang: 1 } });
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"removed"}');
    await shelf.rewrite({});
    const result = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'removed');
    expect(result).toMatchObject({ ok: false });
    await ear.sees('amtkit/pc/availability', '');
  });

  it('beside another one for the same machine waits for it; both are answered', async () => {
    const simulator = await pc({ power: 'on', latencyMs: 20 });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    await bridgeFor({ pc: simulator }, url);
    await ear.sees('amtkit/pc/power/state', 'on');
    await Promise.all([
      ear.say('amtkit/pc/do/boot/bios', '{"transaction":"first"}'),
      ear.say('amtkit/pc/do/power/reset', '{"transaction":"second"}'),
    ]);
    for (const each of ['first', 'second']) {
      expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === each)).toMatchObject({ ok: true });
    }
    const order = simulator.received.requests().map(({ method }) => method);
    expect(order.indexOf('ChangeBootOrder')).toBeLessThan(order.indexOf('RequestPowerStateChange'));
  });

  it('from a hundred hands with one transaction is carried out once', async () => {
    const simulator = await pc({ power: 'on', latencyMs: 5 });
    const { url } = await oldBroker();
    const ear = keep(await listen(url));
    await bridgeFor({ pc: simulator }, url);
    await ear.sees('amtkit/pc/power/state', 'on');
    await Promise.all(Array.from({ length: 100 }, () => ear.say('amtkit/pc/do/power/reset', '{"transaction":"same"}')));
    await expect.poll(() => ear.on('amtkit/pc/result').length, { timeout: 10_000 }).toBe(100);
    expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
    expect(ear.on('amtkit/pc/result').filter((payload) => payload.includes('"repeated":true'))).toHaveLength(99);
  });
});

describe('A broker that is restarted', needs('mosquitto'), () => {
  it.each([
    ['and remembers what was retained', ['persistence true', 'persistence_location FOLDER']],
    ['and has forgotten everything', []],
  ])('%s has everything again, and the truth', async (_how, settings) => {
    const simulator = await pc({ power: 'off' });
    const broker: Mosquitto = keep(await mosquitto(...settings));
    const { bridge } = await bridgeFor({ pc: simulator }, broker.url);
    await bridge.ready;
    const before: Listener = keep(await listen(broker.url));
    await before.sees('amtkit/pc/power/state', 'off');
    await before.sees(`homeassistant/device/amtkit/${simulator.uuid}/config`);
    await broker.stop();
    await simulator.firmware.hardware.apply('on');
    await simulator.received.next('CIM_AssociatedPowerManagementService');
    await broker.start();
    const after = keep(await listen(broker.url));
    await after.sees('amtkit/bridge/main/state', 'online');
    await after.sees('amtkit/pc/power/state', 'on');
    await after.sees('amtkit/pc/availability', 'online');
    await after.sees(`homeassistant/device/amtkit/${simulator.uuid}/config`);
  });
});
