/** The words that say what an alert is about. Public: automations are written against them. [PET] [IPMI] */
import type { EventRecord } from './record.ts';

/** All of them. */
export const ALERT_EVENTS = [
  'agent',
  'asset-error',
  'audit-log',
  'case-closed',
  'case-opened',
  'certificate',
  'clock',
  'connection-requested',
  'consent-ended',
  'consent-given',
  'consent-policy',
  'consent-requested',
  'disable-attempt',
  'drives-closed',
  'drives-opened',
  'erase',
  'fan',
  'firmware-error',
  'firmware-hang',
  'firmware-progress',
  'firmware-reset',
  'firmware-update',
  'hardware-failure',
  'link-up',
  'login-failed',
  'network',
  'no-boot-medium',
  'packet-filter',
  'posture',
  'power-request',
  'power-state',
  'provisioning',
  'recovery',
  'remote-access',
  'screen-closed',
  'screen-opened',
  'screen-requested',
  'settings',
  'sol-closed',
  'sol-opened',
  'start-failed',
  'system-defense',
  'system-started',
  'system-stopped',
  'tampered',
  'temperature',
  'unprovisioned',
  'voltage',
  'wireless',
  /** Events we have no word for; the text and the numbers say what is known. */
  'other',
] as const;

/** One of the words. */
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** The word for a record, of the log or of a trap. */
export function eventOf({ sensorType, offset, data }: EventRecord): AlertEvent {
  const [first = 0, second = 0, third = 0, fourth = 0] = data;
  switch (sensorType) {
    case 15:
      if (offset === 3 || offset === 5) {
        const what = offset === 3 ? 'firmware-error' : 'firmware-progress';
        return first !== INTELS ? what : second === 0x30 ? 'recovery' : second === 0x40 ? 'erase' : what;
      }
      return FIRMWARE[offset] ?? 'other';
    case 18:
      return first === INTELS ? 'agent' : 'other';
    case 192:
      if (offset === 0 && first === INTELS && second === 0x30) return SESSIONS[third] ?? 'other';
      return third === 0 || third === 2 ? 'system-defense' : 'other';
    case 193:
      if (first !== INTELS) return 'other';
      if (second === 0x30 && third === 0 && fourth === 0) return 'connection-requested';
      return second === 0x20 ? (third === 4 ? 'asset-error' : 'posture') : 'other';
    case 5:
      return offset === 0 ? 'case-opened' : 'other';
    default:
      return SENSORS[sensorType] ?? 'other';
  }
}

/** Marks data of Intel's own. */
const INTELS = 0xaa;

const SENSORS: Readonly<Record<number, AlertEvent>> = {
  1: 'temperature',
  2: 'voltage',
  4: 'fan',
  6: 'login-failed',
  30: 'no-boot-medium',
  32: 'system-stopped',
  35: 'start-failed',
  36: 'packet-filter',
  37: 'system-started',
  38: 'tampered',
  39: 'link-up',
};

/** By offset. [PET: System Firmware Progress] */
const FIRMWARE: readonly AlertEvent[] = ['firmware-error', 'firmware-hang', 'firmware-progress'];

const SESSIONS: readonly AlertEvent[] = ['sol-opened', 'sol-closed', 'drives-opened', 'drives-closed'];
