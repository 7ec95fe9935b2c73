/** The bridge with its own broker, over a fleet without machines behind it. */
import { randomInt } from 'node:crypto';
import { ConnectFailed } from '@amtkit/core';
import { logOf, logTo } from '@amtkit/core/automation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeOptions, createBridge } from './bridge.ts';
import { startBroker } from './broker/broker.ts';
import { createPermit } from './permit.ts';
import type { Bridge } from './running-bridge.ts';
import { createFakeFleet, desktop, type FakeFleet } from './testing/fake-fleet.ts';
import { type Listener, listen } from './testing/listener.ts';

const local = { broker: { kind: 'embedded', listen: '127.0.0.1', port: 0, users: {} } } as const;
const uuid = '4c4c4544-0042-4710-8058-b4c04f595831';
let fleet: FakeFleet;
let bridge: Bridge;
let ear: Listener;
const opened: AsyncDisposable[] = [];

async function start(options: Partial<BridgeOptions> = {}): Promise<void> {
  bridge = await createBridge({
    fleet,
    settings: local,
    ...options,
  });
  opened.push(bridge);
  ear = await listen(bridge.brokerUrl);
  opened.push(ear);
  await bridge.ready;
}

beforeEach(() => {
  fleet = createFakeFleet();
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

describe('A bridge', () => {
  it('says online after devices, states and availability, in this order', async () => {
    fleet.join('pc');
    fleet.identify('pc', uuid);
    fleet.reach('pc', 'online');
    fleet.tell('pc', desktop);
    const broker = await startBroker({
      listen: '127.0.0.1',
      port: 0,
      users: new Map(),
      base: 'amtkit',
      log: logOf(undefined),
    });
    await using witness = await listen(broker.url);
    await using announced = await createBridge({ fleet, broker: broker.url });
    await announced.ready;
    await witness.sees('amtkit/bridge/main/state', (payload) => payload === 'online');
    const order = witness.heard.map(({ topic }) => topic);
    const places = [
      `homeassistant/device/amtkit/${uuid}/config`,
      'amtkit/pc/power/state',
      'amtkit/pc/availability',
      'amtkit/bridge/main/state',
    ].map((topic) => order.indexOf(topic));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    await announced.close();
    await broker.close();
  });

  it('tells what it is, without secrets', async () => {
    fleet.join('pc');
    fleet.join('other');
    fleet.identify('pc', uuid);
    await start();
    const info = await ear.json('amtkit/bridge/main/info');
    expect(info).toMatchObject({
      id: 'main',
      machines: { owned: ['pc', 'other'], waiting: ['other'] },
      broker: { url: bridge.brokerUrl, embedded: true, protocol: '3.1.1' },
      permit: { mode: 'always' },
    });
  });

  it('publishes values as they change, retained, and takes away those that are gone', async () => {
    await start();
    fleet.join('pc');
    fleet.tell('pc', {
      'power.state': 'off',
      'power.switch': false,
      'features.kvm': true,
      'net.ports': [{ mac: 'x' }],
    });
    await ear.sees('amtkit/pc/power/state');
    fleet.tell('pc', { 'power.state': 'turning-on', 'power.switch': true });
    await ear.sees('amtkit/pc/power/switch', (payload) => payload === 'ON');
    fleet.tell('pc', { 'power.state': 'on', 'features.kvm': undefined });
    await ear.sees('amtkit/pc/features/kvm', (payload) => payload === '');
    expect(ear.on('amtkit/pc/power/state')).toEqual(['off', 'turning-on', 'on']);
    expect(ear.on('amtkit/pc/power/switch')).toEqual(['OFF', 'ON']);
    expect(ear.on('amtkit/pc/net/ports')).toEqual(['[{"mac":"x"}]']);
    await using late = await listen(bridge.brokerUrl, 'amtkit/pc/#');
    await late.sees('amtkit/pc/power/state');
    expect(late.heard.every(({ retained }) => retained)).toBe(true);
    expect(late.on('amtkit/pc/features/kvm')).toEqual([]);
  });

  it('does not publish what is only read when asked for', async () => {
    await start();
    fleet.join('pc');
    fleet.tell('pc', { 'time.offset': 3, 'power.state': 'on' });
    await ear.sees('amtkit/pc/power/state');
    expect(ear.on('amtkit/pc/time/offset')).toEqual([]);
  });

  it('says whether machines answer, and why not', async () => {
    await start();
    fleet.join('pc');
    expect(await ear.sees('amtkit/pc/availability')).toBe('offline');
    fleet.reach('pc', 'online');
    expect(await ear.sees('amtkit/pc/availability', (payload) => payload === 'online')).toBe('online');
    fleet.reach('pc', 'offline', new ConnectFailed('pc does not answer.'));
    await ear.sees('amtkit/pc/availability', (payload) => payload === 'offline');
    expect(await ear.json('amtkit/pc/health', ({ code }) => code !== undefined)).toMatchObject({
      reachability: 'offline',
      problem: false,
      code: 'CONNECT_FAILED',
      message: 'pc does not answer.',
    });
  });

  it('leaves nothing retained of a machine that is removed', async () => {
    fleet.join('pc');
    fleet.join('other');
    fleet.identify('pc', uuid);
    fleet.reach('pc', 'online');
    fleet.tell('pc', desktop);
    await start();
    await ear.sees(`homeassistant/device/amtkit/${uuid}/config`);
    await fleet.remove('pc');
    await ear.sees('amtkit/pc/availability', (payload) => payload === '');
    await ear.sees('amtkit/bridge/main/info', (payload) => payload.includes('"owned":["other"]'));
    await using late = await listen(bridge.brokerUrl);
    await late.sees('amtkit/other/availability');
    const left = late.heard.map(({ topic }) => topic).filter((topic) => /\/pc\/|4c4c4544/.test(topic));
    expect(left).toEqual([]);
  });

  it('says offline when it is closed', async () => {
    await start();
    await bridge.close();
    expect(ear.on('amtkit/bridge/main/state')).toEqual(['online', 'offline']);
  });
});

describe('A command', () => {
  const result = 'amtkit/pc/result';

  beforeEach(() => {
    fleet.join('pc');
  });

  it('runs an action and is answered', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"t1"}');
    expect(await ear.json(result)).toEqual({
      transaction: 't1',
      action: 'power.reset',
      ok: true,
      code: 'OK',
      message: 'pc: done.',
      ms: expect.any(Number),
    });
    expect(fleet.runs).toMatchObject([
      { machine: 'pc', id: 'power.reset', options: { by: 'mqtt', transaction: 't1' } },
    ]);
  });

  it('without input and transaction gets one', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/on');
    expect((await ear.json(result)).transaction).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('with input hands it on', async () => {
    await start();
    await ear.say('amtkit/pc/do/boot/pxe', '{"now":true,"transaction":7}');
    expect(await ear.json(result)).toMatchObject({ transaction: '7', ok: true });
    expect(fleet.runs[0]?.input).toEqual({ now: true });
  });

  it.each([
    ['amtkit/pc/power/switch/set', 'ON', true],
    ['amtkit/pc/power/switch/set', 'off', false],
    ['amtkit/pc/power/switch/set', '{"value":true,"transaction":"x"}', true],
    ['amtkit/pc/boot/next/set', 'pxe', 'pxe'],
    ['amtkit/pc/net/host-name/set', 'front desk', 'front desk'],
  ])('on %s changes the setting to %s', async (topic, payload, value) => {
    await start();
    await ear.say(topic, payload);
    expect(await ear.json(result)).toMatchObject({ ok: true });
    expect(fleet.runs[0]?.input).toBe(value);
  });

  it.each([
    ['amtkit/pc/do/power/reset', '{"now":', 'BAD_JSON'],
    ['amtkit/pc/do/power/reset', 'PRESS', 'BAD_JSON'],
    ['amtkit/pc/do/power/reset', '{"speed":9}', 'INVALID'],
    ['amtkit/pc/do/power/reset', '{"__proto__":{"now":1}}', 'INVALID'],
    ['amtkit/pc/do/power/reset', '{"transaction":{"a":1}}', 'INVALID'],
    ['amtkit/pc/do/power/explode', '', 'UNKNOWN_ACTION'],
    ['amtkit/pc/do/user/add', '{"name":"eve","password":"P@ssw0rd1","realms":"general-info"}', 'SECRET'],
    ['amtkit/pc/do/power/state', '', 'UNKNOWN_ACTION'],
    ['amtkit/pc/do/power/switch', 'ON', 'BAD_JSON'],
    ['amtkit/pc/power/reset/set', '1', 'UNKNOWN_SETTING'],
    ['amtkit/pc/power/state/set', 'on', 'UNKNOWN_SETTING'],
    ['amtkit/pc/power/switch/set', 'perhaps', 'INVALID'],
    ['amtkit/pc/power/switch/set', '', 'INVALID'],
    ['amtkit/nobody/do/power/reset', '', 'UNKNOWN_MACHINE'],
  ])('on %s with %s is answered with %s', async (topic, payload, code) => {
    await start();
    await ear.say(topic, payload);
    const answer = await ear.json(`amtkit/${topic.split('/')[1]}/result`);
    expect(answer).toMatchObject({ ok: false, code });
    expect(answer.message).toMatch(/\.$/);
    expect(fleet.runs).toEqual([]);
  });

  it('that is a setting says so when it is sent as an action', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/switch');
    expect(await ear.json(result)).toMatchObject({
      message: 'There is no action power.switch. Send it to amtkit/pc/power/switch/set.',
    });
  });

  it('that is too large, or no text, is answered and not looked at', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/reset', `{"x":"${'x'.repeat(70_000)}"}`);
    expect(await ear.json(result)).toMatchObject({ code: 'TOO_LARGE' });
    await ear.say('amtkit/pc/power/switch/set', Buffer.of(0xc3, 0x28));
    expect(await ear.json(result, ({ code }) => code !== 'TOO_LARGE')).toMatchObject({ code: 'BAD_TEXT' });
  });

  it('with a transaction that was there is answered from memory', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"once"}');
    await ear.json(result);
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"once"}');
    expect(await ear.json(result, ({ repeated }) => repeated === true)).toMatchObject({
      ok: true,
      transaction: 'once',
    });
    expect(fleet.runs).toHaveLength(1);
  });

  it('that fails is answered with the code of the error and what to do', async () => {
    await start();
    fleet.onRun = async () => {
      throw new ConnectFailed('Cannot reach pc.', { hint: 'Look at the cable.' });
    };
    await ear.say('amtkit/pc/do/power/reset');
    expect(await ear.json(result)).toMatchObject({
      ok: false,
      code: 'CONNECT_FAILED',
      message: 'Cannot reach pc.',
      hint: 'Look at the cable.',
    });
  });

  it('that breaks something inside is answered without the stack', async () => {
    const lines: string[] = [];
    await start({ log: (line) => lines.push(line) });
    fleet.onRun = async () => {
      throw new RangeError('secret inside');
    };
    await ear.say('amtkit/pc/do/power/reset');
    const answer = await ear.json(result);
    expect(answer).toMatchObject({ code: 'UNEXPECTED' });
    expect(JSON.stringify(answer)).not.toContain('secret inside');
    expect(lines.some((line) => line.includes('secret inside'))).toBe(true);
  });

  it('that is retained runs once, and nothing is retained of it', async () => {
    await start();
    await ear.say('amtkit/pc/do/power/reset', '{}', { retain: true });
    await ear.json(result);
    await using late = await listen(bridge.brokerUrl);
    await late.sees('amtkit/pc/availability');
    expect(late.on('amtkit/pc/do/power/reset')).toEqual([]);
    await ear.say('amtkit/pc/do/power/reset', '', { retain: true });
    await ear.say('amtkit/pc/do/power/on', '{"transaction":"last"}');
    await ear.json(result, ({ transaction }) => transaction === 'last');
    expect(fleet.runs.map(({ id }) => id)).toEqual(['power.reset', 'power.on']);
  });

  it('in flight is answered when the bridge closes, and its machine is told to stop', async () => {
    await start({ patience: { stopMs: 0 } });
    fleet.onRun = ({ options }) =>
      new Promise((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(new ConnectFailed('Given up.')));
      });
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"late"}');
    await expect.poll(() => fleet.runs.length).toBe(1);
    await bridge.close();
    expect(JSON.parse(ear.on(result)[0] ?? '{}')).toMatchObject({ transaction: 'late', ok: false });
    expect(ear.heard.at(-1)).toMatchObject({ topic: 'amtkit/bridge/main/state', payload: 'offline' });
  });
});

