/** The pretend PC and its pace. */
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../clock.ts';
import { createSimulator } from '../../create-simulator.ts';
import { memoryPc } from './pc.ts';

async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

function make(power: 'on' | 'sleep' | 'hibernate' | 'off', speed = 1) {
  const clock = manualClock();
  const pc = memoryPc({ power, clock, speed });
  const seen: string[] = [];
  void (async () => {
    for await (const change of pc.changes()) {
      seen.push(change.kind === 'power' ? change.power : change.kind === 'booted' ? change.from : change.kind);
    }
  })();
  return { clock, pc, seen };
}

describe('a start', () => {
  test('takes four seconds to the boot device and six more to the system', async () => {
    const { clock, pc, seen } = make('off');
    await pc.apply('on', 'pxe');
    expect(pc).toMatchObject({ power: 'on', bootedFrom: undefined, systemUp: false });
    clock.advance(3999);
    expect(pc.bootedFrom).toBeUndefined();
    clock.advance(1);
    expect(pc).toMatchObject({ bootedFrom: 'pxe', systemUp: false });
    clock.advance(6000);
    expect(pc.systemUp).toBe(true);
    await settled();
    expect(seen).toEqual(['on', 'starting', 'pxe', 'system-up']);
  });

  test('ends in set-up where that was asked for', async () => {
    const { clock, pc } = make('off');
    await pc.apply('on', 'bios');
    clock.advance(60_000);
    expect(pc).toMatchObject({ bootedFrom: 'bios', systemUp: false });
  });

  test('that is interrupted by another one is forgotten', async () => {
    const { clock, pc } = make('on');
    await pc.apply('reset', 'pxe');
    clock.advance(3000);
    await pc.apply('reset', 'cd');
    clock.advance(3999);
    expect(pc.bootedFrom).toBeUndefined();
    clock.advance(1);
    expect(pc.bootedFrom).toBe('cd');
  });

  test('is as fast as asked for', async () => {
    const { clock, pc } = make('off', 10);
    await pc.apply('on');
    clock.advance(1000);
    expect(pc.systemUp).toBe(true);
  });

  test('at no speed is over at once', async () => {
    const { pc } = make('off', 0);
    await pc.apply('on');
    expect(pc).toMatchObject({ power: 'on', bootedFrom: 'disk', systemUp: true });
  });
});

test.each([
  ['on', 'off', 0, 'off'],
  ['on', 'soft-off', 4000, 'off'],
  ['on', 'soft-reset', 4000, 'on'],
  ['on', 'cycle', 3000, 'on'],
  ['on', 'sleep', 2000, 'sleep'],
  ['on', 'hibernate', 3000, 'hibernate'],
  ['sleep', 'on', 1000, 'on'],
  ['on', 'nmi', 0, 'on'],
  ['on', 'on', 0, 'on'],
] as const)('from %s, %s takes %i ms and ends %s', async (power, action, ms, after) => {
  const { clock, pc } = make(power);
  const applied = pc.apply(action);
  clock.advance(ms);
  await applied;
  expect(pc.power).toBe(after);
});

test('a power cycle is off in between', async () => {
  const { clock, pc } = make('on');
  const cycled = pc.apply('cycle');
  expect(pc.power).toBe('off');
  clock.advance(3000);
  await cycled;
  expect(pc.power).toBe('on');
});

test('a person at the PC is noticed by the firmware', async () => {
  const hardware = memoryPc({ power: 'on', clock: manualClock(), speed: 0 });
  await using simulator = await createSimulator({ ports: 'memory', speed: 0, hardware });
  await hardware.pressPowerButton();
  await simulator.firmware.until((state) => state.power === 'off');
  await hardware.pressPowerButton();
  await simulator.firmware.until((state) => state.power === 'on' && state.systemUp);
  hardware.losePower();
  await simulator.firmware.until((state) => state.power === 'off');
});
