/** A house with MQTT installs a PC anew: one message starts it, topics tell how it goes, another one stops it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bridge, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type MemoryPc, type Simulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { installedSum, installerCd, pretendPc } from './support/installer.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

const soon = {
  pollMs: 100,
  transitionPollMs: 30,
  offlinePollMs: 200,
  slowPollMs: 60_000,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
  desk: {
    showMs: 20,
    media: { firstRetryMs: 20, longestRetryMs: 100 },
    reimage: { tickMs: 20, pollMs: 100, idleMs: 200, firstRetryMs: 20, longestRetryMs: 100 },
  },
};
vi.setConfig({ testTimeout: 30_000 });

const image = installerCd();
/** One whose loader waits, so that a test can do something meanwhile. */
const waiting = installerCd('poweroff', 'pause');
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

/** A bridge with one PC, whose book knows a good image and one that is not there. */
async function house(
  settings: Record<string, unknown> = {},
): Promise<{ bridge: Bridge; ear: Listener; simulator: Simulator; pc: MemoryPc }> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  await writeFile(join(folder, 'debian.iso'), image);
  await writeFile(join(folder, 'waiting.iso'), waiting);
  const pc = pretendPc();
  const simulator = await createSimulator({ speed: 0, password, hardware: pc });
  opened.push(simulator);
  const shelf = await bookOf(
    { pc: simulator },
    {
      media: {
        debian: { path: join(folder, 'debian.iso') },
        waiting: { path: join(folder, 'waiting.iso') },
        lost: { path: join(folder, 'lost.iso') },
      },
      bridge: { broker: { embedded: { port: 0 } }, ...settings },
    },
  );
  opened.push(shelf);
  const bridge = await createBridge({ book: shelf.book, fleetOptions: { patience: soon, timeoutMs: 2000 } });
  opened.push(bridge);
  const ear = await listen(bridge.brokerUrl);
  opened.push(ear);
  await ear.sees('amtkit/pc/availability', 'online');
  return { bridge, ear, simulator, pc };
}

const resultOf = (ear: Listener, wanted: string) =>
  ear.json('amtkit/pc/result', ({ transaction }) => transaction === wanted);

