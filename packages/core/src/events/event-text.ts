/** What event log records say, in words. The meanings are those consoles in the field use. [PET] [IPMI] */
import type { EventRecord } from './record.ts';

/** What happened, as one line. Events we have no words for are described by their numbers. */
export function describeEvent(record: EventRecord): string {
  const say = SENSORS[record.sensorType];
  return say?.(record) ?? `Sensor type ${record.sensorType}, event ${record.offset}`;
}

/** What it happened to, such as `BIOS`. */
export function entityName(entity: number): string {
  return ENTITIES[entity] ?? `entity ${entity}`;
}

/** Sensor type → what it says; nothing where the rest of the record is unknown. */
const SENSORS: Readonly<Record<number, (record: EventRecord) => string | undefined>> = {
  1: (record) => thresholdEvent('Temperature', record),
  2: (record) => thresholdEvent('Voltage', record),
  4: (record) => thresholdEvent('Fan', record),
  5: ({ offset }) => (offset === 0 ? 'Case opened' : undefined),
  6: ({ data }) => {
    const times = at(data, 1) + 256 * at(data, 2);
    return `Log-in failed ${times} ${times === 1 ? 'time' : 'times'}`;
  },
  15: firmwareEvent,
  18: watchdogEvent,
  30: () => 'No bootable medium',
  32: () => 'Operating system locked up, or power interrupted',
  35: ({ data }) => (at(data, 0) === 64 ? 'BIOS did not finish in time (watchdog)' : 'Machine failed to start'),
  36: filterEvent,
  37: () => 'System firmware started',
  38: () => 'Network adapter was tampered with',
  39: ({ offset }) => (offset === 3 ? 'Network link is up' : undefined),
  192: ({ offset, data }) => {
    if (offset === 0 && ours(data, 0x30)) return SESSIONS[at(data, 2)];
    return POLICIES[at(data, 2)];
  },
  193: ({ data }) => {
    if (ours(data, 0x30) && at(data, 2) === 0 && at(data, 3) === 0) return 'User asked for a remote connection';
    if (ours(data, 0x20) && at(data, 2) === 3 && at(data, 3) === 1)
      return 'Endpoint access control asked for a posture while network access control is off';
    if (ours(data, 0x20) && at(data, 2) === 4 && at(data, 3) === 0) return 'Hardware asset error';
    return undefined;
  },
};

/** Event type 1 says which threshold was crossed, and which way. [IPMI: Generic Event Types] */
function thresholdEvent(what: string, { eventType, offset }: EventRecord): string {
  if (eventType !== 1 || offset > 11) return `${what} is out of range`;
  const threshold = THRESHOLDS[offset >> 1];
  return `${what} ${(offset & 1) === 0 ? 'fell below' : 'rose above'} its ${threshold} threshold`;
}

function firmwareEvent({ offset, data }: EventRecord): string | undefined {
  const detail = at(data, 2);
  if (at(data, 0) === 0xeb) return 'Event data is invalid';
  if (offset === 0) return `Firmware error: ${FIRMWARE_ERRORS[at(data, 1)] ?? `number ${at(data, 1)}`}`;
  if (offset === 3) {
    if (ours(data, 0x30)) return `One-Click Recovery failed: ${RECOVERY_ERRORS[detail] ?? `number ${detail}`}`;
    if (ours(data, 0x40)) return `Remote erase failed: ${ERASE_ERRORS[detail] ?? `number ${detail}`}`;
    return 'Firmware error of the maker’s own';
  }
  if (offset === 5) {
    if (ours(data, 0x30)) return `One-Click Recovery: ${recoveryProgress(detail, at(data, 3))}`;
    if (ours(data, 0x40)) return `Remote erase: ${eraseProgress(detail, at(data, 3))}`;
    return 'Firmware progress of the maker’s own';
  }
  const step = at(data, 1);
  return offset === 1 ? `Firmware hangs: ${stepName(step)}` : firmwareProgress(step);
}

function watchdogEvent({ data }: EventRecord): string | undefined {
  if (at(data, 0) !== 0xaa) return undefined;
  const hex = [4, 3, 2, 1, 6, 5].map((i) => at(data, i).toString(16).padStart(2, '0')).join('');
  const state = WATCHDOG_STATES[at(data, 7)] ?? `in state ${at(data, 7)}`;
  return `Agent watchdog ${hex.slice(0, 8)}-${hex.slice(8)}… is ${state}`;
}

function filterEvent({ data }: EventRecord): string {
  const port = at(data, 0) === 0xaa ? 'wired' : 'wireless';
  const handle = new DataView(data.buffer, data.byteOffset + 1, 4).getUint32(0);
  return `Packet filter matched on the ${port} port: ${FILTERS[handle] ?? `filter ${handle}`}`;
}

/** What is said of a step that the BIOS has come to, by its number. [PET: System Firmware Progress] */
export function firmwareProgress(step: number): string {
  return `Firmware progress: ${stepName(step)}`;
}

function stepName(step: number): string {
  return FIRMWARE_PROGRESS[step] ?? `step ${step}`;
}

