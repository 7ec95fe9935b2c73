/** What the event log holds, and how it is read. */
import { decodeEventRecord, describeEvent, listOf, textOf, type XmlObject } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { start, type TestConsole } from '../testing/console.ts';
import { recordEvent } from './event-log.ts';

const LOG = 'AMT_MessageLog';

const read = (console: TestConsole, IterationIdentifier: number, MaxReadRecords = 390) =>
  console.invoke(LOG, 'GetRecords', { IterationIdentifier, MaxReadRecords });
const records = (output: XmlObject) =>
  listOf(output.RecordArray).map((each) => decodeEventRecord(Buffer.from(textOf(each), 'base64')));

async function filled(count: number) {
  const pc = await start();
  for (let i = 1; i <= count; i++) {
    recordEvent(pc.simulator.firmware, { sensorType: 15, offset: 2, data: Uint8Array.of(0x40, i & 0xff, i >> 8) });
  }
  return pc;
}

test('an empty log has no first record', async () => {
  const { console } = await start();
  expect(await console.result(LOG, 'PositionToFirstRecord')).toBe(2);
  expect(await console.result(LOG, 'GetRecords', { IterationIdentifier: 1, MaxReadRecords: 10 })).toBe(3);
});

test('a start leaves what the BIOS reported, newest first', async () => {
  const { simulator, console } = await start();
  await console.requestPower(2);
  await simulator.firmware.until((state) => state.bootedFrom === 'disk');
  const [newest, ...older] = records(await read(console, 1)).map((record) => describeEvent(record));
  expect(newest).toMatch(/operating system/);
  expect(older.length).toBeGreaterThan(3);
  expect(await console.get(LOG)).toMatchObject({ CurrentNumberOfRecords: String(older.length + 1), IsFrozen: 'false' });
});

test('the record of entering set-up is another one than that of a system', async () => {
  const { simulator, console } = await start();
  await console.result('CIM_BootConfigSetting', 'ChangeBootOrder');
  await console.put('AMT_BootSettingData', { BIOSSetup: true });
  const config = {
    className: 'CIM_BootConfigSetting',
    selectors: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' },
  };
  await console.result('CIM_BootService', 'SetBootConfigRole', { BootConfigSetting: config, Role: 1 });
  await console.requestPower(2);
  await simulator.firmware.until((state) => state.bootedFrom === 'bios');
  expect(records(await read(console, 1))[0]).toMatchObject({
    sensorType: 15,
    offset: 2,
    data: expect.objectContaining({ 1: 5 }),
  });
});

describe('reading', () => {
  test('goes on where it stopped until there is no more', async () => {
    const { console } = await filled(5);
    expect((await console.invoke(LOG, 'PositionToFirstRecord')).IterationIdentifier).toBe('1');
    const first = await read(console, 1, 2);
    expect(first).toMatchObject({ NoMoreRecords: 'false', IterationIdentifier: '3' });
    const rest = await read(console, 3);
    expect(rest.NoMoreRecords).toBe('true');
    expect([...records(first), ...records(rest)].map(({ data }) => data[1])).toEqual([5, 4, 3, 2, 1]);
  });

  test('gives one record as one element', async () => {
    const { console } = await filled(1);
    expect(typeof (await read(console, 1)).RecordArray).toBe('string');
  });

  test('behind the end is an invalid position', async () => {
    const { console } = await filled(2);
    expect((await read(console, 3)).ReturnValue).toBe('2');
    expect((await read(console, 0)).ReturnValue).toBe('2');
  });

  test('one by one moves on only when asked to', async () => {
    const { console } = await filled(3);
    const one = await console.invoke(LOG, 'GetRecord', { IterationIdentifier: 1, PositionToNext: true });
    expect(one).toMatchObject({ IterationIdentifier: '2', ReturnValue: '0' });
    const moved = await console.invoke(LOG, 'PositionAtRecord', {
      IterationIdentifier: 2,
      MoveAbsolute: false,
      RecordNumber: 1,
    });
    expect(moved).toMatchObject({ IterationIdentifier: '3', ReturnValue: '0' });
    const beyond = { IterationIdentifier: 0, MoveAbsolute: true, RecordNumber: 4 };
    expect(await console.result(LOG, 'PositionAtRecord', beyond)).toBe(2);
  });

  test('never shows more than 390 records, the newest of them', async () => {
    const { console } = await filled(400);
    const all = records(await read(console, 1));
    expect(all).toHaveLength(390);
    expect(all[0]?.data[1]).toBe(400 & 0xff);
    expect((await console.get(LOG)).PercentageNearFull).toBe('100');
  });
});

test('a frozen log takes nothing and cannot be cleared', async () => {
  const { simulator, console, state } = await filled(2);
  expect(await console.result(LOG, 'FreezeLog', { Freeze: true })).toBe(0);
  recordEvent(simulator.firmware, { sensorType: 5, offset: 0 });
  expect(state.events.records).toHaveLength(2);
  expect(await console.result(LOG, 'ClearLog')).toBe(0x80b);
  expect(await console.result(LOG, 'FreezeLog', { Freeze: false })).toBe(0);
  expect(await console.result(LOG, 'ClearLog')).toBe(0);
  expect(state.events.records).toEqual([]);
});

test('times are those of the firmware, which may be behind', async () => {
  const { console } = await start({ power: 'off', quirks: { clockSkewSeconds: -86_400 } });
  await console.requestPower(2);
  const [record] = records(await read(console, 1));
  expect(Math.abs((record?.seconds ?? 0) - (Date.now() / 1000 - 86_400))).toBeLessThan(60);
});
