import { describe, expect, test } from 'vitest';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { auditLogOf } from './audit-log.ts';

/** Recorded from AMT 12: two firmware updates, one second apart. */
const OLDER = '<EventRecords>ABMAAAI/9M1uAgAQAAwAAAAoBZkADAAAACQFlA==</EventRecords>';
const NEWER = '<EventRecords>ABMAAAI/9M1vAgAQAAwAAAAoBZkADAAAACQFlA==</EventRecords>';

describe('the audit log', () => {
  test('is read newest first, in words', async () => {
    const { wsman, asked, request } = scriptedFirmware({ 'AMT_AuditLog.ReadRecords': page(OLDER + NEWER, 2, 2) });
    expect(await auditLogOf(wsman).read()).toEqual([
      {
        at: new Date('2004-01-02T01:46:23Z'),
        application: 'Firmware update',
        event: 'Firmware updated',
        by: 'local',
        from: '',
        detail: '12.0.40.1433 → 12.0.36.1428',
      },
      expect.objectContaining({ at: new Date('2004-01-02T01:46:22Z') }),
    ]);
    expect(asked).toHaveLength(1);
    expect(request('AMT_AuditLog.ReadRecords').input).toMatchObject({ StartIndex: '1' });
  });

  test('of several pages is read to its end', async () => {
    const { wsman, asked, request } = scriptedFirmware({
      'AMT_AuditLog.ReadRecords': [page(OLDER + OLDER, 2, 3), page(NEWER, 1, 3)],
    });
    expect(await auditLogOf(wsman).read()).toHaveLength(3);
    expect(asked).toHaveLength(2);
    expect(request('AMT_AuditLog.ReadRecords').input).toMatchObject({ StartIndex: '3' });
  });

  test.each([
    ['an empty page', page('', 0, 0)],
    ['an index that does not exist', '<ReturnValue>35</ReturnValue>'],
    ['a total that is not reached', page('', 0, 7)],
  ])('answered with %s is empty', async (_name, reply) => {
    expect(await auditLogOf(scriptedFirmware({ 'AMT_AuditLog.ReadRecords': reply }).wsman).read()).toEqual([]);
  });

  test('that cannot be read says why', async () => {
    const { wsman } = scriptedFirmware({ 'AMT_AuditLog.ReadRecords': '<ReturnValue>16</ReturnValue>' });
    await expect(auditLogOf(wsman).read()).rejects.toThrow('NOT_PERMITTED');
  });
});

function page(records: string, returned: number, total: number): string {
  return `<TotalRecordCount>${total}</TotalRecordCount><RecordsReturned>${returned}</RecordsReturned>${records}<ReturnValue>0</ReturnValue>`;
}
