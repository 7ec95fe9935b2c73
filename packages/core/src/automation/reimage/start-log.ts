/** Whether the BIOS has begun a second time, by what it reports to the firmware's event log. [PET: System Firmware Progress] */
import { firmwareProgress } from '../../events/event-text.ts';
import type { EventLog, EventLogEntry } from '../../machine/facts.ts';

/** Looks for a second start in the log. */
export interface StartLog {
  /** Takes what is there as what was before. */
  begin(): Promise<void>;
  /** Whether a step of a start was reported that was there already since `begin`. */
  repeated(): Promise<boolean>;
}

/** Sensor type of what a BIOS reports about its progress. */
const FIRMWARE_PROGRESS = 15;

/**
 * Steps that come once in a start: memory, further processors, PCI, video, cache, SMBus, baseboard, first processor. The
 * others come once for each device, or once more when the first device to start from is none.
 */
const ONCE: ReadonlySet<string> = new Set([1, 3, 7, 9, 10, 11, 20, 25].map(firmwareProgress));

/** More than a BIOS reports in one start. */
const LIMIT = 80;

/** A look-out on a log. A log that cannot be read says nothing. */
export function createStartLog(read: () => Promise<Pick<EventLog, 'read'>>): StartLog {
  let known: ReadonlyMap<string, number> | undefined;
  const steps = new Set<string>();

  async function entries(): Promise<readonly EventLogEntry[]> {
    const log = await read();
    return (await log.read({ limit: LIMIT })).filter(
      ({ sensorType, text }) => sensorType === FIRMWARE_PROGRESS && ONCE.has(text),
    );
  }

  return {
    async begin() {
      steps.clear();
      known = countsOf(await entries());
    },
    async repeated() {
      if (known === undefined) return false;
      const now = await entries();
      const left = new Map(known);
      let repeated = false;
      // Newest first in the log; a step of which two are new is a repetition, too.
      for (const { raw, text } of now.toReversed()) {
        const before = left.get(raw) ?? 0;
        if (before > 0) left.set(raw, before - 1);
        else if (steps.has(text)) repeated = true;
        else steps.add(text);
      }
      known = countsOf(now);
      return repeated;
    },
  };
}

/** Two entries of the same second may be the same bytes. */
function countsOf(entries: readonly EventLogEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { raw } of entries) counts.set(raw, (counts.get(raw) ?? 0) + 1);
  return counts;
}
