/** A person sets an alarm, and the PC is on when it goes off. */
import { NotSupported } from '@amtkit/core';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, manualClock, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Amt } from './support/amt.ts';
import { bookOf } from './support/book.ts';
import { listen } from './support/mqtt.ts';
import { password, scenario } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });
const DAY = 86_400_000;
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

/** A PC that is off, with a clock of its own that agrees with ours. */
async function pc(options: SimulatorOptions = {}): Promise<{ simulator: Simulator; advance: (ms: number) => void }> {
  const clock = manualClock(Date.now());
  const simulator = await createSimulator({ speed: 0, password, power: 'off', clock, ...options });
  opened.push(simulator);
  return { simulator, advance: (ms) => clock.advance(ms) };
}

/** The full minute after the next, so many days from now. */
function inDays(days: number): Date {
  return new Date(soon + days * DAY);
}

const soon = Math.ceil(Date.now() / 60_000) * 60_000 + 60_000;
/** Until `inDays(1)` and a little more. */
const A_DAY_AND_MORE = DAY + 5 * 60_000;

describe('An alarm', () => {
  const clock = manualClock(Date.now());
  scenario('switches the PC on, and is gone', {
    power: 'off',
    clock,
    async run({ machine, simulator }) {
      const at = inDays(1);
      await machine.alarms.add({ name: 'early', at });
      await machine.alarms.add({ name: 'daily', at: inDays(2), everyMinutes: 1440 });
      expect(await machine.alarms.list()).toEqual([
        { name: 'early', next: at },
        { name: 'daily', next: inDays(2), everyMinutes: 1440 },
      ]);
      clock.advance(A_DAY_AND_MORE);
      await expect.poll(() => simulator.firmware.state.power).toBe('on');
      expect((await machine.alarms.list()).map(({ name }) => name)).toEqual(['daily']);
      await machine.alarms.remove('daily');
      expect(await machine.alarms.list()).toEqual([]);
    },
  });

  scenario('is one of five', {
    async run({ machine }) {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await machine.alarms.add({ name, at: inDays(1) });
      await expect(machine.alarms.add({ name: 'f', at: inDays(1) })).rejects.toThrow('it keeps 5, and has 5.');
      await machine.alarms.add({ name: 'e', at: inDays(2), replace: true });
      expect((await machine.alarms.list()).at(-1)).toEqual({ name: 'e', next: inDays(2) });
    },
  });

  scenario('is set by the clock of the firmware, which may be ahead', {
    quirks: { clockSkewSeconds: 2 * 86_400 },
    async run({ machine }) {
      const refused = machine.alarms.add({ name: 'a', at: inDays(1) });
      await expect(refused).rejects.toThrow(/refused an alarm at .*Z: its clock says .*Z, when that is past\.$/);
      await machine.clock.sync();
      await machine.alarms.add({ name: 'a', at: inDays(1) });
    },
  });

  scenario('needs AMT 8', {
    profile: 'amt-7',
    connect: { legacyTls: true },
    async run({ machine }) {
      await expect(machine.alarms.list()).rejects.toThrow(NotSupported);
    },
  });
});

describe('The shell', () => {
  const env = { AMT_PASSWORD: password };
  const at = inDays(1).toISOString().replace('.000', '');

  async function target(): Promise<string> {
    const { simulator } = await pc();
    return `${simulator.host}:${simulator.ports.wsman}:${simulator.ports.redirection}`;
  }

  it('sets and shows alarms', async () => {
    await using amt = await Amt.open();
    const host = await target();
    const set = await amt.run(`alarm set ${host} --at ${at} --every daily --name nightly`, { env });
    expect(set).toMatchObject({ status: 0, stdout: expect.stringContaining(`next: ${at}`) });
    expect(await amt.run(`alarm wake ${host} 07:00`, { env })).toMatchObject({ status: 0 });
    const shown = await amt.run(`alarm ${host}`, { env });
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(/^Next alarm +\d{4}-/m);
    expect(shown.stdout).toMatch(new RegExp(`nightly +${at} +1440`));
  });

  it('clears its own alarm, and says which others there are', async () => {
    await using amt = await Amt.open();
    const host = await target();
    await amt.run(`alarm set ${host} --at ${at} --name nightly`, { env });
    await amt.run(`alarm wake ${host} 07:00`, { env });
    expect(await amt.run(`alarm clear ${host}`, { env })).toMatchObject({ status: 0 });
    expect((await amt.run(`alarm wake ${host}`, { env })).stdout).toBe('none\n');
    expect(await amt.run(`alarm clear ${host} --name weekly`, { env })).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('has no alarm named "weekly"; it has nightly.'),
    });
  });

  it('sets no alarm that is past', async () => {
    await using amt = await Amt.open();
    expect(await amt.run(`alarm set ${await target()} --at 2020-01-01T00:00Z`, { env })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('An alarm cannot go off at 2020-01-01T00:00:00Z, which is past.'),
    });
  });

  it('says which firmware has no alarm clock', async () => {
    await using amt = await Amt.open();
    const { simulator } = await pc({ profile: 'amt-7', tls: false });
    const target = `${simulator.host}:${simulator.ports.wsman}:${simulator.ports.redirection}`;
    expect(await amt.run(`alarm ${target}`, { env: { AMT_PASSWORD: password } })).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('has no alarm clock; AMT 8 and later have one.'),
    });
  });
});

describe('The bridge', () => {
  it('sets a wake-up, sees the PC start by it, and that it is gone', async () => {
    const { simulator, advance } = await pc();
    const shelf = await bookOf({ pc: simulator }, { bridge: { broker: { embedded: { port: 0 } } } });
    opened.push(shelf);
    const fleetOptions = { patience: { pollMs: 100, slowPollMs: 60_000 }, timeoutMs: 2000 };
    const bridge = await createBridge({ book: shelf.book, fleetOptions });
    opened.push(bridge);
    const ear = await listen(bridge.brokerUrl);
    opened.push(ear);
    expect(await ear.sees('amtkit/pc/alarm/wake')).toBe('none');
    const at = inDays(1).toISOString();
    await ear.say('amtkit/pc/alarm/wake/set', at);
    await ear.sees('amtkit/pc/alarm/wake', at);
    expect(await ear.sees('amtkit/pc/alarm/next', at)).toBe(at);
    expect(
      JSON.parse(await ear.sees('amtkit/pc/alarm/list', JSON.stringify([{ name: 'amtkit', next: at }]))),
    ).toHaveLength(1);
    ear.heard.length = 0;
    advance(A_DAY_AND_MORE);
    await ear.sees('amtkit/pc/power/state', 'on');
    await ear.sees('amtkit/pc/alarm/wake', 'none');
    await ear.sees('amtkit/pc/alarm/next', 'none');
  });
});
