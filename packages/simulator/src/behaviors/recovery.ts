/** One-Click Recovery: parameters of a start from HTTPS, WinRE or a local agent. [AMT: One Click Recovery] */
import type { FaultName } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import type { BootChoice } from '../hardware/hardware.ts';
import { text } from '../values.ts';
import { recordEvent } from './event-log.ts';

/** Types of parameters that matter to the simulated BIOS. */
const Parameter = { networkPath: 1, filePath: 2 } as const;

/** What is wrong with a blob as it is put; `undefined` when it may be kept. */
export function recoveryFault(
  { profile, quirks }: Firmware,
  tls: boolean,
  blob: string | undefined,
  count: string,
): FaultName | undefined {
  if (blob === undefined) return undefined;
  if (profile.recovery.length === 0) return 'SchemaValidationError';
  if (quirks.recoveryNeedsTls && !tls) return 'AccessDenied';
  const parameters = parametersOf(blob);
  return parameters === undefined || String(parameters.size) !== count ? 'InvalidRepresentation' : undefined;
}

/** What a recovery source starts, and what the log says about it; `undefined` where it fails. */
export function readRecovery(firmware: Firmware, source: string): BootChoice | undefined {
  const instance = (firmware.instances('CIM_BootSourceSetting') ?? []).find((each) => text(each.InstanceID) === source);
  const parameters = parametersOf(firmware.state.boot.parameters ?? '') ?? new Map<number, Uint8Array>();
  const loader = /WinRe/i.test(text(instance?.BIOSBootString)) ? 'winre' : 'pba';
  const choice = source.includes('HTTPS') ? 'https' : loader;
  const needed = choice === 'https' ? Parameter.networkPath : Parameter.filePath;
  if (!firmware.profile.recovery.includes(choice) || !parameters.has(needed)) {
    recordEvent(firmware, { sensorType: 15, offset: 3, severity: 'critical', data: Uint8Array.of(0xaa, 0x30, 8) });
    return undefined;
  }
  for (const step of choice === 'https' ? [0, 1, 2, 3, 4, 5] : [0, 1, 5]) {
    const data = Uint8Array.of(0xaa, 0x30, step, step === 1 ? OPTION[choice] : 0);
    recordEvent(firmware, { sensorType: 15, offset: 5, data });
  }
  return choice;
}

/** Which boot option the firmware added, as the progress event says it. */
const OPTION = { https: 2, pba: 4, winre: 8 } as const;

/** Values by type: vendor, type, length, value, little-endian, one after the other. `undefined` where they break off. */
function parametersOf(blob: string): Map<number, Uint8Array> | undefined {
  const bytes = Buffer.from(blob, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = new Map<number, Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 8 || view.getUint16(at, true) !== 0x8086) return undefined;
    const length = view.getUint32(at + 4, true);
    if (length > bytes.length - at - 8) return undefined;
    found.set(view.getUint16(at + 2, true), bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return found;
}
