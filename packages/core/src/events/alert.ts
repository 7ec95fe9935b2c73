/** Alerts: what happened at a machine, in one form however it was told. [AMT: Event Manager] [AMT: WS-Eventing] */
import { toHex } from '../bytes/hex.ts';
import { type AlertEvent, eventOf } from './alert-event.ts';
import { describeEvent, entityName } from './event-text.ts';
import { CimSeverity, type Indication } from './indication.ts';
import { describeIndication, indicationEvent } from './indication-text.ts';
import { OVER, type Trap } from './pet.ts';
import { type EventRecord, EventSeverity, eventTime } from './record.ts';

/** The way an alert came: pushed over HTTP, as an SNMP trap, or read from the event log. */
export type AlertSource = 'wsman' | 'pet' | 'log';

/** The severities of both worlds on one scale. */
export type AlertSeverity = 'info' | 'warning' | 'critical';

/** Something that happened at a machine. */
export interface Alert {
  readonly source: AlertSource;
  /** When, by the firmware's clock; absent where it was not set. */
  readonly at?: Date | undefined;
  readonly severity: AlertSeverity;
  /** What happened, as one of a fixed list of words. */
  readonly event: AlertEvent;
  /** What it happened to, such as `BIOS` or `ME`. */
  readonly entity: string;
  /** The same as one line for people. */
  readonly text: string;
  /** As it came. */
  readonly raw: RecordNumbers | IndicationNumbers;
}

/** Numbers of a trap or a record of the event log. [PET] */
export interface RecordNumbers {
  readonly sensorType: number;
  readonly eventType: number;
  readonly offset: number;
  readonly sourceType: number;
  readonly severity: number;
  readonly sensorNumber: number;
  readonly entity: number;
  readonly entityInstance: number;
  /** Eight bytes in hex. */
  readonly data: string;
}

/** Numbers of an indication. [CIM: CIM_AlertIndication] */
export interface IndicationNumbers {
  /** Such as `iAMT0005`; empty where there was none. */
  readonly messageId: string;
  readonly arguments: readonly string[];
  readonly severity: number;
  readonly alertType: number;
  /** Counts indications of one firmware. */
  readonly identifier: string;
}

/** The alert of a record of the event log. */
export function alertOfRecord(record: EventRecord): Alert {
  return alertOf('log', { ...record, offset: record.offset & 0x7f }, (record.offset & OVER) !== 0);
}

/** The alert of a trap. */
export function alertOfTrap({ record, over }: Trap): Alert {
  return alertOf('pet', record, over);
}

/** The alert of an indication. All are told by the management engine. */
export function alertOfIndication(indication: Indication): Alert {
  const { messageId, arguments: given, severity, alertType, identifier } = indication;
  return {
    source: 'wsman',
    at: indication.time,
    severity: severity >= CimSeverity.major ? 'critical' : severity >= CimSeverity.warning ? 'warning' : 'info',
    event: indicationEvent(indication),
    entity: entityName(ENGINE),
    text: describeIndication(indication),
    raw: { messageId, arguments: given, severity, alertType, identifier },
  };
}

/** Entity number of the management engine. Observed (12, 15). */
const ENGINE = 38;

/** @param over it is the end of what the record says, which is no more than worth knowing */
function alertOf(source: AlertSource, record: EventRecord, over: boolean): Alert {
  const { sensorType, eventType, offset, sourceType, sensorNumber, entity, entityInstance, data } = record;
  const severity = typeof record.severity === 'number' ? record.severity : EventSeverity[record.severity];
  return {
    source,
    at: eventTime(record),
    severity:
      over || severity < EventSeverity.warning ? 'info' : severity < EventSeverity.critical ? 'warning' : 'critical',
    event: eventOf(record),
    entity: entityName(entity),
    text: `${describeEvent(record)}${over ? ': over' : ''}`,
    raw: {
      sensorType,
      eventType,
      offset,
      sourceType,
      severity,
      sensorNumber,
      entity,
      entityInstance,
      data: toHex(data),
    },
  };
}
