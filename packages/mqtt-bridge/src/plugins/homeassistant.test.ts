/** Home Assistant beside a bridge, over a fleet without machines behind it. */
import { logOf } from '@amtkit/core/automation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeOptions, createBridge } from '../bridge.ts';
import { type EmbeddedBroker, startBroker } from '../broker/broker.ts';
import type { Bridge } from '../running-bridge.ts';
import { createFakeFleet, desktop, type FakeFleet } from '../testing/fake-fleet.ts';
import { componentsOf, problemsOf } from '../testing/home-assistant.ts';
import { type Listener, listen } from '../testing/listener.ts';

const uuid = '4c4c4544-0042-4710-8058-b4c04f595831';
const config = `homeassistant/device/amtkit/${uuid}/config`;
const soon = { birthMs: 0, birthSpreadMs: 0, settleMs: 0, birthPauseMs: 0, quietMs: 50 };
let broker: EmbeddedBroker;
let fleet: FakeFleet;
let ear: Listener;
const opened: AsyncDisposable[] = [];

beforeEach(async () => {
  broker = await startBroker({ listen: '127.0.0.1', port: 0, users: new Map(), base: 'amtkit', log: logOf(undefined) });
  ear = await listen(broker.url);
  fleet = createFakeFleet();
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  await ear[Symbol.asyncDispose]();
  await broker.close();
});

async function start(options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const bridge = await createBridge({ fleet, broker: broker.url, patience: soon, ...options });
  opened.push(bridge);
  await bridge.ready;
  return bridge;
}

/** A machine that has told everything. */
function known(name: string, id = uuid): void {
  fleet.join(name);
  fleet.identify(name, id);
  fleet.reach(name, 'online');
  fleet.tell(name, desktop);
}

/** Keys of the components of the newest message, and of those that it takes away. */
function keysOf(payload: string): { there: string[]; gone: string[] } {
  const all = Object.entries(componentsOf(payload));
  const isRemoval = ({ unique_id: id }: { unique_id?: unknown }) => id === undefined;
  return {
    there: all.filter(([, component]) => !isRemoval(component)).map(([key]) => key),
    gone: all.filter(([, component]) => isRemoval(component)).map(([key]) => key),
  };
}

describe('A machine appears in Home Assistant', () => {
  it('when it has told its UUID and everything it has, in one message that breaks no rule', async () => {
    await start();
    known('pc');
    const payload = await ear.sees(config);
    expect(problemsOf(config, payload)).toEqual([]);
    expect(ear.on(config)).toHaveLength(1);
    expect(keysOf(payload).there).toEqual(
      expect.arrayContaining([
        'power_switch',
        'power_state',
        'power_reset',
        'power_cycle',
        'power_off',
        'power_nmi',
        'boot_pxe',
        'boot_bios',
        'boot_next',
        'log_last',
        'hw_amt-version',
        'hw_control-mode',
        'features_kvm-in-use',
        'consent_needed',
        'contact_reachable',
        'contact_problem',
        'contact_round-trip',
        'event',
      ]),
    );
  });

  it('not before its first contact, nor without a UUID', async () => {
    const lines: string[] = [];
    await start({ log: (line) => lines.push(line) });
    fleet.join('new');
    fleet.join('nameless');
    fleet.identify('nameless', undefined);
    fleet.tell('nameless', desktop);
    known('pc');
    await ear.sees(config);
    const devices = ear.heard.map(({ topic }) => topic).filter((topic) => topic.includes('/device/'));
    expect(new Set(devices)).toEqual(new Set([config, 'homeassistant/device/amtkit/bridge-main/config']));
    expect(lines).toContain('nameless has no UUID and is left out of Home Assistant; its topics are there.');
  });

  it('with what it has told, when it does not tell everything in time', async () => {
    await start({ patience: { ...soon, incompleteMs: 0 } });
    fleet.join('pc');
    fleet.identify('pc', uuid);
    fleet.tell('pc', { 'power.state': 'on', 'power.switch': true });
    expect(keysOf(await ear.sees(config)).there).toEqual(expect.arrayContaining(['power_switch']));
  });

  it('once, however often its values change', async () => {
    await start();
    known('pc');
    await ear.sees(config);
    fleet.tell('pc', { 'power.state': 'on', 'power.switch': true, 'boot.next': 'pxe' });
    fleet.tell('pc', { 'power.supported': desktop['power.supported'] });
    known('other', '11111111-2222-3333-4444-555555555555');
    await ear.sees('homeassistant/device/amtkit/11111111-2222-3333-4444-555555555555/config');
    expect(ear.on(config)).toHaveLength(1);
  });

  it('together with the bridge', async () => {
    await start();
    const topic = 'homeassistant/device/amtkit/bridge-main/config';
    expect(problemsOf(topic, await ear.sees(topic))).toEqual([]);
  });

  it('below another prefix when it is told so, and not at all when it is told that', async () => {
    await start({
      settings: { homeassistant: { enabled: true, prefix: 'ha/x', statusTopic: 'ha/x/status', macs: true, areas: {} } },
    });
    known('pc');
    await ear.sees(`ha/x/device/amtkit/${uuid}/config`);
    await start({
      settings: {
        id: 'quiet',
        homeassistant: { enabled: false, prefix: 'q', statusTopic: 'q/s', macs: true, areas: {} },
      },
    });
    await ear.sees('amtkit/bridge/quiet/state', (payload) => payload === 'online');
    expect(ear.heard.filter(({ topic }) => topic.startsWith('q/'))).toEqual([]);
  });
});

