import { createFleet, type Fleet, type PluginSurface } from '@amtkit/core/automation';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import plugin from './index.ts';

let simulator: Simulator | undefined;
let fleet: Fleet | undefined;
const log: string[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await fleet?.close();
  await simulator?.close();
  simulator = undefined;
  log.length = 0;
});

/** A fleet at a moment, without machines. */
async function open(now: string, options: object, surface: PluginSurface = 'bridge'): Promise<Fleet> {
  // Only what the schedule stands on: the machines are real.
  vi.useFakeTimers({ now: new Date(now), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  fleet = await createFleet({
    plugins: [{ plugin, options }],
    surface,
    poll: false,
    log: (line) => log.push(line.replace('plugin wake-schedule: ', '')),
  });
  return fleet;
}

const next = () => log[0]?.replace('the next wake-up is ', '');

describe('The schedule', () => {
  it('means working days where it names none', async () => {
    // A Friday evening.
    await open('2026-03-06T20:00:00Z', { wake: [{ at: '07:30' }], timeZone: 'UTC' });
    expect(next()).toBe('2026-03-09T07:30:00.000Z');
  });

  it.each([
    ['in winter', '2026-03-28T12:00:00Z', '2026-03-29T05:30:00.000Z'],
    ['in summer', '2026-10-24T12:00:00Z', '2026-10-25T06:30:00.000Z'],
  ])('is about the time of day, on the day when clocks change, too: %s', async (_when, now, at) => {
    await open(now, { wake: [{ at: '07:30', days: ['sat', 'sun'] }], timeZone: 'Europe/Berlin' });
    expect(next()).toBe(at);
  });

  it('wakes once, in the hour that clocks go through twice', async () => {
    const woken = await wakeUps('2026-10-25T00:00:00Z', '02:30', 4);
    expect(woken).toBe(1);
  });

  it('wakes also where the clocks leave its hour out', async () => {
    const woken = await wakeUps('2026-03-29T00:00:00Z', '02:30', 4);
    expect(woken).toBe(1);
  });

  it('takes the earliest of several times', async () => {
    const wake = [
      { at: '09:00', days: ['sat'] },
      { at: '06:15', days: ['sat', 'sun'] },
    ];
    await open('2026-03-07T07:00:00Z', { wake, timeZone: 'UTC' });
    expect(next()).toBe('2026-03-07T09:00:00.000Z');
  });

  it('is not kept in a shell', async () => {
    await open('2026-03-06T20:00:00Z', { wake: [{ at: '07:30' }] }, 'cli');
    expect(log).toEqual([]);
  });

  it.each([
    [
      { wake: [{ at: '7:30' }] },
      'options.wake[0].at of the plugin wake-schedule must be a time of day, such as "07:30".',
    ],
    [
      { wake: [{ at: '07:30', days: ['monday'] }] },
      'options.wake[0].days[0] of the plugin wake-schedule must be mon, ',
    ],
    [{ wake: [] }, 'options.wake of the plugin wake-schedule must not be empty.'],
    [{ wake: [{ at: '07:30' }], timeZone: 'Mars' }, 'options.timeZone of the plugin wake-schedule must be a time zone'],
  ])('%j is refused with the key', async (options, sentence) => {
    await expect(open('2026-03-06T20:00:00Z', options)).rejects.toThrow(sentence);
  });
});

/** How often a machine is woken in so many hours of Berlin, from a moment on. */
async function wakeUps(from: string, at: string, hours: number): Promise<number> {
  const fleet = await open(from, { wake: [{ at, days: ['sun'] }], timeZone: 'Europe/Berlin', staggerSeconds: 0 });
  await fleet.add({ name: 'pc', host: '127.0.0.1', ports: { wsman: 1 }, tls: 'off', password: 'x' });
  let asked = 0;
  const watching = fleet.watch();
  void (async () => {
    for await (const { type } of watching) if (type === 'result') asked++;
  })();
  await vi.advanceTimersByTimeAsync(hours * 3_600_000);
  vi.useRealTimers();
  await expect.poll(() => asked).toBeGreaterThan(0);
  return asked;
}

describe('A wake-up', () => {
  it('switches on what is not on', async () => {
    simulator = await createSimulator({ password: 'P@ssw0rd1', speed: 0 });
    const { host, ports } = simulator;
    const fleet = await open('2026-03-09T07:29:59Z', { wake: [{ at: '07:30' }], timeZone: 'UTC' });
    const { wsman = 0 } = ports;
    await fleet.add({ name: 'pc', host, ports: { wsman }, tls: 'off', password: 'P@ssw0rd1' });
    await vi.advanceTimersByTimeAsync(1_500);
    vi.useRealTimers();
    await expect.poll(() => simulator?.firmware.state.power).toBe('on');
    await expect.poll(() => log.at(-1)).toBe('pc is woken');
  });
});
