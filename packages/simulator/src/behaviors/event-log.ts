/** The event log: what happened to the PC, newest first. [AMT: AMT_MessageLog] */
import { type EventRecord, eventRecord } from '@amtkit/core/wire';
import { messageOf } from '../alerts/messages.ts';
import { type Behavior, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Properties, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';

const CLASS = 'AMT_MessageLog';
/** Records that fit; the oldest makes room. */
const MOST = 390;
/** PT_STATUS. */
const FROZEN = 0x80b;

/** Answers for the event log. */
export const eventLog: Behavior = {
  name: 'event-log',

  enumerate(firmware, { className }) {
    if (className !== CLASS) return undefined;
    const { frozen, records } = firmware.state.events;
    return (firmware.instances(CLASS) ?? []).map((properties) => ({
      className,
      properties: {
        ...properties,
        CurrentNumberOfRecords: records.length,
        IsFrozen: frozen,
        PercentageNearFull: Math.floor((100 * records.length) / MOST),
      },
    }));
  },

  invoke(firmware, { className, method, input, account, address }) {
    if (className !== CLASS) return undefined;
    const { records, frozen } = firmware.state.events;
    switch (method) {
      case 'PositionToFirstRecord':
        return records.length === 0 ? { ReturnValue: 2 } : { IterationIdentifier: 1, ReturnValue: 0 };
      case 'GetRecords':
        return getRecords(firmware, input);
      case 'GetRecord':
        return getRecord(records, input);
      case 'PositionAtRecord':
        return positionAt(records, input);
      case 'CancelIteration':
        return { ReturnValue: 0 };
      case 'FreezeLog':
        firmware.change((state) => {
          state.events.frozen = text(input.Freeze) === 'true';
        });
        recordAudit(firmware, { application: 24, event: 3, user: account.name, address });
        return { ReturnValue: 0 };
      case 'ClearLog':
        if (frozen) return { ReturnValue: FROZEN };
        firmware.change((state) => {
          state.events.records = [];
        });
        recordAudit(firmware, { application: 24, event: 2, user: account.name, address });
        return { ReturnValue: 0 };
      case 'RequestStateChange':
        return { ReturnValue: 1 };
      default:
        throw new SoapFault('ActionNotSupported');
    }
  },
};

/** What is worth saying about an event; the rest is what most have in common. */
export type Happening = Pick<EventRecord, 'sensorType' | 'offset'> & Partial<EventRecord>;

/** Writes an event into the log, unless it is frozen, and tells the consoles that want to hear of it. */
export function recordEvent(firmware: Firmware, happening: Happening): void {
  const record = recordOf(firmware, happening);
  if (!firmware.state.events.frozen) {
    firmware.change((state) => {
      state.events.records = [record, ...state.events.records.slice(0, MOST - 1)];
    });
  }
  firmware.raise({ record, message: messageOf(record) });
}

/** The whole record of what happened now. */
export function recordOf(firmware: Firmware, happening: Happening): EventRecord {
  const { data = NO_DATA, ...rest } = happening;
  return {
    seconds: firmware.seconds(),
    deviceAddress: 0xff,
    eventType: 0x6f,
    sourceType: 0x68,
    severity: 'monitor',
    sensorNumber: 0xff,
    entity: Entity.bios,
    entityInstance: 0,
    ...rest,
    data: data.length === 8 ? data : padded(data),
  };
}

/** Somebody tried to log in too often. */
export function recordFailedLogins(firmware: Firmware, count: number): void {
  recordEvent(firmware, {
    sensorType: 6,
    offset: 5,
    severity: 'critical',
    entity: Entity.engine,
    entityInstance: 0x61,
    data: Uint8Array.of(0xaa, count & 0xff, count >>> 8),
  });
  recordAudit(firmware, { application: 16, event: 5, data: Uint8Array.of(0) });
}

/** What events happen to. */
export const Entity = { bios: 34, engine: 38, processor: 3 } as const;

const NO_DATA = new Uint8Array(8);

function getRecords(firmware: Firmware, input: Properties) {
  const { records } = firmware.state.events;
  if (records.length === 0) return { NoMoreRecords: true, ReturnValue: 3 };
  const start = Number(text(input.IterationIdentifier));
  const asked = Number(text(input.MaxReadRecords) || firmware.quirks.eventsPerReply);
  if (!(start >= 1 && start <= records.length) || !(asked >= 1)) return { NoMoreRecords: true, ReturnValue: 2 };
  const taken = records.slice(start - 1, start - 1 + Math.min(asked, firmware.quirks.eventsPerReply));
  const end = start + taken.length;
  return {
    IterationIdentifier: Math.min(end, records.length),
    NoMoreRecords: end > records.length,
    RecordArray: taken.map(base64),
    ReturnValue: 0,
  };
}

function getRecord(records: readonly EventRecord[], input: Properties) {
  const at = Number(text(input.IterationIdentifier));
  const record = records[at - 1];
  if (record === undefined) return { ReturnValue: records.length === 0 ? 3 : 2 };
  const next = text(input.PositionToNext) === 'true' ? Math.min(at + 1, records.length) : at;
  return { IterationIdentifier: next, RecordData: base64(record), ReturnValue: 0 };
}

function positionAt(records: readonly EventRecord[], input: Properties) {
  const from = text(input.MoveAbsolute) === 'true' ? 0 : Number(text(input.IterationIdentifier));
  const at = from + Number(text(input.RecordNumber));
  if (records[at - 1] === undefined) return { ReturnValue: records.length === 0 ? 3 : 2 };
  return { IterationIdentifier: at, RecordNumber: at, ReturnValue: 0 };
}

function base64(record: EventRecord): string {
  return Buffer.from(eventRecord.encode(record)).toString('base64');
}

function padded(data: Uint8Array): Uint8Array {
  const eight = new Uint8Array(8);
  eight.set(data.subarray(0, 8));
  return eight;
}
