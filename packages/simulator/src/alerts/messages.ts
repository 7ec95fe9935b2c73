/** Which message firmware makes of an event when it pushes it. [DSP8007] [AMT: WS-Eventing Event Fields] */
import { type EventRecord, EventSeverity } from '@amtkit/core/wire';
import type { RaisedMessage } from './raised.ts';

/** The message; nothing for a hang of the BIOS and for what only traps and the log tell. */
export function messageOf({ sensorType, offset, severity, data }: EventRecord): RaisedMessage | undefined {
  const id = sensorType === 15 ? FIRMWARE[offset] : SENSORS[sensorType];
  const weight = typeof severity === 'number' ? severity : EventSeverity[severity];
  const perceived =
    weight >= EventSeverity.fatal ? 7 : weight >= EventSeverity.critical ? 6 : weight >= EventSeverity.warning ? 3 : 2;
  if (sensorType === 192 && offset === 0 && data[0] === 0xaa && data[1] === 0x30) {
    return { id: 'iAMT0050', arguments: [String(48 + (data[2] ?? 0))], severity: perceived };
  }
  return id === undefined ? undefined : { id, arguments: [], severity: perceived };
}

const SENSORS: Readonly<Record<number, string>> = {
  1: 'PLAT0036',
  5: 'PLAT0004',
  6: 'PLAT0032',
  30: 'PLAT0286',
  32: 'PLAT0322',
  35: 'PLAT0368',
  39: 'PLAT0013',
};

/** By offset. There is no message for a hang. */
const FIRMWARE: Readonly<Record<number, string>> = { 0: 'PLAT0184', 2: 'PLAT0188' };
