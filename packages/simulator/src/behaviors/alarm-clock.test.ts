/** The alarm clock: what it takes, and that the PC really starts. */
import { decodeMessage, elementOf, textOf } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { start, type TestConsole } from '../testing/console.ts';

const CLASS = 'IPS_AlarmClockOccurrence';
const DAY = 86_400_000;

/** The request that consoles in the field send, byte for byte but for name, time, interval and end. [AMT: AMT_AlarmClockService.AddAlarm] */
function request(alarm: Alarm): string {
  const { name = 'nightly', at = '2030-01-02T03:04:00Z', every = 'P0DT0H0M', once = true } = alarm;
  return `<?xml version="1.0" encoding="utf-8"?><Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns="http://www.w3.org/2003/05/soap-envelope"><Header><a:Action>http://intel.com/wbem/wscim/1/amt-schema/1/AMT_AlarmClockService/AddAlarm</a:Action><a:To>/wsman</a:To><w:ResourceURI>http://intel.com/wbem/wscim/1/amt-schema/1/AMT_AlarmClockService</w:ResourceURI><a:MessageID>17</a:MessageID><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout></Header><Body><r:AddAlarm_INPUT xmlns:r="http://intel.com/wbem/wscim/1/amt-schema/1/AMT_AlarmClockService"><d:AlarmTemplate xmlns:d="http://intel.com/wbem/wscim/1/amt-schema/1/AMT_AlarmClockService" xmlns:s="http://intel.com/wbem/wscim/1/ips-schema/1/IPS_AlarmClockOccurrence"><s:InstanceID>${name}</s:InstanceID><s:StartTime><p:Datetime xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/common">${at}</p:Datetime></s:StartTime><s:Interval><p:Interval xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/common">${every}</p:Interval></s:Interval><s:DeleteOnCompletion>${once}</s:DeleteOnCompletion></d:AlarmTemplate></r:AddAlarm_INPUT></Body></Envelope>`;
}

interface Alarm {
  readonly name?: string;
  readonly at?: string;
  readonly every?: string;
  readonly once?: boolean;
}

/** ReturnValue of the request. */
async function add(console: TestConsole, alarm: Alarm = {}): Promise<number> {
  const { body } = decodeMessage((await console.post(request(alarm))).body);
  return Number(textOf(elementOf(body.AddAlarm_OUTPUT).ReturnValue));
}

async function names(console: TestConsole): Promise<string[]> {
  return (await console.enumerate(CLASS)).map(([, alarm]) => textOf(alarm.InstanceID));
}

/** A PC that is off on New Year's Day of 2030. */
async function pc(options: SimulatorOptions = {}) {
  const clock = manualClock(Date.UTC(2030, 0, 1));
  return { clock, ...(await start({ clock, power: 'off', ...options })) };
}

