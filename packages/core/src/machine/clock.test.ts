import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { clockOf } from './clock.ts';

const ASK = 'AMT_TimeSynchronizationService.GetLowAccuracyTimeSynch';
const SET = 'AMT_TimeSynchronizationService.SetHighAccuracyTimeSynch';
/** Recorded from AMT 12. */
const ANSWER = '<Ta0>1704586865</Ta0><ReturnValue>0</ReturnValue>';

describe('the clock', () => {
  test.each([
    ['in step', 1704586865_500, 0],
    ['in step at the start of its second', 1704586865_000, 0],
    ['in step at the end of its second', 1704586865_999, 0],
    ['ten seconds behind', 1704586875_500, -10],
    ['a minute ahead', 1704586805_500, 60],
  ])('that is %s is read so', async (_name, now, offsetSeconds) => {
    const { wsman } = scriptedFirmware({ [ASK]: ANSWER });
    const read = await clockOf(wsman, () => now).read();
    expect(read).toEqual({ time: new Date('2024-01-07T00:21:05Z'), offsetSeconds });
  });

  test('is judged by the middle of a slow answer', async () => {
    const { wsman } = scriptedFirmware({ [ASK]: ANSWER });
    const times = [1704586860_500, 1704586870_500];
    expect(await clockOf(wsman, () => times.shift() ?? 0).read()).toMatchObject({ offsetSeconds: 0 });
  });

  test('is set in two steps, and says how far it was off', async () => {
    const { wsman, asked, request } = scriptedFirmware({ [ASK]: ANSWER, [SET]: '<ReturnValue>0</ReturnValue>' });
    const times = [1704586890_100, 1704586890_300, 1704586891_100];
    expect(await clockOf(wsman, () => times.shift() ?? 0).sync()).toBe(-25);
    expect(asked).toEqual([ASK, SET]);
    expect(request(SET).input).toMatchObject({ Ta0: '1704586865', Tm1: '1704586890', Tm2: '1704586891' });
  });

  test('that refuses to be set says so', async () => {
    const { wsman } = scriptedFirmware({ [ASK]: ANSWER, [SET]: '<ReturnValue>36</ReturnValue>' });
    await expect(clockOf(wsman).sync()).rejects.toThrow('INVALID_PARAMETER');
  });

  test('that tells no time is no clock', async () => {
    const { wsman } = scriptedFirmware({ [ASK]: '<ReturnValue>0</ReturnValue>' });
    await expect(clockOf(wsman).read()).rejects.toThrow(ProtocolError);
  });
});