describe('A component that a machine loses', () => {
  it('is taken away in two steps', async () => {
    await start();
    known('pc');
    await ear.sees(config);
    fleet.tell('pc', { 'features.kvm': undefined, 'boot.targets': ['pxe'] });
    await expect.poll(() => ear.on(config).length).toBe(3);
    const [, first = '', second = ''] = ear.on(config);
    expect(problemsOf(config, first)).toEqual([]);
    expect(keysOf(first).gone).toEqual(expect.arrayContaining(['features_kvm', 'boot_bios', 'boot_ider-cd']));
    expect(keysOf(second).gone).toEqual([]);
    expect(keysOf(second).there).not.toContain('features_kvm');
    expect(keysOf(second).there).toContain('boot_pxe');
  });

  it('while the bridge did not run is taken away in two steps at its next start', async () => {
    const bridge = await start();
    known('pc');
    await ear.sees(config);
    await bridge.close();
    const before = ear.on(config).length;
    fleet.tell('pc', { 'features.kvm': undefined });
    await start();
    await expect.poll(() => ear.on(config).length).toBe(before + 2);
    const [first = '', second = ''] = ear.on(config).slice(before);
    expect(keysOf(first).gone).toEqual(expect.arrayContaining(['features_kvm', 'screen_shot', 'screen_image']));
    expect(keysOf(second).gone).toEqual([]);
  });
});

describe('What an earlier version told otherwise', () => {
  /** As that version left it in the broker. */
  async function leave(components: object): Promise<void> {
    const availability = [{ topic: 'amtkit/bridge/main/state' }, { topic: 'amtkit/pc/availability' }];
    const message = { origin: { name: 'amtkit' }, availability, components };
    await ear.say(config, JSON.stringify(message), { retain: true });
  }

  it('is taken away where it has another platform now, and comes back as that', async () => {
    await leave({
      power_state: { platform: 'text', unique_id: 'x' },
      power_dance: { platform: 'button', unique_id: 'y' },
    });
    known('pc');
    await start();
    await expect.poll(() => ear.on(config).length).toBe(3);
    const [, first = '', second = ''] = ear.on(config);
    expect(componentsOf(first).power_state).toMatchObject({ platform: 'text' });
    expect(keysOf(first).gone.toSorted()).toEqual(['power_dance', 'power_state']);
    expect(problemsOf(config, first)).toEqual([]);
    expect(componentsOf(second).power_state).toMatchObject({ platform: 'sensor', unique_id: `${uuid}_power_state` });
    expect(keysOf(second).gone).toEqual([]);
  });

  it('is not taken away again when it is back', async () => {
    await leave({ power_state: { platform: 'text', unique_id: 'x' } });
    known('pc');
    await start();
    await expect.poll(() => ear.on(config).length).toBe(3);
    await ear.say('homeassistant/status', 'online');
    await expect.poll(() => ear.on(config).length).toBe(4);
    expect(keysOf(ear.on(config).at(-1) ?? '').gone).toEqual([]);
  });
});

describe('The broker inside the bridge, which begins empty', () => {
  it('has everything taken away that the machine may have had before, once Home Assistant is there', async () => {
    known('pc');
    fleet.tell('pc', { 'features.kvm': undefined, 'alarm.wake': undefined });
    const embedded = { kind: 'embedded', listen: '127.0.0.1', port: 0, users: {} } as const;
    const bridge = await createBridge({ fleet, patience: soon, settings: { broker: embedded } });
    opened.push(bridge);
    await bridge.ready;
    await using late = await listen(bridge.brokerUrl);
    expect(keysOf(await late.sees(config)).gone).toEqual([]);
    late.heard.length = 0;
    await late.say('homeassistant/status', 'online');
    await expect.poll(() => late.on(config).length).toBe(2);
    const [first = '', second = ''] = late.on(config);
    expect(problemsOf(config, first)).toEqual([]);
    expect(keysOf(first).gone).toEqual(expect.arrayContaining(['features_kvm', 'screen_shot', 'screen_image']));
    expect(keysOf(first).there).toContain('power_switch');
    expect(keysOf(second).gone).toEqual([]);
    expect(late.on(`homeassistant/datetime/amtkit/${uuid}_alarm_wake/config`)).toEqual(['']);
  });
});

