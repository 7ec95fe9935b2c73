/** The whole way: a console lends a CD, the PC is reset to it, installs itself and switches itself off. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { memoryPc } from '../hardware/memory/pc.ts';
import { makeIso } from '../make-iso.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { TestConsole } from '../testing/console.ts';
import { FieldConsole, type Habit, NOW, OPEN } from '../testing/field-console.ts';
import { desk, EXAMPLE, settled } from '../testing/redirection.ts';

const ON_REBOOT = '48 00 00 00 01 00 00 00 03 09 00 00 00';
/** A read of the first volume descriptor. */
const READ_16 = 'b0280000000010000001000000';
const HOST_IMAGE = new TextEncoder().encode(`#!amtkit\nsystem Demo OS\n${'amtkit '.repeat(50_000)}`);
const ISO = makeIso({
  label: 'INSTALLER',
  files: { 'DISK.IMG': HOST_IMAGE },
  bootScript: 'print Installing.\ncopy DISK.IMG disk\nverify DISK.IMG disk\npoweroff\n',
});

async function machine(speed = 0, options: SimulatorOptions = {}) {
  const clock = manualClock();
  const pc = memoryPc({ power: 'on', clock, speed });
  const made = await desk({ hardware: pc, clock, speed, quirks: { iderPollSeconds: 0 }, ...options });
  const wsman = new TestConsole(made.simulator, { password: EXAMPLE.password });
  const { state } = made.simulator.firmware;
  /** Boots from the lent CD, next time. */
  const bootIder = async () => {
    await wsman.put('AMT_BootSettingData', {
      ...{ BIOSPause: false, BIOSSetup: false, UseSOL: false },
      UseIDER: true,
      IDERBootDevice: 1,
    });
    const config = {
      className: 'CIM_BootConfigSetting',
      selectors: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' },
    };
    await wsman.invoke('CIM_BootService', 'SetBootConfigRole', { BootConfigSetting: config, Role: 1 });
    expect(await wsman.requestPower(10)).toBe(0);
    made.rewind();
  };
  const open = async (habit: Habit, start: string) => {
    made.rewind();
    const console = await made.enter('ider');
    await console.say(OPEN, start);
    return { console, field: new FieldConsole(console, habit, { cd: ISO }) };
  };
  return { ...made, clock, pc, state, bootIder, open };
}

/** Lets consoles answer and time pass until something is so. */
async function until(
  so: () => boolean,
  { clock, field }: { clock: ReturnType<typeof manualClock>; field: FieldConsole },
): Promise<void> {
  for (let i = 0; i < 2000 && !so(); i++) {
    await field.answer();
    await settled();
    clock.advance(20);
  }
  expect(so()).toBe(true);
}

const installed = createHash('sha256').update(HOST_IMAGE).digest('hex');

describe.each<[Habit, number]>([
  ['right', 0],
  ['mesh', 1],
  ['amtider', 10],
])('behind a console of habit %s, at speed %i', (habit, speed) => {
  test('a CD installs itself', { timeout: 60_000 }, async () => {
    const made = await machine(speed);
    const { field, console } = await made.open(habit, ON_REBOOT);
    await until(() => field.asked.some((each) => each.startsWith('b025')), { ...made, field });
    await made.bootIder();
    await until(() => made.state.power === 'off', { ...made, field });
    expect(made.state.bootedFrom).toBe('ider-cd');
    expect(made.pc.disk.sha256).toBe(installed);
    expect(field.asked).toContain('46');
    expect(field.gaps).toBe(0);
    expect(console.ended).toBe(false);
    expect(made.simulator.received.nonsense).toEqual([]);
    expect(made.simulator.received.problems).toEqual([]);
  });
});

test('a connection that is lost on the way, and comes back, changes nothing about what is installed', async () => {
  const made = await machine();
  const first = await made.open('right', ON_REBOOT);
  await until(() => first.field.asked.some((each) => each.startsWith('b025')), { ...made, field: first.field });
  await made.bootIder();
  // In the middle of the data of the first large read.
  first.field.instead.push((cdb) => {
    if (cdb[8] !== 64) return undefined;
    setImmediate(() => void first.console.close());
    return ['54 00 00 01 09 00 00 00 00 00 20 00 b4 00 02 00 00'];
  });
  await until(() => first.console.ended, { ...made, field: first.field });
  expect(made.pc.disk.system).toBe('none');
  const second = await made.open('right', NOW);
  await until(() => made.state.power === 'off', { ...made, field: second.field });
  expect(made.pc.disk.sha256).toBe(installed);
});

test('the console hears of the start before the PC reads', async () => {
  const made = await machine();
  const { field } = await made.open('right', NOW);
  await until(() => field.asked.some((each) => each.startsWith('a000')), { ...made, field });
  const before = field.asked.length;
  await made.bootIder();
  await until(() => made.state.power === 'off', { ...made, field });
  expect(field.asked.slice(before, before + 3)).toEqual(['46', 'b043000000000000000c000000', READ_16]);
  expect(made.simulator.received.commands.every(({ failed }) => failed === undefined)).toBe(true);
});

test.each([1, 2, 3])(
  'a line that cuts everything into pieces (seed %i) changes nothing',
  { timeout: 60_000 },
  async (seed) => {
    const made = await machine(0, { faults: { splitBytes: 3000, seed } });
    const { field } = await made.open('mesh', ON_REBOOT);
    await until(() => field.asked.some((each) => each.startsWith('b025')), { ...made, field });
    await made.bootIder();
    await until(() => made.state.power === 'off', { ...made, field });
    expect(made.pc.disk.sha256).toBe(installed);
    expect(made.simulator.received.nonsense).toEqual([]);
  },
);

test('a power cut in the middle leaves a disk that cannot be started, and a session that goes on', async () => {
  const made = await machine();
  const { field, console } = await made.open('right', ON_REBOOT);
  await until(() => field.asked.some((each) => each.startsWith('b025')), { ...made, field });
  field.instead.push((cdb) => {
    if (cdb[8] !== 64) return undefined;
    made.pc.losePower();
    return [];
  });
  await made.bootIder();
  await until(() => made.state.power === 'off', { ...made, field });
  expect(made.pc.disk.system).toBe('none');
  await made.pc.pressPowerButton();
  await until(() => field.asked.filter((each) => each === '46').length === 2, { ...made, field });
  expect(made.pc).toMatchObject({ power: 'on', bootedFrom: undefined, systemUp: false });
  expect(console.ended).toBe(false);
});