describe('The permit', () => {
  it.each([
    ['never', false],
    ['window', false],
    ['always', true],
  ] as const)('%s lets a reset through: %s', async (mode, ok) => {
    const permit = createPermit(mode);
    fleet = createFakeFleet({ guards: [permit.guard] });
    fleet.join('pc');
    await start({ permit });
    await ear.say('amtkit/pc/do/power/reset');
    const answer = await ear.json('amtkit/pc/result');
    expect(answer.ok).toBe(ok);
    if (!ok) expect(answer.code).toBe('VETOED');
    await ear.say('amtkit/pc/do/power/on', '{"transaction":"harmless"}');
    expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'harmless')).toMatchObject({
      ok: true,
    });
  });

  it('opens a window on request, and closes it', async () => {
    const permit = createPermit('window');
    fleet = createFakeFleet({ guards: [permit.guard] });
    fleet.join('pc');
    await start({ permit });
    const ask = async (seconds: number, transaction: string): Promise<Record<string, unknown>> => {
      await ear.say('amtkit/bridge/main/request/permit', JSON.stringify({ seconds, transaction }));
      return await ear.json('amtkit/bridge/main/response/permit', (data) => data.transaction === transaction);
    };
    const reset = async (transaction: string): Promise<unknown> => {
      await ear.say('amtkit/pc/do/power/reset', JSON.stringify({ transaction }));
      return (await ear.json('amtkit/pc/result', (data) => data.transaction === transaction)).ok;
    };
    expect(await ask(60, 'open')).toMatchObject({ ok: true, data: { mode: 'window' } });
    expect(await reset('a')).toBe(true);
    await ask(0, 'close');
    expect(await reset('b')).toBe(false);
  });

  it('shows an open window, retained, and that it has closed by itself', async () => {
    await start({ settings: { ...local, permit: 'window' } });
    const info = (open: boolean) =>
      ear.json('amtkit/bridge/main/info', ({ permit }) => 'openUntil' in (permit as object) === open);
    await info(false);
    await ear.say('amtkit/bridge/main/request/permit', '{"seconds":1}');
    const { permit } = await info(true);
    ear.heard.length = 0;
    expect(Date.parse((permit as { openUntil: string }).openUntil)).toBeGreaterThan(Date.now() - 1000);
    await info(false);
    await using late = await listen(bridge.brokerUrl);
    expect((await late.json('amtkit/bridge/main/info')).permit).toEqual({ mode: 'window' });
  });

  it('is a switch in Home Assistant where it is a window', async () => {
    await start({ settings: { ...local, permit: 'window' } });
    const device = await ear.json('homeassistant/device/amtkit/bridge-main/config');
    const { permit } = device.components as Record<string, Record<string, string>>;
    expect(permit).toMatchObject({ platform: 'switch', state_topic: 'amtkit/bridge/main/info' });
    await ear.say(permit?.command_topic ?? '', permit?.payload_on);
    await ear.json('amtkit/bridge/main/info', ({ permit }) => 'openUntil' in (permit as object));
    await ear.say(permit?.command_topic ?? '', permit?.payload_off);
    expect(await ear.json('amtkit/bridge/main/info')).toMatchObject({ permit: { mode: 'window' } });
  });

  it('is no switch where nothing can be switched', async () => {
    await start();
    const device = await ear.json('homeassistant/device/amtkit/bridge-main/config');
    expect(device.components).not.toHaveProperty('permit');
  });
});