describe('An entity with a message of its own', () => {
  const lone = `homeassistant/datetime/amtkit/${uuid}_alarm_wake/config`;

  it('comes behind the device, passes every rule, and is told again to Home Assistant that starts', async () => {
    await start();
    known('pc');
    expect(problemsOf(lone, await ear.sees(lone))).toEqual([]);
    const topics = ear.heard.map(({ topic }) => topic);
    expect(topics.indexOf(lone)).toBeGreaterThan(topics.indexOf(config));
    ear.heard.length = 0;
    await ear.say('homeassistant/status', 'online');
    await ear.sees(lone);
  });

  it('goes with what it is about', async () => {
    await start();
    known('pc');
    await ear.sees(lone);
    fleet.tell('pc', { 'alarm.wake': undefined });
    await ear.sees(lone, (payload) => payload === '');
    expect(ear.on(config).at(-1)).not.toBe('');
  });

  it('goes with what it is about also when the bridge did not run then', async () => {
    const bridge = await start();
    known('pc');
    await ear.sees(lone);
    await bridge.close();
    fleet.tell('pc', { 'alarm.wake': undefined });
    await start();
    await ear.sees(lone, (payload) => payload === '');
  });

  it('goes with its machine, and with one that was removed while the bridge did not run', async () => {
    const bridge = await start();
    known('pc');
    known('other', '11111111-2222-3333-4444-555555555555');
    await ear.sees(lone);
    await ear.sees(lone.replace(uuid, '11111111-2222-3333-4444-555555555555'));
    await fleet.remove('pc');
    await ear.sees(lone, (payload) => payload === '');
    await bridge.close();
    await fleet.remove('other');
    await start();
    await ear.sees(lone.replace(uuid, '11111111-2222-3333-4444-555555555555'), (payload) => payload === '');
  });
});

describe('A machine that is removed', () => {
  it('disappears from Home Assistant', async () => {
    await start();
    known('pc');
    await ear.sees(config);
    await fleet.remove('pc');
    await ear.sees(config, (payload) => payload === '');
  });

  it('while the bridge did not run leaves nothing retained after its next start', async () => {
    const bridge = await start();
    known('pc');
    known('stays', '11111111-2222-3333-4444-555555555555');
    await ear.sees(config);
    await ear.sees('amtkit/bridge/main/info', (payload) => payload.includes('stays'));
    await bridge.close();
    await fleet.remove('pc');
    await start();
    await ear.sees('amtkit/pc/power/state', (payload) => payload === '');
    await using late = await listen(broker.url);
    await late.sees('amtkit/stays/power/state');
    const left = late.heard.map(({ topic }) => topic).filter((topic) => topic.includes('/pc/') || topic === config);
    expect(left).toEqual([]);
  });

  it('of another bridge is none of our business', async () => {
    const foreign = JSON.stringify({
      origin: { name: 'amtkit' },
      availability: [{ topic: 'amtkit/bridge/west/state' }, { topic: 'amtkit/theirs/availability' }],
      components: {},
    });
    await ear.say('homeassistant/device/amtkit/99/config', foreign, { retain: true });
    await ear.say('homeassistant/device/amtkit/98/config', 'no JSON', { retain: true });
    await start();
    await using late = await listen(broker.url, 'homeassistant/#');
    await late.sees('homeassistant/device/amtkit/99/config');
    expect(late.on('homeassistant/device/amtkit/98/config')).toEqual(['no JSON']);
  });
});

describe('Home Assistant that starts', () => {
  it('is told devices again, then states and availability', async () => {
    known('pc');
    await start();
    await ear.sees(config);
    await ear.sees('amtkit/pc/availability');
    ear.heard.length = 0;
    await ear.say('homeassistant/status', 'online');
    await ear.sees('amtkit/pc/availability');
    const order = ear.heard.map(({ topic }) => topic);
    const places = [config, 'amtkit/pc/power/state', 'amtkit/pc/availability'].map((topic) => order.indexOf(topic));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('over and over is told everything a few times, not each time', async () => {
    known('pc');
    await start({ patience: { ...soon, birthMs: 30, birthPauseMs: 30 } });
    await ear.sees(config);
    ear.heard.length = 0;
    for (let i = 0; i < 100; i++) await ear.say('homeassistant/status', 'online');
    await ear.sees(config);
    await ear.sees('amtkit/pc/availability');
    const burst = ear.on(config).length;
    expect(burst).toBeLessThan(10);
  });

  it('and stops is told nothing, and neither is one that started long ago', async () => {
    known('pc');
    await ear.say('homeassistant/status', 'online', { retain: true });
    await start();
    await ear.sees(config);
    ear.heard.length = 0;
    await ear.say('homeassistant/status', 'offline');
    await ear.say('amtkit/bridge/main/request/health');
    await ear.sees('amtkit/bridge/main/response/health');
    expect(ear.on(config)).toHaveLength(0);
  });
});
