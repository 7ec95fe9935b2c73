/** A person's house with MQTT: machines of the book, virtual PCs behind them, the bridge's own broker. */
import { connect } from '@amtkit/core';
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf, type TestBook } from './support/book.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { difference, pngPicture } from './support/same-picture.ts';
import { password, reach } from './support/scenario.ts';
import { screenPc } from './support/screen-pc.ts';

const soon = {
  pollMs: 100,
  transitionPollMs: 30,
  offlinePollMs: 200,
  slowPollMs: 60_000,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
};
vi.setConfig({ testTimeout: 30_000 });

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function pc(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator({ speed: 0, password, ...options });
  opened.push(simulator);
  return simulator;
}

async function house(
  machines: Readonly<Record<string, Simulator>>,
  more: { readonly book?: Record<string, unknown>; readonly bridge?: Partial<BridgeOptions> } = {},
): Promise<{ bridge: Bridge; ear: Listener; shelf: TestBook }> {
  const settings = { bridge: { broker: { embedded: { port: 0 } } }, ...more.book };
  const shelf = await bookOf(machines, settings);
  opened.push(shelf);
  const bridge = await createBridge({
    book: shelf.book,
    fleetOptions: { patience: soon, timeoutMs: 2000 },
    ...more.bridge,
  });
  opened.push(bridge);
  const ear = await listen(bridge.brokerUrl);
  opened.push(ear);
  return { bridge, ear, shelf };
}

describe('A wall switch', () => {
  it('powers a PC on, and shows turning-on, the result, and on', async () => {
    const simulator = await pc({ power: 'off', speed: 10 });
    const { ear } = await house({ 'office-pc': simulator });
    await ear.sees('amtkit/office-pc/power/state', 'off');
    expect(await ear.sees('amtkit/office-pc/power/switch')).toBe('OFF');
    await ear.say('amtkit/office-pc/power/switch/set', 'ON');
    await ear.sees('amtkit/office-pc/power/state', 'on');
    expect(simulator.firmware.state.power).toBe('on');
    expect(ear.on('amtkit/office-pc/power/state')).toEqual(['off', 'turning-on', 'on']);
    expect(ear.on('amtkit/office-pc/power/switch')).toEqual(['OFF', 'ON']);
    expect(await ear.json('amtkit/office-pc/result')).toMatchObject({ ok: true, code: 'OK', action: 'power.switch' });
    expect(await ear.json('amtkit/office-pc/event')).toMatchObject({ event_type: 'power-changed', action: 'power.on' });
  });

  it('switches off hard where the book says so, and does not bounce', async () => {
    const simulator = await pc({ power: 'on', speed: 10 });
    const { ear } = await house(
      { pc: simulator },
      { book: { bridge: { broker: { embedded: { port: 0 } }, switchOff: 'hard' } } },
    );
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.say('amtkit/pc/power/switch/set', 'OFF');
    await ear.sees('amtkit/pc/power/state', 'off');
    expect(ear.on('amtkit/pc/power/state')).toEqual(['on', 'turning-off', 'off']);
    expect(ear.on('amtkit/pc/power/switch')).toEqual(['ON', 'OFF']);
  });

  it('asks the operating system first where nothing else is said', async () => {
    const simulator = await pc({ power: 'on' });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.say('amtkit/pc/power/switch/set', 'OFF');
    await ear.sees('amtkit/pc/power/state', 'off');
    expect(simulator.received.of('RequestPowerStateChange').map(({ input }) => input.PowerState)).toEqual(['12']);
  });
});

describe('A wall switch of a PC whose system does not listen', () => {
  it('cuts its power, as there is nobody to ask', async () => {
    const simulator = await pc({ power: 'on', quirks: { lms: false } });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.say('amtkit/pc/power/switch/set', 'OFF');
    await ear.sees('amtkit/pc/power/state', 'off');
    expect(simulator.received.of('RequestPowerStateChange').map(({ input }) => input.PowerState)).toEqual(['8']);
  });
});

describe('Boot', () => {
  it('goes to BIOS setup once, and shows what is pending', async () => {
    const simulator = await pc({ power: 'on' });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/boot/next', 'unknown');
    await ear.say('amtkit/pc/boot/next/set', 'bios');
    await ear.sees('amtkit/pc/boot/next', 'bios');
    await ear.say('amtkit/pc/do/power/reset');
    await ear.sees('amtkit/pc/boot/next', 'none');
  });
});