describe('A user of the broker inside', () => {
  it('who has all machines has those of the fleet, as they come', async () => {
    const user = { password: 'p', publish: [], subscribe: [], machines: ['@all'] };
    const admin = { password: 'a', publish: ['#'], subscribe: ['#'] };
    const settings = { broker: { ...local.broker, users: { user, admin } } };
    bridge = await createBridge({ fleet, settings });
    opened.push(bridge);
    const teacher = await listen(bridge.brokerUrl, 'amtkit/#', { username: 'user', password: 'p' });
    opened.push(teacher);
    fleet.join('pc');
    await teacher.sees('amtkit/pc/availability');
    await teacher.say('amtkit/pc/do/power/on');
    expect(await teacher.json('amtkit/pc/result')).toMatchObject({ ok: true });
    expect(fleet.runs[0]?.options).toMatchObject({ by: 'mqtt', user: 'user' });
    expect(teacher.on('amtkit/bridge/main/info')).toEqual([]);
  });
});

describe('The log', () => {
  it('says where MQTT over WebSocket is', async () => {
    const lines: string[] = [];
    const broker = { ...local.broker, webSocket: { port: 0, origins: [] } };
    await start({ settings: { broker }, log: (line) => lines.push(line) });
    const url = lines.join('\n').match(/MQTT over WebSocket is at (ws:\S+)\.$/m)?.[1] ?? '';
    const page = await listen(url);
    opened.push(page);
    await page.sees('amtkit/bridge/main/state', (payload) => payload === 'online');
  });

  it('tells what the settings say, and more or less when asked', async () => {
    const lines: string[] = [];
    fleet.join('pc');
    await start({
      settings: { ...local, log: { level: 'warn' } },
      log: logTo((level, line) => lines.push(`${level} ${line}`)),
    });
    await ear.say('amtkit/pc/do/power/on', '{"transaction":"quiet"}');
    await ear.json('amtkit/pc/result');
    expect(lines).toEqual([]);
    await ear.say('amtkit/bridge/main/request/log', '{"level":"debug"}');
    expect(await ear.json('amtkit/bridge/main/response/log')).toMatchObject({
      data: { level: 'debug', before: 'warn' },
    });
    expect(
      await ear.json('amtkit/bridge/main/info', ({ log }) => (log as { level: string }).level === 'debug'),
    ).toBeTruthy();
    const about = { machine: 'pc', id: 'power.on', by: 'mqtt', transaction: 'told' } as const;
    fleet.send({ type: 'result', ...about, ok: true, code: 'OK', message: 'pc: Switch on: done.', ms: 5 });
    await expect.poll(() => lines).toContain('debug pc: Switch on: done.');
    fleet.onRun = async () => {
      throw new RangeError('a bug');
    };
    await ear.say('amtkit/pc/do/power/off', '{"transaction":"broken"}');
    await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'broken');
    expect(lines.find((line) => line.startsWith('error pc: power.off: RangeError: a bug'))).toBeDefined();
    await ear.say('amtkit/bridge/main/request/log', '{"level":"loud"}');
    expect(await ear.json('amtkit/bridge/main/response/log', ({ ok }) => ok === false)).toMatchObject({
      code: 'INVALID',
    });
  });

  it('never shows the password of a broker', async () => {
    const lines: string[] = [];
    const broker = await startBroker({
      listen: '127.0.0.1',
      port: 0,
      users: new Map([['amtkit', { password: 'correct', publish: ['#'], subscribe: ['#'] }]]),
      base: 'amtkit',
      patience: { refusalMs: 0 },
      log: logOf((line) => lines.push(line)),
    });
    opened.push({ [Symbol.asyncDispose]: () => broker.close() });
    const url = broker.url.replace('://', '://amtkit:P@ssw0rd@');
    const refused = await createBridge({ fleet, broker: url, log: (line) => lines.push(line) });
    opened.push(refused);
    await expect.poll(() => lines.join()).toContain('Cannot connect to');
    expect(lines.join()).not.toMatch(/P@ssw0rd|correct/);
  });
});

