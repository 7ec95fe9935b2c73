/** What a test or a person can let happen to a PC. */
import { Entity, type Happening, recordEvent, recordFailedLogins, recordOf } from '../behaviors/event-log.ts';
import type { Firmware } from '../firmware.ts';
import { messageOf } from './messages.ts';
import type { RaisedMessage } from './raised.ts';

/** One of the usual happenings by its name, a record of the event log, or a message that is only pushed. */
export type RaisedEvent = keyof typeof EVENTS | Happening | { readonly message: RaisedMessage };

/** Lets it happen. */
export function raiseEvent(firmware: Firmware, event: RaisedEvent): void {
  if (typeof event === 'string') EVENTS[event](firmware);
  else if ('message' in event) firmware.raise(event);
  else recordEvent(firmware, event);
}

const EVENTS = {
  'case-opened': (firmware: Firmware) =>
    recordEvent(firmware, { sensorType: 5, offset: 0, severity: 'critical', entity: CHASSIS }),
  'fan-failed': (firmware: Firmware) =>
    recordEvent(firmware, { sensorType: 4, eventType: 1, offset: 2, severity: 'critical', entity: FAN }),
  'too-hot': (firmware: Firmware) =>
    recordEvent(firmware, { sensorType: 1, eventType: 1, offset: 9, severity: 'critical', entity: Entity.processor }),
  'firmware-hang': (firmware: Firmware) =>
    recordEvent(firmware, { sensorType: 15, offset: 1, severity: 'critical', data: Uint8Array.of(0x40, 8) }),
  'no-boot-medium': (firmware: Firmware) =>
    recordEvent(firmware, { sensorType: 30, offset: 0, severity: 'fatal', entity: DISK }),
  'system-stopped': (firmware: Firmware) => recordEvent(firmware, { sensorType: 32, offset: 1, severity: 'critical' }),
  'login-failed': (firmware: Firmware) => recordFailedLogins(firmware, 10),
  /** Never logged, and sent to everybody. [AMT: Link Up Event] */
  'link-up': (firmware: Firmware) => {
    const entityInstance = 0x61;
    const more = { eventType: 0x0a, sensorNumber: 2, entity: Entity.engine, entityInstance, data: Uint8Array.of(1) };
    const record = recordOf(firmware, { sensorType: 39, offset: 3, ...more });
    firmware.raise({ record, message: messageOf(record), everybody: true });
  },
} as const;

const CHASSIS = 23;
const FAN = 29;
const DISK = 4;
