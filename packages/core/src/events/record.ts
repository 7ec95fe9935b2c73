/** Records of the event log: 21 bytes each, little-endian. [AMT: AMT_MessageLog] */
import { bytes, named, u8, u32le } from '../bytes/fields.ts';
import { excerpt } from '../bytes/hex.ts';
import { layout, type MessageOf } from '../bytes/layout.ts';
import { Reader } from '../bytes/reader.ts';
import { ProtocolError } from '../errors.ts';

/** How grave an event is. [PET: Event Severity] */
export const EventSeverity = {
  unspecified: 0,
  monitor: 1,
  information: 2,
  ok: 4,
  warning: 8,
  critical: 16,
  fatal: 32,
} as const;

/** One record. */
export const eventRecord = layout({
  /** Since 1970 by the firmware's clock; 0 and 0xffffffff where it had none. */
  seconds: u32le,
  /** 0xff for the firmware itself. */
  deviceAddress: u8,
  /** Decides what `offset` and `data` mean. [IPMI] */
  sensorType: u8,
  /** 0x6f: `offset` is specific to the sensor type. */
  eventType: u8,
  offset: u8,
  /** 0x68: platform firmware. */
  sourceType: u8,
  severity: named(u8, EventSeverity),
  sensorNumber: u8,
  /** What it happened to. */
  entity: u8,
  entityInstance: u8,
  data: bytes(8),
});

/** A decoded record. */
export type EventRecord = MessageOf<typeof eventRecord>;

/** The record in exactly 21 bytes. @throws ProtocolError */
export function decodeEventRecord(record: Uint8Array): EventRecord {
  const reader = new Reader(record);
  const decoded = eventRecord.decode(reader);
  if (decoded === undefined || reader.remaining > 0) {
    throw new ProtocolError(`An event record has 21 bytes, this one has ${record.length}: ${excerpt(record, 32)}.`);
  }
  return decoded;
}

/** When it happened by the firmware's clock, or nothing where the clock was not set. */
export function eventTime({ seconds }: EventRecord): Date | undefined {
  return seconds === 0 || seconds === 0xffff_ffff ? undefined : new Date(seconds * 1000);
}
