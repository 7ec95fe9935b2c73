/** Pictures of screens, over a fleet without machines behind it. */
import { ConsentRequired } from '@amtkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeOptions, createBridge } from '../bridge.ts';
import type { Bridge } from '../running-bridge.ts';
import { createFakeFleet, type FakeFleet } from '../testing/fake-fleet.ts';
import { type Listener, listen } from '../testing/listener.ts';

const IMAGE = 'amtkit/pc/screen/image';
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0x00]);
const picture = { png, width: 2, height: 1 };

let fleet: FakeFleet;
const opened: AsyncDisposable[] = [];
const pictures: { readonly topic: string; readonly payload: Buffer; readonly retain: boolean }[] = [];

async function start(options: Partial<BridgeOptions> = {}): Promise<{ bridge: Bridge; ear: Listener }> {
  const broker = { kind: 'embedded', listen: '127.0.0.1', port: 0, users: {} } as const;
  const bridge = await createBridge({ fleet, ...options, settings: { broker, ...options.settings } });
  opened.push(bridge);
  const ear = await listen(bridge.brokerUrl);
  opened.push(ear);
  ear.client.on('message', (topic, payload, { retain }) => {
    if (topic === IMAGE) pictures.push({ topic, payload, retain });
  });
  await bridge.ready;
  return { bridge, ear };
}

beforeEach(() => {
  fleet = createFakeFleet();
  fleet.onRun = async ({ machine, id }) => {
    if (id !== 'screen.shot') return undefined;
    fleet.send({ type: 'picture', machine, ...picture });
    return picture;
  };
  fleet.join('pc');
  fleet.reach('pc', 'online');
  pictures.length = 0;
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

describe('A picture', () => {
  it('that was asked for comes on its topic, byte for byte, and not in the answer', async () => {
    const { ear } = await start();
    await ear.say('amtkit/pc/do/screen/shot', '{"transaction":"look"}');
    const result = await ear.json('amtkit/pc/result', ({ transaction }) => transaction === 'look');
    expect(result).toMatchObject({ ok: true, action: 'screen.shot', data: { width: 2, height: 1 } });
    expect(Object.keys(result.data as object)).toEqual(['width', 'height']);
    await expect.poll(() => pictures).toHaveLength(1);
    expect([...(pictures[0]?.payload ?? [])]).toEqual([...png]);
  });

  it('is not retained', async () => {
    const { ear, bridge } = await start();
    await ear.say('amtkit/pc/do/screen/shot');
    await ear.sees(IMAGE);
    await using late = await listen(bridge.brokerUrl, 'amtkit/pc/#');
    await late.sees('amtkit/pc/availability');
    expect(late.on(IMAGE)).toEqual([]);
    expect(pictures.map(({ retain }) => retain)).toEqual([false]);
  });

  it('is taken again and again where the book says so, of PCs that are on and that nobody looks at', async () => {
    fleet.join('off');
    fleet.join('watched');
    for (const name of ['off', 'watched']) fleet.reach(name, 'online');
    fleet.tell('pc', { 'power.state': 'on', 'features.kvm': true, 'features.kvm-in-use': false });
    fleet.tell('off', { 'power.state': 'off', 'features.kvm': true });
    fleet.tell('watched', { 'power.state': 'on', 'features.kvm': true, 'features.kvm-in-use': true });
    await start({ settings: { screenshotSeconds: 0.02 } });
    await expect.poll(() => pictures.length).toBeGreaterThan(2);
    expect(new Set(fleet.runs.map(({ machine, id, options }) => `${machine} ${id} ${options.by}`))).toEqual(
      new Set(['pc screen.shot bridge']),
    );
  });

  it('is taken only while somebody subscribes to it', async () => {
    fleet.join('other');
    fleet.reach('other', 'online');
    for (const name of ['pc', 'other']) fleet.tell(name, { 'power.state': 'on', 'features.kvm': true });
    const { bridge, ear } = await start({ settings: { screenshotSeconds: 0.02 } });
    await expect.poll(() => fleet.runs.length).toBeGreaterThan(2);
    await ear.client.unsubscribeAsync('#');
    await using dashboard = await listen(bridge.brokerUrl, 'amtkit/other/screen/image');
    await dashboard.sees('amtkit/other/screen/image');
    const before = fleet.runs.length;
    await expect.poll(() => fleet.runs.length).toBeGreaterThan(before + 2);
    expect(new Set(fleet.runs.slice(before + 1).map(({ machine }) => machine))).toEqual(new Set(['other']));
    await dashboard.client.endAsync();
    await ear.client.subscribeAsync('amtkit/+/screen/image');
    const again = fleet.runs.length;
    await expect.poll(() => fleet.runs.slice(again).map(({ machine }) => machine)).toContain('pc');
  });

  it('is taken as often as the settings say, also when they change', async () => {
    fleet.tell('pc', { 'power.state': 'on', 'features.kvm': true });
    const settings: { screenshotSeconds?: number } = {};
    const broker = { kind: 'embedded', listen: '127.0.0.1', port: 0, users: {} } as const;
    const bridge = await createBridge({ fleet, settings: Object.assign(settings, { broker }) });
    opened.push(bridge, await listen(bridge.brokerUrl));
    await bridge.ready;
    expect(fleet.runs).toEqual([]);
    settings.screenshotSeconds = 0.02;
    expect(await bridge.reload()).toMatchObject({ applied: ['screenshotSeconds'] });
    await expect.poll(() => fleet.runs.length).toBeGreaterThan(2);
  });

  it('that cannot be taken is told once in the log, and tried on', async () => {
    fleet.onRun = async () => {
      throw new ConsentRequired('pc shows its screen only with the consent of the person at it.');
    };
    fleet.tell('pc', { 'power.state': 'on', 'features.kvm': true });
    const lines: string[] = [];
    await start({ settings: { screenshotSeconds: 0.02 }, log: (line) => lines.push(line) });
    await expect.poll(() => fleet.runs.length).toBeGreaterThan(2);
    expect(lines.filter((line) => line.includes('consent'))).toHaveLength(1);
  });
});
