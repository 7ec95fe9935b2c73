/** The code on the screen, and what it opens. */
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { start, type TestConsole } from '../testing/console.ts';

const SERVICE = 'IPS_OptInService';

const ask = (console: TestConsole) => console.result(SERVICE, 'StartOptIn');
const send = (console: TestConsole, OptInCode: string) => console.result(SERVICE, 'SendOptInCode', { OptInCode });
const at = async (console: TestConsole) => Number((await console.get(SERVICE)).OptInState);

async function displayed(options: SimulatorOptions = {}) {
  const clock = manualClock();
  const pc = await start({ power: 'on', consent: 'all', clock, ...options });
  expect(await ask(pc.console)).toBe(0);
  return { ...pc, clock, code: pc.state.consent.code ?? '' };
}

const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('a consent', () => {
  test('is asked for, shown, said, used and given back', async () => {
    const { simulator, console, code } = await displayed();
    expect(code).toMatch(/^\d{6}$/);
    expect(await at(console)).toBe(2);
    expect(await send(console, code)).toBe(0);
    expect(await at(console)).toBe(3);
    simulator.openSessions.kvm = true;
    expect(await at(console)).toBe(4);
    simulator.openSessions.kvm = false;
    expect(await at(console)).toBe(3);
  });

  test('is given by a number, which has no leading zeros', async () => {
    const { console, state } = await displayed();
    state.consent.code = '000042';
    expect(await send(console, '42')).toBe(0);
  });

  test('is shown only once there is a picture', async () => {
    const { simulator, console } = await start({ power: 'off', consent: 'all' });
    expect(await ask(console)).toBe(0);
    expect(await at(console)).toBe(1);
    expect(await send(console, simulator.firmware.state.consent.code ?? '')).toBe(2);
    await console.requestPower(2);
    await simulator.firmware.until((state) => state.consent.state === 'displayed');
  });

  test('cannot be asked for twice, or where nobody wants one', async () => {
    const { console } = await displayed();
    expect(await ask(console)).toBe(2);
    const free = await start({ consent: 'none' });
    expect(await ask(free.console)).toBe(2);
    expect(await free.console.result(SERVICE, 'CancelOptIn')).toBe(2);
  });

  test('is cancelled from any state, with what was prepared under it', async () => {
    const { console, state, code } = await displayed();
    await send(console, code);
    await console.put('AMT_BootSettingData', { BIOSSetup: true });
    expect(await console.result(SERVICE, 'CancelOptIn')).toBe(0);
    expect(await at(console)).toBe(0);
    expect(state.boot.options).toEqual({});
    expect(state.consent.code).toBeUndefined();
  });
});

describe('wrong codes', () => {
  test('are refused, and the third ends the request', async () => {
    const { console, code, state } = await displayed();
    expect(await send(console, other(code))).toBe(2066);
    expect(await send(console, other(code))).toBe(2066);
    expect(await at(console)).toBe(2);
    expect(await send(console, other(code))).toBe(2066);
    expect(await at(console)).toBe(0);
    expect(state.audit.records.at(-1)).toMatchObject({ application: 30, event: 1, data: Uint8Array.of(1) });
  });

  test('block further requests for a while when there were too many', async () => {
    const { console, clock, state } = await displayed({ quirks: { consentTries: { codes: 1, requests: 2 } } });
    await send(console, other(state.consent.code ?? ''));
    expect(await ask(console)).toBe(0);
    await send(console, other(state.consent.code ?? ''));
    expect(await ask(console)).toBe(3);
    clock.advance(60_000);
    expect(await ask(console)).toBe(0);
  });

  test('are forgiven by a right one', async () => {
    const { console, state, code } = await displayed({ quirks: { consentTries: { codes: 1, requests: 2 } } });
    await send(console, other(code));
    await ask(console);
    await send(console, state.consent.code ?? '');
    await console.result(SERVICE, 'CancelOptIn');
    await ask(console);
    await send(console, other(state.consent.code ?? ''));
    expect(await ask(console)).toBe(0);
  });
});

describe('time', () => {
  test('takes the code off the screen', async () => {
    const { console, clock } = await displayed();
    clock.advance(299_999);
    expect(await at(console)).toBe(2);
    clock.advance(1);
    expect(await at(console)).toBe(0);
  });

  test('ends a consent nobody uses, and waits while somebody does', async () => {
    const { simulator, console, clock, code } = await displayed();
    await send(console, code);
    clock.advance(60_000);
    simulator.openSessions.ider = true;
    clock.advance(600_000);
    expect(await at(console)).toBe(4);
    simulator.openSessions.ider = false;
    clock.advance(119_999);
    expect(await at(console)).toBe(3);
    clock.advance(1);
    expect(await at(console)).toBe(0);
  });
});

test('every session begins the wait for the next one anew', async () => {
  const { simulator, console, clock, code } = await displayed();
  await send(console, code);
  clock.advance(60_000);
  simulator.openSessions.kvm = true;
  simulator.openSessions.kvm = false;
  clock.advance(60_000);
  expect(await at(console)).toBe(3);
});

describe('the policy', () => {
  test('is changed by an admin, and noted', async () => {
    const { console, state } = await start();
    expect((await console.put(SERVICE, { OptInRequired: 4294967295 })).OptInRequired).toBe('4294967295');
    expect(state.consent.policy).toBe('all');
    expect(state.audit.records.at(-1)).toMatchObject({ application: 30, event: 0, data: Uint8Array.of(0, 2) });
    await console.put(SERVICE, { OptInRequired: 1, OptInDisplayTimeout: 60, OptInCodeTimeout: 900 });
    expect(state.consent).toMatchObject({ policy: 'kvm', displaySeconds: 60, idleSeconds: 900 });
  });

  test.each([{ OptInRequired: 7 }, { OptInDisplayTimeout: 59 }, { OptInCodeTimeout: 901 }])(
    'refuses %o',
    async (values) => {
      const { console } = await start();
      expect(await console.fault(console.put(SERVICE, values))).toBe('InvalidRepresentation');
    },
  );

  test('is fixed in client control mode', async () => {
    const { console } = await start({ controlMode: 'ccm' });
    expect(await console.get(SERVICE)).toMatchObject({ CanModifyOptInPolicy: '0', OptInRequired: '4294967295' });
    expect(await console.fault(console.put(SERVICE, { OptInRequired: 0 }))).toBe('AccessDenied');
    await console.put(SERVICE, { OptInRequired: 4294967295, OptInCodeTimeout: 300 });
  });
});

test('a reset ends a consent where a profile reads it so', async () => {
  for (const [consentSurvivesReset, after] of [
    [true, 3],
    [false, 0],
  ] as const) {
    const { simulator, console, code } = await displayed({ quirks: { consentSurvivesReset } });
    await send(console, code);
    await console.requestPower(10);
    await simulator.firmware.until((state) => state.events.records.length > 0);
    expect(await at(console)).toBe(after);
  }
});
