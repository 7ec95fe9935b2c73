/** The bridge on somebody else's broker: mosquitto, MQTT 5. */
import { randomInt } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs } from '@amtkit/core/testing';
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { doorTo } from './support/door.ts';
import { freePort, type Mosquitto, mosquitto } from './support/mosquitto.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';
import { screenPc } from './support/screen-pc.ts';
import { shell } from './support/shell.ts';

vi.setConfig({ testTimeout: 30_000 });

describe('On mosquitto', needs('mosquitto'), () => {
  const opened: AsyncDisposable[] = [];
  let broker: Mosquitto;
  let simulator: Simulator;
  let ear: Listener;

  function keep<T extends AsyncDisposable>(thing: T): T {
    opened.push(thing);
    return thing;
  }

  beforeEach(async () => {
    broker = keep(await mosquitto());
    simulator = keep(await createSimulator({ speed: 0, password, power: 'on' }));
    ear = keep(await listen(broker.url, { protocolVersion: 5 }));
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  });

  async function start(
    more: Partial<BridgeOptions> = {},
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Bridge> {
    const shelf = keep(await bookOf({ pc: simulator }, { bridge: settings }));
    const patience = { firstRetryMs: 20, longestRetryMs: 50, quietMs: 50 };
    const fleetOptions = { patience: { pollMs: 100, transitionPollMs: 30 } };
    const bridge = keep(await createBridge({ book: shelf.book, broker: broker.url, patience, fleetOptions, ...more }));
    await bridge.ready;
    return bridge;
  }

  it('MQTT 5 is spoken', async () => {
    await start();
    expect(await ear.json('amtkit/bridge/main/info')).toMatchObject({ broker: { embedded: false, protocol: '5' } });
  });

  it('a switch powers a PC', async () => {
    await start();
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.say('amtkit/pc/do/power/off', '{"transaction":"off"}');
    await ear.sees('amtkit/pc/power/state', 'off');
    expect(simulator.firmware.state.power).toBe('off');
  });

  it('a picture that is larger than the broker takes is not sent, and the connection holds', async () => {
    await broker[Symbol.asyncDispose]();
    broker = keep(await mosquitto('max_packet_size 60000'));
    ear = keep(await listen(broker.url, { protocolVersion: 5 }));
    simulator = keep(await createSimulator({ speed: 0, password, hardware: screenPc(800, 600).hardware }));
    const lines: string[] = [];
    await start({ log: (line) => lines.push(line) });
    await ear.sees('amtkit/pc/features/kvm', 'ON');
    await ear.say('amtkit/pc/do/screen/shot', '{"transaction":"look"}');
    expect(await ear.json('amtkit/pc/result')).toMatchObject({ ok: true, data: { width: 800, height: 600 } });
    await expect.poll(() => lines.join()).toContain('The broker takes no messages as large as amtkit/pc/screen/image');
    await ear.say('amtkit/bridge/main/request/health');
    await ear.json('amtkit/bridge/main/response/health');
    expect(ear.on('amtkit/pc/screen/image')).toEqual([]);
    expect(lines.join()).not.toContain('is gone');
  });

  it('a command that is published to be retained is refused, answered and taken out, live and at the next start', async () => {
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"before"}', { retain: true });
    await start();
    const refused = { ok: false, code: 'RETAINED' };
    expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'before')).toMatchObject(refused);
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"live"}', { retain: true });
    expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'live')).toMatchObject(refused);
    await ear.say('amtkit/bridge/main/request/health', '{"transaction":"request"}', { retain: true });
    expect(await ear.json('amtkit/bridge/main/response/health')).toMatchObject(refused);
    await ear.say('amtkit/pc/do/power/reset', '', { retain: true });
    await ear.say('amtkit/pc/do/boot/clear', '{"transaction":"last"}');
    await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'last');
    expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
    await using late = await listen(broker.url);
    await late.sees('amtkit/pc/availability');
    expect(late.heard.filter(({ topic }) => /\/do\/|\/request\//.test(topic))).toEqual([]);
  });

  it('the last will says offline when the connection is cut, and online comes when it is back', async () => {
    const door = keep(await doorTo(broker.port));
    await start({ broker: `mqtt://127.0.0.1:${door.port}` });
    await ear.sees('amtkit/bridge/main/state', 'online');
    door.shut();
    await ear.sees('amtkit/bridge/main/state', 'offline');
    ear.heard.length = 0;
    door.open();
    await ear.sees('amtkit/bridge/main/state', 'online');
  });

  it('a clean stop says offline by itself', async () => {
    const bridge = await start();
    await ear.sees('amtkit/bridge/main/state', 'online');
    await bridge.close();
    await ear.sees('amtkit/bridge/main/state', 'offline');
  });

  describe('a request with a response topic', () => {
    const request = async (responseTopic: string, transaction: string): Promise<void> => {
      const properties = { responseTopic, correlationData: Buffer.from(transaction) };
      await ear.say('amtkit/bridge/main/request/health', JSON.stringify({ transaction }), { properties });
      await ear.json('amtkit/bridge/main/response/health', (data) => data.transaction === transaction);
    };

    it('below the base is answered there as well, with its correlation data', async () => {
      await start();
      await request('amtkit/my-script/reply', 'c1');
      expect(JSON.parse(await ear.sees('amtkit/my-script/reply'))).toMatchObject({ ok: true, transaction: 'c1' });
      expect(ear.heard.find(({ topic }) => topic === 'amtkit/my-script/reply')?.correlation).toBe('c1');
    });

    it('below a prefix of the book is answered there', async () => {
      await start({}, { responsePrefixes: ['replies'] });
      await request('replies/c2', 'c2');
      await ear.sees('replies/c2');
    });

    it.each([
      'elsewhere/reply',
      'amtkit/pc/power/state',
      'amtkit/pc/do/power/off',
      'amtkit/other/power/switch/set',
      'amtkit/bridge/main/state',
      'amtkit/bridge/other/request/reload',
      'homeassistant/device/amtkit/x/config',
    ])('%s is answered in the usual place only', async (topic) => {
      await start();
      const before = ear.on(topic).length;
      await request(topic, 'c3');
      await request('amtkit/my-script/reply', 'c4');
      await ear.sees('amtkit/my-script/reply');
      const forged = ear
        .on(topic)
        .slice(before)
        .filter((payload) => payload.includes('uptimeSeconds'));
      expect(forged).toEqual([]);
      expect(simulator.firmware.state.power).toBe('on');
    });
  });

  it('a hundred PCs are announced at once, and nothing is lost', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `pc-${i}`);
    const machines = Object.fromEntries(
      names.map((name) => [name, { host: simulator.host, tls: 'off', ports: { wsman: 9 }, credentials: 'lab' }]),
    );
    const shelf = keep(await bookOf({}, { machines }));
    const bridge = keep(await createBridge({ book: shelf.book, broker: broker.url, fleetOptions: { poll: false } }));
    await bridge.ready;
    for (const name of names) expect(await ear.sees(`amtkit/${name}/availability`)).toBe('offline');
  });
});