describe('A message', () => {
  it('installs a PC: it is answered when that has begun, and topics tell the rest', async () => {
    const { ear, pc } = await house();
    await ear.sees('amtkit/pc/reimage/stage', 'none');
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "debian", "transaction": "r1"}');
    expect(await resultOf(ear, 'r1')).toMatchObject({
      ok: true,
      action: 'reimage.start',
      message: expect.stringMatching(/: begun\.$/),
      data: { media: 'debian' },
    });
    await ear.sees('amtkit/pc/reimage/stage', 'finished');
    expect(pc.disk.sha256).toBe(installedSum);
    const stages = [...new Set(ear.on('amtkit/pc/reimage/stage'))];
    expect(stages.slice(0, 5)).toEqual(['none', 'checking', 'enabling', 'attaching', 'booting']);
    expect(stages).toContain('reading');
    expect(await ear.json('amtkit/pc/reimage/progress', ({ bytes }) => Number(bytes) > 2_000_000)).toMatchObject({
      percent: expect.any(Number),
      megabytesPerSecond: expect.any(Number),
      sectors: expect.any(Number),
    });
    expect(await ear.sees('amtkit/pc/reimage/message')).toMatch(/has switched itself off/);
    const told = await ear.json('amtkit/pc/event', ({ stage }) => stage === 'finished');
    expect(told).toMatchObject({ event_type: 'reimage', media: 'debian', transaction: 'r1', verdict: 'power-off' });
    await ear.sees('amtkit/pc/media/attached', 'none');
    expect(ear.on('amtkit/pc/media/attached')).toContain('debian');
  });

  it('cancels it: nothing stays attached, and the PC starts from its disk', async () => {
    const { ear, simulator, pc } = await house();
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "waiting", "transaction": "r1"}');
    await ear.sees('amtkit/pc/reimage/stage', 'reading');
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "debian", "transaction": "r2"}');
    expect(await resultOf(ear, 'r2')).toMatchObject({
      ok: false,
      code: 'REFUSED',
      message: expect.stringContaining('is being reimaged'),
    });
    await ear.say('amtkit/pc/do/reimage/cancel', '{"transaction": "c1"}');
    expect(await resultOf(ear, 'c1')).toMatchObject({ ok: true });
    expect(simulator.openSessions.ider).toBe(false);
    await ear.sees('amtkit/pc/reimage/stage', 'failed');
    expect(await ear.json('amtkit/pc/event', ({ stage }) => stage === 'failed')).toMatchObject({ code: 'CANCELLED' });
    expect(simulator.firmware.state.boot.next).toBe(false);
    expect(pc.disk.system).toBe('factory');
  });

  it('asks for a picture of the screen meanwhile, which the reimage has open', async () => {
    const { ear, simulator } = await house();
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "waiting", "until": "still:60"}');
    await ear.sees('amtkit/pc/reimage/stage', 'idle');
    await vi.waitFor(() => expect(simulator.openSessions.kvm).toBe(true));
    await ear.say('amtkit/pc/do/screen/shot', '{"transaction": "look"}');
    const { ok, data } = await resultOf(ear, 'look');
    expect([ok, data]).toEqual([true, { width: expect.any(Number), height: expect.any(Number) }]);
    expect(simulator.openSessions.kvm).toBe(true);
    expect(simulator.received.messages('OpenKvmChannel')).toHaveLength(1);
    await ear.say('amtkit/pc/do/reimage/cancel', '{"transaction": "c1"}');
    await resultOf(ear, 'c1');
    expect(simulator.openSessions.kvm).toBe(false);
  });

  it('that names no medium, an unknown one, or one that is not there is answered with what is wrong', async () => {
    const { ear } = await house();
    await ear.say('amtkit/pc/do/reimage/start', '{"transaction": "none"}');
    expect(await resultOf(ear, 'none')).toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('Name a medium'),
    });
    await ear.say('amtkit/pc/do/media/attach', '{"media": "debain", "transaction": "wrong"}');
    expect(await resultOf(ear, 'wrong')).toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('did you mean debian?'),
    });
    await ear.say('amtkit/pc/do/media/attach', '{"media": "/etc/passwd", "transaction": "path"}');
    expect(await resultOf(ear, 'path')).toMatchObject({ code: 'INVALID' });
    await ear.say('amtkit/pc/do/media/attach', '{"media": "lost", "transaction": "lost"}');
    expect(await resultOf(ear, 'lost')).toMatchObject({
      code: 'IMAGE_FAILED',
      message: expect.stringContaining('lost'),
    });
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "debian", "until": "done", "transaction": "until"}');
    expect(await resultOf(ear, 'until')).toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('power-off'),
    });
    expect(new Set(ear.on('amtkit/pc/reimage/stage'))).toEqual(new Set(['none']));
  });

  it('is held back by the permit', async () => {
    const { ear, simulator } = await house({ permit: 'never' });
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "debian", "transaction": "r1"}');
    expect(await resultOf(ear, 'r1')).toMatchObject({ code: 'VETOED' });
    expect(simulator.openSessions.ider).toBe(false);
  });
});

describe('A selected medium', () => {
  it('is attached by a button without input, comes back when the cable was pulled, and is ejected', async () => {
    const { ear, simulator } = await house();
    await ear.say('amtkit/pc/media/selected/set', 'debian');
    await ear.sees('amtkit/pc/media/selected', 'debian');
    await ear.say('amtkit/pc/do/media/attach', '{}');
    await ear.sees('amtkit/pc/media/attached', 'debian');
    expect(simulator.openSessions.ider).toBe(true);
    await simulator.unplug();
    expect(await ear.json('amtkit/pc/event', ({ event }) => event === 'interrupted')).toMatchObject({
      media: 'debian',
    });
    await simulator.plug();
    await ear.json('amtkit/pc/event', ({ event }) => event === 'reattached');
    expect(simulator.openSessions.ider).toBe(true);
    await ear.say('amtkit/pc/do/media/eject');
    await ear.json('amtkit/pc/event', ({ event }) => event === 'ejected');
    expect(simulator.openSessions.ider).toBe(false);
    await expect.poll(() => ear.on('amtkit/pc/media/attached').at(-1)).toBe('none');
  });
});

describe('A bridge that stops', () => {
  it('detaches, and leaves no boot override behind', async () => {
    const { bridge, ear, simulator } = await house();
    await ear.say('amtkit/pc/do/reimage/start', '{"media": "waiting"}');
    await ear.sees('amtkit/pc/reimage/stage', 'reading');
    await bridge.close();
    expect(simulator.openSessions).toMatchObject({ ider: false, sol: 0 });
    expect(simulator.firmware.state.boot.next).toBe(false);
  });
});
