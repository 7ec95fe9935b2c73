/** Keeps the firmware's picture of its PC up to date, and writes down what the BIOS reports on the way. */
import { drawCode, endConsent } from '../behaviors/consent.ts';
import { Entity, recordEvent } from '../behaviors/event-log.ts';
import type { Firmware } from '../firmware.ts';
import type { BootChoice, HardwareChange } from './hardware.ts';

/** Follows until the PC is disposed of. */
export async function follow(firmware: Firmware): Promise<void> {
  for await (const change of firmware.hardware.changes()) observe(firmware, change);
}

/** Takes over what the PC says. */
function observe(firmware: Firmware, change: HardwareChange): void {
  switch (change.kind) {
    case 'power':
      firmware.change((state) => {
        state.power = change.power;
        state.standby = false;
        if (change.power === 'off') state.systemUp = false;
      });
      drawCode(firmware);
      return;
    case 'starting':
      firmware.change((state) => {
        state.starts++;
        state.startedAt = firmware.clock.now();
        state.systemUp = false;
      });
      recordEvent(firmware, { sensorType: 37, offset: 0, entity: Entity.processor });
      for (const step of POST) recordEvent(firmware, { sensorType: 15, offset: 2, data: Uint8Array.of(0x40, step) });
      if (!firmware.quirks.consentSurvivesReset) endConsent(firmware);
      return;
    case 'booted':
      firmware.change((state) => {
        state.bootedFrom = change.from;
      });
      recordEvent(firmware, { sensorType: 15, offset: 2, data: Uint8Array.of(0x40, LAST_STEP[change.from] ?? 19) });
      return;
    case 'system-up':
      firmware.change((state) => {
        state.systemUp = true;
      });
  }
}

/** Progress of a start: memory, PCI, USB, video. [PET: System Firmware Progress] */
const POST = [1, 7, 6, 9];

/** What the BIOS reports last: 5 is its set-up, 19 the start of a system. */
const LAST_STEP: Partial<Record<BootChoice, number>> = { bios: 5, 'bios-pause': 5 };
