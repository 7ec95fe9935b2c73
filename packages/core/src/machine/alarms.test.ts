import { describe, expect, test } from 'vitest';
import { NotSupported, Refused } from '../errors.ts';
import { type Script, scriptedFirmware } from '../testing/scripted-firmware.ts';
import { alarmsOf } from './alarms.ts';

const LIST = 'Enumerate IPS_AlarmClockOccurrence';
const ADD = 'AMT_AlarmClockService.AddAlarm';
const DELETE = 'IPS_AlarmClockOccurrence.Delete';
const OK = '<ReturnValue>0</ReturnValue>';
const NOW = Date.UTC(2030, 0, 1, 12, 0, 30);

function alarm(name: string, start: string, interval = 'P0DT0H0M'): string {
  return (
    `<IPS_AlarmClockOccurrence><DeleteOnCompletion>true</DeleteOnCompletion><ElementName>${name}</ElementName>` +
    `<InstanceID>${name}</InstanceID><Interval><Interval>${interval}</Interval></Interval>` +
    `<StartTime><Datetime>${start}</Datetime></StartTime></IPS_AlarmClockOccurrence>`
  );
}

function firmware(script: Script) {
  const scripted = scriptedFirmware(script);
  return { ...scripted, alarms: alarmsOf(scripted.wsman, () => NOW) };
}

