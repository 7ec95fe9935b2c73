/** What the audit log holds, and how it is read and cleared. */
import { decodeAuditRecord, listOf, textOf } from '@amtkit/core/wire';
import { expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { start } from '../testing/console.ts';
import { recordAudit } from './audit-log.ts';

const LOG = 'AMT_AuditLog';

test('says who switched the PC on, from where', async () => {
  const { console, state } = await start();
  await console.requestPower(2);
  const output = await console.invoke(LOG, 'ReadRecords', { StartIndex: 1 });
  expect(output).toMatchObject({ TotalRecordCount: '1', RecordsReturned: '1', ReturnValue: '0' });
  const record = decodeAuditRecord(Buffer.from(textOf(output.EventRecords), 'base64'));
  expect(record).toMatchObject({ application: 17, event: 0, initiator: { kind: 'digest', user: 'admin' } });
  expect({ ...record, data: Uint8Array.from(record.data) }).toEqual(state.audit.records[0]);
});

test('comes in pages, oldest first', async () => {
  const { simulator, console } = await start();
  for (let event = 0; event < 12; event++) recordAudit(simulator.firmware, { application: 22, event });
  const first = await console.invoke(LOG, 'ReadRecords', { StartIndex: 1 });
  const second = await console.invoke(LOG, 'ReadRecords', { StartIndex: 11 });
  expect([first.RecordsReturned, second.RecordsReturned]).toEqual(['10', '2']);
  const events = [first, second].flatMap((page) => listOf(page.EventRecords));
  expect(events.map((each) => decodeAuditRecord(Buffer.from(textOf(each), 'base64')).event)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ]);
  expect(await console.result(LOG, 'ReadRecords', { StartIndex: 13 })).toBe(35);
  expect(await console.result(LOG, 'ReadRecords', { StartIndex: 0 })).toBe(35);
});

test('is empty at first, which is no error', async () => {
  const { console } = await start();
  const output = await console.invoke(LOG, 'ReadRecords', { StartIndex: 1 });
  expect(output).toEqual({ TotalRecordCount: '0', RecordsReturned: '0', ReturnValue: '0' });
});

test('is cleared only by who holds the lock', async () => {
  const clock = manualClock();
  const { console, state } = await start({ clock });
  await console.requestPower(2);
  expect(await console.result(LOG, 'ClearLog')).toBe(16);
  const lock = await console.invoke(LOG, 'SetAuditLock', { LockTimeoutInSeconds: 10, Flag: 0, Handle: 0 });
  expect(Number(lock.Handle)).toBeGreaterThan(0);
  expect(await console.result(LOG, 'SetAuditLock', { LockTimeoutInSeconds: 10, Flag: 0, Handle: 0 })).toBe(16);
  expect(await console.result(LOG, 'ClearLog')).toBe(0);
  expect(state.audit.records).toMatchObject([{ application: 20, event: 0 }]);
  clock.advance(10_000);
  expect(await console.result(LOG, 'ClearLog')).toBe(16);
});

test('writes nothing while it is off', async () => {
  const { console, state } = await start();
  expect(await console.result(LOG, 'RequestStateChange', { RequestedState: 3 })).toBe(0);
  await console.requestPower(2);
  expect(state.audit.records).toMatchObject([{ application: 20, event: 2 }]);
  expect((await console.get(LOG)).EnabledState).toBe('3');
});