describe('The six lines of the README', needs('mosquitto'), () => {
  it('power a virtual PC on over mosquitto, and mosquitto_sub sees it turning on, the result, and on', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const block = /### Try it with mosquitto[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const port = String(await freePort());
    // The README uses a port and an address that others may need while this runs, another run of this included.
    const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.1`;
    const lines = block
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll('18883', port))
      .map((line) => (/amt (simulate|add)/.test(line) ? line.replaceAll('127.0.0.1', address) : line));
    expect(lines).toHaveLength(6);
    const [broker = '', simulate = '', add = '', bridge = '', subscribe = '', publish = ''] = lines;
    await using terminal = await shell();
    terminal.type(broker);
    await expect.poll(() => listens(Number(port), '127.0.0.1'), { timeout: 10_000 }).toBe(true);
    terminal.type(simulate);
    await expect.poll(() => listens(16992, address), { timeout: 20_000 }).toBe(true);
    await terminal.run(add);
    terminal.type(bridge);
    await using ear = await listen(`mqtt://127.0.0.1:${port}`);
    await ear.sees('amtkit/sim-1/power/state', 'off');
    await ear.sees('amtkit/bridge/main/state', 'online');
    terminal.type(subscribe);
    await terminal.shows('amtkit/sim-1/power/state off');
    await terminal.run(publish);
    await terminal.shows('amtkit/sim-1/power/state on', 30_000);
    const seen = terminal
      .output()
      .split('\n')
      .filter((line) => line.startsWith('amtkit/sim-1/'));
    expect(seen.filter((line) => line.includes('/power/state'))).toEqual([
      'amtkit/sim-1/power/state off',
      'amtkit/sim-1/power/state turning-on',
      'amtkit/sim-1/power/state on',
    ]);
    const [result = ''] = seen.filter((line) => line.includes('/result'));
    expect(JSON.parse(result.slice('amtkit/sim-1/result '.length))).toMatchObject({ ok: true, code: 'OK' });
    expect(terminal.output()).not.toContain('P@ssw0rd1');
  }, 90_000);
});