/** What the PC does, it does in steps that wait for nothing but one another. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('an alarm', () => {
  test('is kept as it was sent, and answered with where it is', async () => {
    const { console } = await pc();
    const { body } = decodeMessage((await console.post(request({ every: 'P1DT0H0M', once: false }))).body);
    const { AlarmClock, ReturnValue } = elementOf(body.AddAlarm_OUTPUT);
    expect(textOf(ReturnValue)).toBe('0');
    expect(JSON.stringify(AlarmClock)).toContain('nightly');
    expect(await console.get(CLASS, { InstanceID: 'nightly' })).toMatchObject({
      InstanceID: 'nightly',
      StartTime: { Datetime: '2030-01-02T03:04:00Z' },
      Interval: { Interval: 'P1DT0H0M' },
      DeleteOnCompletion: 'false',
    });
  });

  test('switches the PC on at its time and is gone', async () => {
    const { clock, console, state } = await pc();
    expect(await add(console)).toBe(0);
    clock.advance(DAY + 3 * 3_600_000 + 3 * 60_000 + 59_999);
    await settled();
    expect(state.power).toBe('off');
    clock.advance(1);
    await expect.poll(() => state.power).toBe('on');
    expect(await names(console)).toEqual([]);
  });

  test('wakes a PC that sleeps, and leaves alone one that is on', async () => {
    const asleep = await pc({ power: 'sleep' });
    await add(asleep.console);
    asleep.clock.advance(2 * DAY);
    await expect.poll(() => asleep.state.power).toBe('on');
    expect(asleep.state.starts).toBe(0);
    const awake = await pc({ power: 'on' });
    await add(awake.console);
    awake.clock.advance(2 * DAY);
    await settled();
    expect([awake.state.power, awake.state.starts]).toEqual(['on', 0]);
    expect(await names(awake.console)).toEqual([]);
  });

  test('that comes back switches on again and again', async () => {
    const { clock, console, state } = await pc();
    await add(console, { every: 'P1DT0H0M', once: false });
    for (const starts of [1, 2, 3]) {
      clock.advance(starts === 1 ? 2 * DAY : DAY);
      await expect.poll(() => state.starts).toBe(starts);
      await console.requestPower(8);
      await expect.poll(() => state.power).toBe('off');
    }
    expect(await names(console)).toEqual(['nightly']);
  });

  test('goes by the clock of the firmware, also when that is set', async () => {
    const { clock, console, state } = await pc({ quirks: { clockSkewSeconds: -3600 } });
    await add(console, { at: '2030-01-01T00:30:00Z' });
    clock.advance(3_600_000);
    await settled();
    expect(state.power).toBe('off');
    const now = clock.now() / 1000;
    const input = { Ta0: now - 3600, Tm1: now, Tm2: now };
    expect(await console.result('AMT_TimeSynchronizationService', 'SetHighAccuracyTimeSynch', input)).toBe(0);
    clock.advance(0);
    await expect.poll(() => state.power).toBe('on');
  });

  test('months away is not lost', async () => {
    const { clock, console, state } = await pc();
    await add(console, { at: '2030-06-01T00:00:00Z' });
    clock.advance(150 * DAY);
    await settled();
    expect(state.power).toBe('off');
    clock.advance(DAY);
    await expect.poll(() => state.power).toBe('on');
  });

  test.each<[string, Alarm]>([
    ['the past', { at: '2029-12-31T23:59:00Z' }],
    ['this moment', { at: '2030-01-01T00:00:00Z' }],
    ['half a minute', { at: '2030-01-02T03:04:30Z' }],
    ['another zone', { at: '2030-01-02T03:04:00+01:00' }],
    ['no time', { at: 'tomorrow' }],
    ['no name', { name: '' }],
    ['a long name', { name: 'x'.repeat(33) }],
    ['no interval', { every: 'often' }],
  ])('with %s is refused', async (_what, alarm) => {
    const { console } = await pc();
    expect(await add(console, alarm)).toBe(36);
    expect(await names(console)).toEqual([]);
  });

  test('has a name of its own, and four neighbours at most', async () => {
    const { console } = await pc();
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await add(console, { name })).toBe(0);
    expect(await add(console, { name: 'a' })).toBe(2058);
    expect(await add(console, { name: 'f' })).toBe(23);
  });

  test('that is deleted does not go off', async () => {
    const { clock, console, state } = await pc();
    await add(console);
    await console.delete(CLASS, { InstanceID: 'nightly' });
    expect(await console.fault(console.delete(CLASS, { InstanceID: 'nightly' }))).toBe('InvalidSelectors');
    clock.advance(2 * DAY);
    await settled();
    expect(state.power).toBe('off');
  });

  test('can be changed, not to nonsense', async () => {
    const { console } = await pc();
    await add(console);
    const selectors = { InstanceID: 'nightly' };
    expect(await console.put(CLASS, { DeleteOnCompletion: false }, selectors)).toMatchObject({
      DeleteOnCompletion: 'false',
    });
    const nonsense = console.put(CLASS, { InstanceID: 'other' }, selectors);
    expect(await console.fault(nonsense)).toBe('InvalidRepresentation');
  });

  test('does not exist before AMT 8', async () => {
    const { console } = await pc({ profile: 'amt-7' });
    expect(await console.fault(console.enumerate(CLASS))).toBe('DestinationUnreachable');
    expect(await console.fault(console.invoke('AMT_AlarmClockService', 'AddAlarm'))).toBe('DestinationUnreachable');
  });
});