describe('A screenshot', () => {
  it('comes as a picture of what the PC shows, when somebody asks for it', async () => {
    const shown = screenPc(320, 200);
    const simulator = await pc({ hardware: shown.hardware });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/features/kvm', 'ON');
    const pictures: Buffer[] = [];
    ear.client.on('message', (topic, payload) => {
      if (topic === 'amtkit/pc/screen/image') pictures.push(payload);
    });
    await ear.say('amtkit/pc/do/screen/shot');
    expect(await ear.json('amtkit/pc/result')).toMatchObject({ ok: true, data: { width: 320, height: 200 } });
    await expect.poll(() => pictures).toHaveLength(1);
    expect(difference(pngPicture(pictures[0] as Buffer), shown.screen.picture)).toBeUndefined();
    expect(simulator.openSessions.kvm).toBe(false);
  });

  it('is refused as busy while somebody looks at the screen', async () => {
    const simulator = await pc({ hardware: screenPc(320, 200).hardware });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/features/kvm', 'ON');
    await using other = await connect(reach(simulator));
    await using _theirs = await other.screen();
    await ear.say('amtkit/pc/do/screen/shot');
    expect(await ear.json('amtkit/pc/result')).toMatchObject({ ok: false, code: 'REDIRECTION_REFUSED' });
  });
});

describe('The permit', () => {
  it('holds destructive actions back before the firmware hears of them', async () => {
    const simulator = await pc({ power: 'on' });
    const bridge = { broker: { embedded: { port: 0 } }, permit: 'window' };
    const { ear } = await house({ pc: simulator }, { book: { bridge } });
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"early"}');
    expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'early')).toMatchObject({
      code: 'VETOED',
    });
    expect(simulator.received.of('RequestPowerStateChange')).toEqual([]);
    await ear.say('amtkit/bridge/main/request/permit', '{"seconds":60}');
    await ear.json('amtkit/bridge/main/response/permit');
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"now"}');
    expect(await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'now')).toMatchObject({ ok: true });
  });
});

describe('Home Assistant', () => {
  it('gets one device for a PC, named after the UUID the firmware told', async () => {
    const simulator = await pc();
    const { ear } = await house({ pc: simulator });
    const topic = `homeassistant/device/amtkit/${simulator.uuid}/config`;
    const { device, components } = (await ear.json(topic)) as { device: object; components: Record<string, object> };
    expect(device).toMatchObject({
      identifiers: [`amtkit_${simulator.uuid}`],
      name: 'pc',
      via_device: 'amtkit_bridge_main',
    });
    expect(components.power_switch).toMatchObject({ unique_id: `${simulator.uuid}_power_switch` });
    expect(components).toHaveProperty('features_kvm');
    const bridge = 'homeassistant/device/amtkit/bridge-main/config';
    expect(await ear.json(bridge)).toMatchObject({ device: { identifiers: ['amtkit_bridge_main'] } });
  });

  it('gets no KVM of a PC that has none', async () => {
    const simulator = await pc({ profile: 'ism' });
    const { ports } = simulator;
    const machines = { pc: { host: simulator.host, ports: { wsman: ports.wsmanTls }, credentials: 'lab' } };
    const { ear } = await house({}, { book: { bridge: { broker: { embedded: { port: 0 } } }, machines } });
    const topic = `homeassistant/device/amtkit/${simulator.uuid}/config`;
    const { components } = (await ear.json(topic)) as { components: Record<string, object> };
    expect(components).toHaveProperty('power_switch');
    expect(components).not.toHaveProperty('features_kvm');
  });
});

describe('The machine book', () => {
  it('grows, is renamed in and shrinks over MQTT, and nothing stays retained', async () => {
    const simulator = await pc();
    const { ear, bridge, shelf } = await house({});
    const ask = async (verb: string, body: object): Promise<Record<string, unknown>> => {
      const transaction = `${verb}-${Math.random()}`;
      await ear.say(`amtkit/bridge/main/request/${verb}`, JSON.stringify({ ...body, transaction }));
      return await ear.json(`amtkit/bridge/main/response/${verb}`, (data) => data.transaction === transaction);
    };
    const host = `${simulator.host}:${simulator.ports.wsman}`;
    expect(await ask('machine/add', { name: 'new-pc', host, credentials: 'nobody' })).toMatchObject({
      code: 'INVALID_BOOK',
    });
    expect(await ask('machine/add', { name: 'New PC', host, credentials: 'lab' })).toMatchObject({
      code: 'INVALID_BOOK',
    });
    expect(await ask('machine/add', { name: 'new-pc', host, credentials: 'lab' })).toMatchObject({ ok: true });
    await ear.sees('amtkit/new-pc/availability', 'online');
    expect(await ask('machine/rename', { name: 'new-pc', to: 'old-pc' })).toMatchObject({ ok: true });
    await ear.sees('amtkit/old-pc/availability', 'online');
    await ear.sees('amtkit/new-pc/availability', '');
    expect([...shelf.book.machines.keys()]).toEqual(['old-pc']);
    await ear.sees(`homeassistant/device/amtkit/${simulator.uuid}/config`, (payload) => payload.includes('old-pc'));
    expect(await ask('machine/remove', { name: 'old-pc' })).toMatchObject({ ok: true });
    expect(await ask('machine/remove', { name: 'old-pc' })).toMatchObject({ ok: false, code: 'INVALID_BOOK' });
    await ear.sees('amtkit/old-pc/availability', '');
    await ear.sees('amtkit/bridge/main/info', (payload) => payload.includes('"owned":[]'));
    await using late = await listen(bridge.brokerUrl);
    await late.sees('amtkit/bridge/main/state');
    const left = late.heard.map(({ topic }) => topic).filter((topic) => !topic.includes('bridge'));
    expect(left).toEqual([]);
  });

  it('is followed when somebody edits it', async () => {
    const [one, two] = [await pc(), await pc()];
    const { ear, shelf } = await house({ one });
    await ear.sees('amtkit/one/availability', 'online');
    await shelf.rewrite({ two });
    await ear.sees('amtkit/two/availability', 'online');
    await ear.sees('amtkit/one/availability', '');
  });
});

