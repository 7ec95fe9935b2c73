/** Power requests: answers and consequences. */
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { HOST, start } from '../testing/console.ts';

const SERVICE = 'CIM_PowerManagementService';
const SAVING = 'IPS_PowerManagementService';

describe('what is offered', () => {
  test.each([
    ['on', 2, [10, 8, 5, 11, 4, 7, 14, 12]],
    ['sleep', 4, [2, 8, 5, 10]],
    ['hibernate', 7, [2]],
    ['off', 8, [2]],
  ] as const)('while %s is told with the state', async (power, state, available) => {
    const { console } = await start({ power });
    expect(await console.power()).toEqual({ state, available });
  });

  test('without the management service leaves out what needs the operating system', async () => {
    const { console } = await start({ power: 'on', quirks: { lms: false } });
    expect((await console.power()).available).toEqual([10, 8, 5, 11]);
    expect(await console.requestPower(12)).toBe(2);
  });

  test('comes through the parent class as well', async () => {
    const { console } = await start();
    const [[name] = ['']] = await console.enumerate('CIM_ServiceAvailableToElement');
    expect(name).toBe('CIM_AssociatedPowerManagementService');
  });

  test('keeps listing what some firmware lists while off, and refuses it', async () => {
    const { console } = await start({ quirks: { listedWhileOff: [2, 5, 8, 10] } });
    expect((await console.power()).available).toEqual([2, 5, 8, 10]);
    expect(await console.requestPower(10)).toBe(2);
  });
});

describe('a request', () => {
  test.each([
    ['off', 2, 'on'],
    ['on', 8, 'off'],
    ['on', 4, 'sleep'],
    ['on', 7, 'hibernate'],
    ['on', 12, 'off'],
    ['on', 5, 'on'],
    ['on', 10, 'on'],
    ['on', 14, 'on'],
    ['on', 11, 'on'],
    ['sleep', 2, 'on'],
    ['sleep', 8, 'off'],
    ['hibernate', 2, 'on'],
  ] as const)('while %s for %i ends %s', async (power, code, after) => {
    const { simulator, console } = await start({ power });
    expect(await console.requestPower(code)).toBe(0);
    await simulator.firmware.until((state) => state.power === after);
  });

  test.each([
    ['on', 2, 2],
    ['off', 8, 2],
    ['off', 10, 2],
    ['on', 3, 1],
    ['on', 16, 1],
    ['on', 1, 5],
    ['on', 17, 5],
  ] as const)('while %s for %i is answered %i and changes nothing', async (power, code, result) => {
    const { console, state } = await start({ power });
    expect(await console.requestPower(code)).toBe(result);
    expect(state.power).toBe(power);
  });

  test('must name the managed host, and no time', async () => {
    const { console } = await start();
    expect(await console.result(SERVICE, 'RequestPowerStateChange', { PowerState: 2 })).toBe(5);
    const firmware = { ...HOST, selectors: { ...HOST.selectors, Name: 'Intel(r) AMT' } };
    expect(await console.requestPower(2, { ManagedElement: firmware })).toBe(5);
    expect(await console.requestPower(2, { TimeoutPeriod: 'PT5S' })).toBe(4098);
  });

  test('is carried out one to two seconds later, and a second one until then finds the firmware busy', async () => {
    const clock = manualClock();
    const { console, state } = await start({ power: 'on', speed: 1, clock });
    expect(await console.requestPower(8)).toBe(0);
    expect(await console.requestPower(10)).toBe(4099);
    clock.advance(999);
    expect(state).toMatchObject({ power: 'on', pending: 8 });
    clock.advance(1001);
    await expect.poll(() => state.power).toBe('off');
    expect(state.pending).toBeUndefined();
  });

  test('is refused while the PC starts, where a profile says so', async () => {
    const clock = manualClock();
    const { simulator, console } = await start({ clock, quirks: { busyWhileBootingSeconds: 10 } });
    await console.requestPower(2);
    await simulator.firmware.until((state) => state.power === 'on');
    expect(await console.requestPower(10)).toBe(2);
    clock.advance(10_000);
    expect(await console.requestPower(10)).toBe(0);
  });
});

describe('an open session', () => {
  test.each(['sol', 'ider', 'kvm'] as const)('of %s keeps the power on and lets a reset through', async (kind) => {
    const { simulator, console, state } = await start({ power: 'on' });
    simulator.openSessions[kind] = true;
    expect(await console.requestPower(8)).toBe(2);
    expect(await console.requestPower(5)).toBe(2);
    expect(state.power).toBe('on');
    expect(await console.requestPower(10)).toBe(0);
    simulator.openSessions[kind] = false;
    expect(await console.requestPower(8)).toBe(0);
  });

  test('keeps graceful requests out only where that is asked for', async () => {
    const usual = await start({ power: 'on' });
    usual.simulator.openSessions.sol = 2;
    expect(await usual.console.requestPower(12)).toBe(0);
    const strict = await start({ power: 'on', quirks: { sessionsBlockGraceful: true } });
    strict.simulator.openSessions.sol = 2;
    expect(await strict.console.requestPower(12)).toBe(2);
  });

  test('makes some firmware remember what it refused', async () => {
    const { simulator, console } = await start({ power: 'on', quirks: { queuesRefusedPower: true } });
    simulator.openSessions.kvm = true;
    expect(await console.requestPower(8)).toBe(2);
    simulator.openSessions.kvm = false;
    await simulator.firmware.until((state) => state.power === 'off');
  });
});

describe('modern standby', () => {
  test('is entered and left by a method of its own, while the power stays on', async () => {
    const { simulator, console, state } = await start({ profile: 'amt-19', power: 'on' });
    const ask = (wanted: number) =>
      console.result(SAVING, 'RequestOSPowerSavingStateChange', { OSPowerSavingState: wanted, ManagedElement: HOST });
    const saving = async () => Number((await console.get(SAVING)).OSPowerSavingState);
    expect(await saving()).toBe(2);
    expect(await ask(3)).toBe(0);
    expect(state).toMatchObject({ power: 'on', standby: true });
    expect(await saving()).toBe(3);
    expect(await console.requestPower(2)).toBe(2);
    expect(await ask(3)).toBe(2);
    expect(await ask(2)).toBe(0);
    expect(simulator.firmware.state.standby).toBe(false);
  });

  test('does not exist elsewhere, and its state is missing while the PC is off', async () => {
    const { console } = await start({ power: 'off' });
    const input = { OSPowerSavingState: 3, ManagedElement: HOST };
    expect(await console.result(SAVING, 'RequestOSPowerSavingStateChange', input)).toBe(1);
    expect(await console.get(SAVING)).not.toHaveProperty('OSPowerSavingState');
  });
});

test('a power scheme becomes the current one', async () => {
  const { console } = await start();
  const scheme = { InstanceID: 'SCHEME 0' };
  expect(await console.result('AMT_SystemPowerScheme', 'SetPowerScheme', {}, scheme)).toBe(0);
  const settings = await console.enumerate('CIM_ElementSettingData');
  expect(settings.map(([, { IsCurrent }]) => IsCurrent)).toEqual(['1', '2']);
});