function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

describe('With the ACL of deploy/mosquitto', needs('mosquitto'), () => {
  const opened: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  });

  it('the bridge can do all it does, and the others what is theirs', async () => {
    const keep = <T extends AsyncDisposable>(thing: T): T => {
      opened.push(thing);
      return thing;
    };
    const file = fileURLToPath(new URL('../deploy/mosquitto/amtkit.acl', import.meta.url));
    const copy = join(await mkdtemp(join(tmpdir(), 'amtkit-acl-')), 'amtkit.acl');
    opened.push({ [Symbol.asyncDispose]: () => rm(dirname(copy), { recursive: true, force: true }) });
    await copyFile(file, copy);
    const broker = keep(await mosquitto(`acl_file ${copy}`));
    const as = async (username: string): Promise<Listener> =>
      keep(await listen(broker.url, { protocolVersion: 5, username, password: 'any' }));
    const [home, dashboard, reception] = [await as('homeassistant'), await as('dashboard'), await as('reception')];
    const pc = keep(await createSimulator({ speed: 0, password, power: 'off' }));
    const other = keep(await createSimulator({ speed: 0, password, power: 'off' }));
    const shelf = keep(await bookOf({ 'reception-pc': pc, other }));
    const lines: string[] = [];
    const bridge = keep(
      await createBridge({
        book: shelf.book,
        broker: broker.url.replace('://', '://amtkit:any@'),
        patience: { firstRetryMs: 20, longestRetryMs: 50, quietMs: 50 },
        fleetOptions: { patience: { pollMs: 100, transitionPollMs: 30 } },
        log: (line) => lines.push(line),
      }),
    );
    await bridge.ready;
    await home.sees(`homeassistant/device/amtkit/${pc.uuid}/config`);
    await reception.sees('amtkit/reception-pc/power/state', 'off');
    await dashboard.say('amtkit/reception-pc/do/power/on', '{"transaction":"no"}').catch(() => {});
    await reception.say('amtkit/other/power/switch/set', 'ON').catch(() => {});
    await reception.say('amtkit/reception-pc/power/switch/set', 'ON');
    await reception.sees('amtkit/reception-pc/power/state', 'on');
    await home.say('amtkit/other/do/power/on', '{"transaction":"home"}');
    await dashboard.sees('amtkit/other/power/state', 'on');
    await home.say('amtkit/bridge/main/request/health', '{}');
    await home.json('amtkit/bridge/main/response/health');
    const results = dashboard.heard.filter(({ topic }) => topic.endsWith('/result'));
    expect(results.map(({ topic }) => topic)).toEqual(['amtkit/reception-pc/result', 'amtkit/other/result']);
    expect(reception.heard.filter(({ topic }) => !topic.startsWith('amtkit/reception-pc/'))).toEqual([]);
    expect(lines.filter((line) => /does not (let|take)/.test(line))).toEqual([]);
  });
});