function recoveryProgress(step: number, target: number): string {
  if (step === 1) return `boot option added${RECOVERY_TARGETS[target] ?? ''}`;
  return RECOVERY_STEPS[step] ?? `step ${step}`;
}

function eraseProgress(step: number, target: number): string {
  if (step === 1) return `started${ERASE_TARGETS[target] ?? ''}`;
  if (step === 2) return `ended well${ERASE_TARGETS[target] ?? ''}`;
  return ERASE_STEPS[step] ?? `step ${step}`;
}

const THRESHOLDS = [
  'lower non-critical',
  'lower critical',
  'lower non-recoverable',
  'upper non-critical',
  'upper critical',
  'upper non-recoverable',
];

const SESSIONS = [
  'Serial-over-LAN session opened',
  'Serial-over-LAN session closed',
  'Storage redirection session opened',
  'Storage redirection session closed',
];

const POLICIES: Readonly<Record<number, string>> = {
  0: 'Security policy: sending stopped',
  2: 'Security policy: receiving stopped',
};

const FILTERS: Readonly<Record<number, string>> = {
  4294967293: 'everything received',
  4294967292: 'everything sent',
  4294967290: 'forged sender',
};

const WATCHDOG_STATES: Readonly<Record<number, string>> = {
  1: 'not started',
  2: 'stopped',
  4: 'running',
  8: 'expired',
  16: 'suspended',
};

const RECOVERY_ERRORS: Readonly<Record<number, string>> = {
  1: 'no network',
  2: 'server name not found',
  3: 'no connection to the server',
  4: 'no application at the local path',
  5: 'TLS authentication failed',
  6: 'digest authentication failed',
  7: 'image not trusted',
  8: 'boot file not found',
};

const RECOVERY_STEPS: Readonly<Record<number, string>> = {
  0: 'boot parameters received',
  2: 'server name found',
  3: 'connected to the server',
  4: 'download complete',
  5: 'starting the image',
  6: 'image left the BIOS',
};

const RECOVERY_TARGETS: Readonly<Record<number, string>> = {
  2: ' (HTTPS)',
  4: ' (local application)',
  8: ' (Windows recovery)',
};

const ERASE_ERRORS: Readonly<Record<number, string>> = {
  1: 'drive not erased',
  2: 'TPM cannot be erased',
  3: 'counter limit reached',
};

const ERASE_STEPS: Readonly<Record<number, string>> = {
  3: 'platform erase begins',
  4: 'reserved parameters cleared',
  5: 'all settings done',
};

const ERASE_TARGETS: Readonly<Record<number, string>> = {
  2: ' (drive)',
  3: ' (TPM)',
  5: ' (BIOS configuration)',
};

const FIRMWARE_ERRORS = [
  'unspecified',
  'no memory fitted',
  'no usable memory',
  'disk failure',
  'system board failure',
  'diskette failure',
  'disk controller failure',
  'keyboard failure',
  'removable boot medium missing',
  'video controller failure',
  'no video device',
  'BIOS corrupt',
  'processor voltage mismatch',
  'processor speed mismatch',
];

const FIRMWARE_PROGRESS = [
  'unspecified',
  'memory initialisation',
  'disk initialisation and test',
  'secondary processors',
  'user authentication',
  'entering BIOS setup',
  'USB configuration',
  'PCI configuration',
  'option ROM',
  'video',
  'cache',
  'SMBus',
  'keyboard controller',
  'management controller',
  'docking station attached',
  'docking station enabled',
  'docking station ejected',
  'docking station disabled',
  'waking the operating system',
  'starting the operating system',
  'baseboard initialisation',
  'reserved',
  'floppy',
  'keyboard test',
  'pointing device test',
  'primary processor',
];

/** Entity numbers in order, from 0. [IPMI: Entity IDs] Observed (12, 15): 38 is the management engine. */
const ENTITIES = [
  'unspecified',
  'other',
  'unknown',
  'processor',
  'disk',
  'peripheral',
  'system management module',
  'system board',
  'memory module',
  'processor module',
  'power supply',
  'add-in card',
  'front panel',
  'back panel',
  'power board',
  'drive backplane',
  'expansion board',
  'other board',
  'processor board',
  'power unit',
  'power module',
  'power management board',
  'chassis back panel',
  'chassis',
  'sub-chassis',
  'other chassis board',
  'disk bay',
  'peripheral bay',
  'device bay',
  'fan',
  'cooling unit',
  'cable',
  'memory device',
  'management software',
  'BIOS',
  'operating system',
  'system bus',
  'group',
  'ME',
  'external environment',
  'battery',
  'blade',
  'switch',
  'processor/memory module',
  'I/O module',
  'processor I/O module',
  'controller firmware',
  'IPMI channel',
  'PCI',
  'PCIe',
  'SCSI',
  'SATA/SAS',
  'front-side bus',
];

/** The two bytes that mark events of Intel's own. */
function ours(data: Uint8Array, kind: number): boolean {
  return at(data, 0) === 0xaa && at(data, 1) === kind;
}

function at(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}