describe('A request to the bridge', () => {
  const answer = (verb: string) => ear.json(`amtkit/bridge/main/response/${verb}`);

  it('for its health is answered', async () => {
    fleet.join('pc');
    fleet.reach('pc', 'online');
    await start();
    await ear.say('amtkit/bridge/main/request/health', '{"transaction":"h"}');
    expect(await answer('health')).toMatchObject({
      transaction: 'h',
      ok: true,
      code: 'OK',
      data: { machines: { online: 1, offline: 0 }, broker: { connected: true } },
    });
  });

  it.each([
    ['fly', '', 'UNKNOWN_VERB'],
    ['constructor', '', 'UNKNOWN_VERB'],
    ['health', '{', 'BAD_JSON'],
    ['health', '[]', 'BAD_JSON'],
    ['health', '{"loud":true}', 'INVALID'],
    ['permit', '{}', 'INVALID'],
    ['permit', '{"seconds":1e9}', 'INVALID'],
    ['scan', '{"range":"192.168.1.300"}', 'INVALID_RANGE'],
    ['scan', '{"range":"10.0.0.0/8"}', 'INVALID_RANGE'],
    ['scan', '{"range":"10.0.0.0/19"}', 'TOO_LARGE'],
    ['machine/add', '{"name":"x","host":"192.0.2.7","credentials":"lab"}', 'NOT_SUPPORTED'],
    ['machine/add', '{"name":"x","host":"192.0.2.7","password":"no"}', 'INVALID'],
    ['machine/remove', '{"name":"x"}', 'NOT_SUPPORTED'],
    ['reload', '', 'NOT_SUPPORTED'],
  ])('%s with %s is answered with %s', async (verb, payload, code) => {
    await start();
    await ear.say(`amtkit/bridge/main/request/${verb}`, payload);
    expect(await answer(verb)).toMatchObject({ ok: false, code, transaction: expect.any(String) });
  });

  it.each([
    ['health', '{"loud":true}', 'health: does not take loud.'],
    ['permit', '{}', 'permit: seconds is missing.'],
    ['permit', '{"seconds":"5"}', 'permit: seconds must be a whole number.'],
    ['permit', '{"seconds":-1}', 'permit: seconds must be at least 0.'],
    ['permit', '{"seconds":3601}', 'permit: seconds must be at most 3600.'],
    ['machine/add', '{"name":"x","host":"192.0.2.7"}', 'machine/add: credentials is missing.'],
    ['machine/rename', '{"name":"","to":"y"}', 'machine/rename: name must not be empty.'],
    ['scan', '{"range":5}', 'scan: range is not of the kind it takes.'],
  ])('%s with %s says what is wrong', async (verb, payload, message) => {
    await start();
    await ear.say(`amtkit/bridge/main/request/${verb}`, payload);
    expect(await answer(verb)).toMatchObject({ ok: false, message });
  });

  it('to scan finds what there is', async () => {
    await start();
    // An address of this computer that nobody else has thought of.
    const range = ['127', ...Array.from({ length: 3 }, () => randomInt(1, 255))].join('.');
    await ear.say('amtkit/bridge/main/request/scan', JSON.stringify({ range, port: 9 }));
    expect(await answer('scan')).toMatchObject({ ok: true, data: { addresses: 1, machines: [] } });
  });
});