describe('A machine', () => {
  it('that is unplugged is offline, its commands are answered, and it comes back', async () => {
    const simulator = await pc({ power: 'on' });
    const { ear } = await house({ pc: simulator });
    await ear.sees('amtkit/pc/availability', 'online');
    await simulator.unplug();
    await ear.sees('amtkit/pc/availability', 'offline');
    await ear.say('amtkit/pc/do/power/reset', '{"transaction":"nobody"}');
    const answer = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'nobody');
    expect(answer).toMatchObject({ ok: false, code: 'CONNECT_FAILED' });
    ear.heard.length = 0;
    await simulator.plug();
    await ear.sees('amtkit/pc/availability', 'online');
  });

  it('with a wrong password is tried once, says so, and is left alone until somebody asks', async () => {
    const simulator = await pc({ password: 'Another1!' });
    const { ear } = await house({ pc: simulator });
    expect(await ear.json('amtkit/pc/health', ({ problem }) => problem === true)).toMatchObject({
      reachability: 'refused',
      code: 'AUTHENTICATION_FAILED',
    });
    expect(await ear.json('amtkit/pc/event')).toMatchObject({ event_type: 'login-refused' });
    await ear.say('amtkit/bridge/main/request/health');
    await ear.json('amtkit/bridge/main/response/health');
    expect(simulator.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
    const everything = ear.heard.map(({ payload }) => payload).join('\n');
    expect(everything).not.toContain(password);
  });
});

describe('Every message', () => {
  it('is free of the password of the machines', async () => {
    const simulator = await pc();
    const { ear } = await house({ pc: simulator });
    await ear.sees(`homeassistant/device/amtkit/${simulator.uuid}/config`);
    await ear.say('amtkit/pc/do/power/on', '{"transaction":"t"}');
    await ear.json('amtkit/pc/result');
    expect(ear.heard.length).toBeGreaterThan(30);
    expect(ear.heard.filter(({ payload }) => payload.includes(password))).toEqual([]);
  });
});

describe('What happens at a PC', () => {
  it('is published once: pushed to the bridge and logged by the firmware', async () => {
    const simulator = await pc({ power: 'on' });
    const { ear } = await house({ 'office-pc': simulator }, { bridge: { alerts: { listen: '127.0.0.1', port: 0 } } });
    await expect.poll(() => simulator.firmware.state.subscriptions.length).toBe(1);
    simulator.raise('case-opened');
    const alert = await ear.json('amtkit/office-pc/event', ({ event_type }) => event_type === 'alert');
    expect(alert).toMatchObject({ source: 'wsman', event: 'case-opened', severity: 'critical', text: 'Case opened' });
    expect(ear.on('amtkit/office-pc/event').filter((payload) => payload.includes('Case opened'))).toHaveLength(1);
  });

  it('subscribes to nothing where the book does not say where to listen, and to nothing at all where alerts are off', async () => {
    const [told, silent] = [await pc({ power: 'on' }), await pc({ power: 'on' })];
    for (const each of [told, silent]) each.raise('too-hot');
    await house({ told });
    await house({ silent }, { bridge: { alerts: { enabled: false } } });
    const looks = ({ received }: Simulator) =>
      received.of('GetRecords').filter(({ input }) => input.MaxReadRecords !== '1');
    await expect.poll(() => looks(told).length).toBeGreaterThan(0);
    await expect.poll(() => silent.received.of('GetRecords').length).toBeGreaterThan(0);
    expect(looks(silent)).toEqual([]);
    expect([told, silent].map(({ firmware }) => firmware.state.subscriptions)).toEqual([[], []]);
  });
});
