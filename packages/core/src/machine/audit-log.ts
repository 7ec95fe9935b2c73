/** The audit log of one machine, newest first. [AMT: AMT_AuditLog] */
import { MethodFailed } from '../errors.ts';
import { decodeAuditRecord, describeAudit } from '../events/audit.ts';
import { AMT_AuditLog } from '../wsman/classes/amt/AMT_AuditLog.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { PT_STATUS } from '../wsman/pt-status.ts';
import type { AuditLog, AuditLogEntry } from './facts.ts';

/** The audit log façade over one client. */
export function auditLogOf(wsman: WsmanClient): AuditLog {
  return {
    async read() {
      const entries: AuditLogEntry[] = [];
      for (let start = 1; ; ) {
        const page = await recordsFrom(wsman, start);
        entries.push(...page.records.map(entryOf));
        start += page.records.length;
        if (page.records.length === 0 || start > page.total) return entries.reverse();
      }
    },
  };
}

/** About ten records from the 1-based `start` on; none where it is behind the last one. */
async function recordsFrom(wsman: WsmanClient, start: number) {
  try {
    const page = await wsman.invoke(AMT_AuditLog, 'ReadRecords', { StartIndex: start });
    return { records: page.EventRecords ?? [], total: page.TotalRecordCount ?? 0 };
  } catch (error) {
    if (error instanceof MethodFailed && error.returnValue === PT_STATUS.INVALID_INDEX)
      return { records: [], total: 0 };
    throw error;
  }
}

function entryOf(bytes: Uint8Array): AuditLogEntry {
  const record = decodeAuditRecord(bytes);
  return { at: new Date(record.seconds * 1000), ...describeAudit(record), from: record.address };
}
