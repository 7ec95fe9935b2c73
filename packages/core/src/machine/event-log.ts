/** The event log of one machine, newest first. [AMT: AMT_MessageLog] */
import { toHex } from '../bytes/hex.ts';
import { MethodFailed } from '../errors.ts';
import { describeEvent, entityName } from '../events/event-text.ts';
import { decodeEventRecord, eventTime } from '../events/record.ts';
import { AMT_MessageLog } from '../wsman/classes/amt/AMT_MessageLog.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { EventLog, EventLogEntry } from './facts.ts';

/** As many records as the log can hold, and as many as come in one reply. */
const MAX_RECORDS = 390;

/** The event log façade over one client. */
export function eventLogOf(wsman: WsmanClient): EventLog {
  return {
    async read({ limit = MAX_RECORDS } = {}) {
      const entries: EventLogEntry[] = [];
      let position = await firstPosition(wsman);
      for (let read = 0; position !== undefined && entries.length < limit && read < MAX_RECORDS; ) {
        const page = await nextRecords(wsman, position, Math.min(limit, MAX_RECORDS));
        entries.push(...page.records.map(entryOf).filter((entry) => entry !== undefined));
        position = page.next;
        read += page.records.length;
      }
      return entries.slice(0, limit);
    },
    async clear() {
      await wsman.invoke(AMT_MessageLog, 'ClearLog', {});
    },
  };
}

/** Nothing while the log is empty. */
async function firstPosition(wsman: WsmanClient): Promise<number | undefined> {
  try {
    const { IterationIdentifier } = await wsman.invoke(AMT_MessageLog, 'PositionToFirstRecord', {});
    return IterationIdentifier;
  } catch (error) {
    if (isEmpty(error, 2)) return undefined;
    throw error;
  }
}

async function nextRecords(
  wsman: WsmanClient,
  position: number,
  limit: number,
): Promise<{ records: readonly Uint8Array[]; next: number | undefined }> {
  try {
    const page = await wsman.invoke(AMT_MessageLog, 'GetRecords', {
      IterationIdentifier: position,
      MaxReadRecords: limit,
    });
    const records = page.RecordArray ?? [];
    const last = page.NoMoreRecords !== false || records.length === 0;
    return { records, next: last ? undefined : page.IterationIdentifier };
  } catch (error) {
    if (isEmpty(error, 3)) return { records: [], next: undefined };
    throw error;
  }
}

/** Nothing for records from before the clock was set: they have no time. */
function entryOf(bytes: Uint8Array): EventLogEntry | undefined {
  const record = decodeEventRecord(bytes);
  const at = eventTime(record);
  if (at === undefined) return undefined;
  return {
    at,
    severity: typeof record.severity === 'number' ? 'unspecified' : record.severity,
    entity: entityName(record.entity),
    sensorType: record.sensorType,
    text: describeEvent(record),
    raw: toHex(bytes),
  };
}

/** "There is no record" is a failure of the method and an answer to us. */
function isEmpty(error: unknown, returnValue: number): boolean {
  return error instanceof MethodFailed && error.returnValue === returnValue;
}
