import { describe, expect, test } from 'vitest';
import { MethodFailed } from '../errors.ts';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { eventLogOf } from './event-log.ts';

const FIRST = '<IterationIdentifier>1</IterationIdentifier><ReturnValue>0</ReturnValue>';
/** Recorded from AMT 12: failed log-ins, PCI at start. */
const LOG_IN = '<RecordArray>Y8iYZf8GbwVoEP8mYaoKAAAAAAAA</RecordArray>';
const PCI = '<RecordArray>IgYBZf8PbwJoAf8iAEAHAAAAAAAA</RecordArray>';
/** The same without a time: zeros, and ones. */
const ZEROS = '<RecordArray>AAAAAP8PbwJoAf8iAEAHAAAAAAAA</RecordArray>';
const ONES = '<RecordArray>//////8PbwJoAf8iAEAHAAAAAAAA</RecordArray>';

describe('the event log', () => {
  test('is read newest first, in words', async () => {
    const { wsman, asked, request } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': page(LOG_IN + PCI, true),
    });
    expect(await eventLogOf(wsman).read()).toEqual([
      {
        at: new Date('2024-01-06T03:26:27Z'),
        severity: 'critical',
        entity: 'ME',
        sensorType: 6,
        text: 'Log-in failed 10 times',
        raw: '63 c8 98 65 ff 06 6f 05 68 10 ff 26 61 aa 0a 00 00 00 00 00 00',
      },
      expect.objectContaining({ severity: 'monitor', entity: 'BIOS', text: 'Firmware progress: PCI configuration' }),
    ]);
    expect(asked).toHaveLength(2);
    expect(request('AMT_MessageLog.GetRecords').input).toMatchObject({
      IterationIdentifier: '1',
      MaxReadRecords: '390',
    });
  });

  test('of one record is a list of one', async () => {
    const { wsman } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': page(LOG_IN, true),
    });
    expect(await eventLogOf(wsman).read()).toHaveLength(1);
  });

  test('of several pages is read to its end', async () => {
    const { wsman, asked, request } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': [page(LOG_IN, false, 2), page(PCI, false, 3), page(PCI, true, 4)],
    });
    expect(await eventLogOf(wsman).read()).toHaveLength(3);
    expect(asked).toHaveLength(4);
    expect(request('AMT_MessageLog.GetRecords').input).toMatchObject({ IterationIdentifier: '3' });
  });

  test('that never ends is read as far as it can be long', async () => {
    const { wsman, asked } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': page(LOG_IN.repeat(130), false),
    });
    expect(await eventLogOf(wsman).read()).toHaveLength(390);
    expect(asked).toHaveLength(4);
  });

  test('leaves out records from before the clock was set, and looks further for the newest one', async () => {
    const { wsman } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': [page(ZEROS, false, 2), page(ONES, false, 3), page(LOG_IN, false, 4)],
    });
    expect(await eventLogOf(wsman).read({ limit: 1 })).toMatchObject([{ sensorType: 6 }]);
  });

  test('is asked for no more than is wanted', async () => {
    const { wsman, request } = scriptedFirmware({
      'AMT_MessageLog.PositionToFirstRecord': FIRST,
      'AMT_MessageLog.GetRecords': page(LOG_IN + PCI, false),
    });
    expect(await eventLogOf(wsman).read({ limit: 1 })).toHaveLength(1);
    expect(request('AMT_MessageLog.GetRecords').input).toMatchObject({ MaxReadRecords: '1' });
  });

  test.each([
    ['no first record', { 'AMT_MessageLog.PositionToFirstRecord': '<ReturnValue>2</ReturnValue>' }],
    [
      'no records',
      { 'AMT_MessageLog.PositionToFirstRecord': FIRST, 'AMT_MessageLog.GetRecords': '<ReturnValue>3</ReturnValue>' },
    ],
    ['an empty page', { 'AMT_MessageLog.PositionToFirstRecord': FIRST, 'AMT_MessageLog.GetRecords': page('', false) }],
  ])('with %s is empty', async (_name, script) => {
    expect(await eventLogOf(scriptedFirmware(script).wsman).read()).toEqual([]);
  });

  test('that cannot be read for another reason says so', async () => {
    const { wsman } = scriptedFirmware({ 'AMT_MessageLog.PositionToFirstRecord': '<ReturnValue>1</ReturnValue>' });
    await expect(eventLogOf(wsman).read()).rejects.toThrow(MethodFailed);
  });

  test('is cleared, or says that it is frozen', async () => {
    const free = scriptedFirmware({ 'AMT_MessageLog.ClearLog': '<ReturnValue>0</ReturnValue>' });
    await eventLogOf(free.wsman).clear();
    expect(free.asked).toEqual(['AMT_MessageLog.ClearLog']);
    const frozen = scriptedFirmware({ 'AMT_MessageLog.ClearLog': '<ReturnValue>2059</ReturnValue>' });
    await expect(eventLogOf(frozen.wsman).clear()).rejects.toThrow('EVENTLOG_FROZEN');
  });
});

function page(records: string, last: boolean, next = 9): string {
  return `<IterationIdentifier>${next}</IterationIdentifier><NoMoreRecords>${last}</NoMoreRecords>${records}<ReturnValue>0</ReturnValue>`;
}