describe('the alarm clock', () => {
  test('lists alarms, the next one first, and when those that come back go off next', async () => {
    const { alarms } = firmware({
      [LIST]:
        alarm('done', '2029-12-31T23:00:00Z') +
        alarm('nightly', '2029-12-30T03:04:00Z', 'P1DT0H0M') +
        alarm('new-year', '2030-01-01T12:01:00Z'),
    });
    expect(await alarms.list()).toEqual([
      { name: 'new-year', next: new Date('2030-01-01T12:01:00Z') },
      { name: 'nightly', next: new Date('2030-01-02T03:04:00Z'), everyMinutes: 1440 },
      { name: 'done' },
    ]);
  });

  test.each([
    ['P1DT23H59M', 2879],
    ['PT30M', 30],
    ['P7D', 10_080],
    ['P0DT0H0M0S', undefined],
    ['0', undefined],
  ])('reads %s as what lies between two times', async (interval, everyMinutes) => {
    const { alarms } = firmware({ [LIST]: alarm('a', '2031-01-01T00:00:00Z', interval) });
    expect((await alarms.list())[0]?.everyMinutes).toBe(everyMinutes);
  });

  test('does not mind a start that is no time', async () => {
    const { alarms } = firmware({
      [LIST]:
        '<IPS_AlarmClockOccurrence><InstanceID>odd</InstanceID><StartTime>soon</StartTime><Interval>0</Interval></IPS_AlarmClockOccurrence>',
    });
    expect(await alarms.list()).toEqual([{ name: 'odd' }]);
  });

  test('sets one for once, on the full minute, and it clears itself', async () => {
    const { alarms, asked, request } = firmware({ [LIST]: '', [ADD]: OK });
    const added = await alarms.add({ name: 'once', at: new Date('2030-01-02T03:03:30Z') });
    expect(added).toEqual({ name: 'once', next: new Date('2030-01-02T03:04:00Z') });
    expect(asked).toEqual([LIST, ADD]);
    expect(request(ADD).input.AlarmTemplate).toMatchObject({
      InstanceID: 'once',
      StartTime: { Datetime: '2030-01-02T03:04:00Z' },
      Interval: { Interval: 'P0DT0H0M' },
      DeleteOnCompletion: 'true',
    });
    expect(Object.keys(request(ADD).input.AlarmTemplate ?? {})).toEqual([
      'InstanceID',
      'StartTime',
      'Interval',
      'DeleteOnCompletion',
    ]);
  });

  test('sets one that comes back, and it stays', async () => {
    const { alarms, request } = firmware({ [LIST]: '', [ADD]: OK });
    await alarms.add({ name: 'often', at: new Date('2030-01-02T03:04:00Z'), everyMinutes: 2879 });
    expect(request(ADD).input.AlarmTemplate).toMatchObject({
      Interval: { Interval: 'P1DT23H59M' },
      DeleteOnCompletion: 'false',
    });
  });

  test('keeps a name once, unless it is to be replaced', async () => {
    const script = { [LIST]: alarm('a', '2031-01-01T00:00:00Z'), [ADD]: OK, [DELETE]: '' };
    const at = new Date('2030-06-01T00:00:00Z');
    const { alarms, asked, request } = firmware(script);
    await expect(alarms.add({ name: 'a', at })).rejects.toThrow('office-pc has an alarm named "a" already.');
    expect(asked).toEqual([LIST]);
    await alarms.add({ name: 'a', at, replace: true });
    expect(asked.slice(1)).toEqual([LIST, DELETE, ADD]);
    expect(request(DELETE).selectors).toEqual({ InstanceID: 'a' });
  });

  test('gives back what it could not replace', async () => {
    const { alarms, asked, request } = firmware({
      [LIST]: alarm('a', '2029-12-01T06:00:00Z', 'P1DT0H0M'),
      [ADD]: ['<ReturnValue>1</ReturnValue>', OK],
      [DELETE]: '',
    });
    const at = new Date('2030-06-01T00:00:00Z');
    await expect(alarms.add({ name: 'a', at, replace: true })).rejects.toThrow('INTERNAL_ERROR');
    expect(asked.filter((key) => key === ADD)).toHaveLength(2);
    expect(request(ADD).input.AlarmTemplate).toMatchObject({
      InstanceID: 'a',
      StartTime: { Datetime: '2030-01-02T06:00:00Z' },
      Interval: { Interval: 'P1DT0H0M' },
    });
  });

  test('that is full says so', async () => {
    const five = [1, 2, 3, 4, 5].map((n) => alarm(`a${n}`, '2031-01-01T00:00:00Z')).join('');
    const { alarms } = firmware({ [LIST]: five, [ADD]: '<ReturnValue>23</ReturnValue>' });
    const refused = alarms.add({ name: 'sixth', at: new Date('2031-01-01T00:00:00Z') });
    await expect(refused).rejects.toThrow(Refused);
    await expect(refused).rejects.toThrow('office-pc refused another alarm: it keeps 5, and has 5.');
  });

  test('whose clock is ahead takes a time for past, and that is what is said', async () => {
    const { alarms } = firmware({
      [LIST]: '',
      [ADD]: '<ReturnValue>36</ReturnValue>',
      'AMT_TimeSynchronizationService.GetLowAccuracyTimeSynch': `<Ta0>${Date.UTC(2030, 0, 1, 14) / 1000}</Ta0>${OK}`,
    });
    await expect(alarms.add({ name: 'a', at: new Date('2030-01-01T13:00:00Z') })).rejects.toThrow(
      'office-pc refused an alarm at 2030-01-01T13:00:00Z: its clock says 2030-01-01T14:00:00Z, when that is past.',
    );
  });

  test.each([
    [{ name: 'a', at: new Date(NOW) }, 'An alarm cannot go off at 2030-01-01T12:00:30Z, which is past.'],
    [{ name: 'a', at: new Date(Number.NaN) }, 'An alarm needs a time that is one.'],
    [{ name: '', at: new Date('2031-01-01T00:00:00Z') }, 'An alarm needs a name of 1 to 32'],
    [{ name: 'ä', at: new Date('2031-01-01T00:00:00Z') }, 'An alarm needs a name of 1 to 32'],
    [{ name: 'x'.repeat(33), at: new Date('2031-01-01T00:00:00Z') }, 'An alarm needs a name of 1 to 32'],
    [{ name: 'a', at: new Date('2031-01-01T00:00:00Z'), everyMinutes: 0 }, 'not 0.'],
    [{ name: 'a', at: new Date('2031-01-01T00:00:00Z'), everyMinutes: 1.5 }, 'not 1.5.'],
    [{ name: 'a', at: new Date('2031-01-01T00:00:00Z'), everyMinutes: 1e9 }, 'not 1000000000.'],
  ])('is not even asked for %o', async (wanted, sentence) => {
    const { alarms, asked } = firmware({ [LIST]: '', [ADD]: OK });
    await expect(alarms.add(wanted)).rejects.toThrow(TypeError);
    await expect(alarms.add(wanted)).rejects.toThrow(sentence);
    expect(asked).toEqual([]);
  });

  test('removes by name, and says which names there are', async () => {
    const { alarms, request } = firmware({ [LIST]: alarm('a', '2031-01-01T00:00:00Z'), [DELETE]: '' });
    await alarms.remove('a');
    expect(request(DELETE).selectors).toEqual({ InstanceID: 'a' });
    await expect(alarms.remove('b')).rejects.toThrow('office-pc has no alarm named "b"; it has a.');
  });

  test('is missing before AMT 8, which is asked for once', async () => {
    const { alarms, asked } = firmware({});
    await expect(alarms.list()).rejects.toThrow(NotSupported);
    await expect(alarms.add({ name: 'a', at: new Date('2031-01-01T00:00:00Z') })).rejects.toThrow(
      'The firmware of office-pc has no alarm clock; AMT 8 and later have one.',
    );
    expect(asked).toEqual([LIST]);
  });
});