describe('Events', () => {
  it('are published as they happen and never retained', async () => {
    await start();
    fleet.join('pc');
    fleet.tell('pc', { 'log.last': 'first', 'consent.state': 'not-started' });
    fleet.tell('pc', { 'log.last': 'BIOS: started', 'consent.state': 'displayed' });
    fleet.send({ type: 'transition', machine: 'pc', id: 'power.on', ok: false, message: 'still off' });
    const raw = { sensorType: 5, eventType: 111, offset: 0, sourceType: 104, severity: 16, data: '00' };
    const numbers = { ...raw, sensorNumber: 255, entity: 23, entityInstance: 0 };
    const about = { event: 'case-opened', severity: 'critical', entity: 'chassis', text: 'Case opened' } as const;
    const at = new Date('2026-01-01T00:00:00Z');
    fleet.send({ type: 'alert', machine: 'pc', alert: { source: 'log', at, ...about, raw: numbers } });
    const alert = await ear.json('amtkit/pc/event', ({ event_type: type }) => type === 'alert');
    expect(alert).toMatchObject({ ...about, source: 'log', happened: '2026-01-01T00:00:00.000Z', raw });
    expect(alert.at).not.toBe(alert.happened);
    expect(ear.on('amtkit/pc/event').map((payload) => JSON.parse(payload))).toMatchObject([
      { event_type: 'log', text: 'BIOS: started' },
      { event_type: 'consent', state: 'displayed' },
      { event_type: 'power-failed', action: 'power.on', message: 'still off' },
      { event_type: 'alert', event: 'case-opened' },
    ]);
    await using late = await listen(bridge.brokerUrl);
    await late.sees('amtkit/pc/availability');
    expect(late.on('amtkit/pc/event')).toEqual([]);
  });
});
