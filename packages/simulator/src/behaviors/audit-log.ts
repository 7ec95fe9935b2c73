/** The audit log: who did what, oldest first. [AMT: AMT_AuditLog] */
import { type AuditRecord, encodeAuditRecord } from '@amtkit/core/wire';
import { type Behavior, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Properties, text } from '../values.ts';

const CLASS = 'AMT_AuditLog';
/** Records kept; the real log wraps by size, at about this many. */
const MOST = 500;
/** PT_STATUS. */
const INVALID_INDEX = 35;
const NOT_PERMITTED = 16;

/** Answers for the audit log. */
export const auditLog: Behavior = {
  name: 'audit-log',

  enumerate(firmware, { className }) {
    if (className !== CLASS) return undefined;
    const { records, enabled } = firmware.state.audit;
    const newest = records.at(-1);
    return (firmware.instances(CLASS) ?? []).map((properties) => ({
      className,
      properties: {
        ...properties,
        CurrentNumberOfRecords: records.length,
        EnabledState: enabled ? 2 : 3,
        PercentageFree: Math.ceil(100 - (100 * records.length) / MOST),
        ...(newest && { TimeOfLastRecord: { datetime: isoOf(newest.seconds) } }),
      },
    }));
  },

  invoke(firmware, { className, method, input, account, address }) {
    if (className !== CLASS) return undefined;
    switch (method) {
      case 'ReadRecords':
        return readRecords(firmware, input);
      case 'SetAuditLock':
        return setLock(firmware, input);
      case 'ClearLog':
        return clear(firmware, account.name, address);
      case 'RequestStateChange':
        return switchTo(firmware, text(input.RequestedState), account.name, address);
      default:
        throw new SoapFault('ActionNotSupported');
    }
  },
};

/** What there is to say about something audited; without a user it was done at the machine itself. */
export interface Audited {
  readonly application: number;
  readonly event: number;
  readonly user?: string;
  /** Somebody at port 5900, who has no name. */
  readonly viewer?: true;
  readonly address?: string;
  readonly data?: Uint8Array;
}

/** Writes a record, while auditing is on. */
export function recordAudit(
  firmware: Firmware,
  { application, event, user, viewer, address = '', data }: Audited,
): void {
  if (!firmware.state.audit.enabled) return;
  const record: AuditRecord = {
    application,
    event,
    initiator: viewer ? { kind: 'kvm' } : user === undefined ? { kind: 'local' } : { kind: 'digest', user },
    seconds: firmware.seconds(),
    address: viewer || user !== undefined ? address : '',
    data: data ?? new Uint8Array(0),
  };
  firmware.change((state) => {
    state.audit.records = [...state.audit.records.slice(-(MOST - 1)), record];
  });
}

function readRecords(firmware: Firmware, input: Properties) {
  const { records } = firmware.state.audit;
  const start = Number(text(input.StartIndex));
  if (!(start >= 1) || (start > records.length && records.length > 0)) return { ReturnValue: INVALID_INDEX };
  const taken = records.slice(start - 1, start - 1 + firmware.quirks.auditPerReply);
  return {
    TotalRecordCount: records.length,
    RecordsReturned: taken.length,
    ...(taken.length > 0 && {
      EventRecords: taken.map((record) => Buffer.from(encodeAuditRecord(record)).toString('base64')),
    }),
    ReturnValue: 0,
  };
}

/** Flag 0 takes the lock with a new handle, 2 gives it back. */
function setLock(firmware: Firmware, input: Properties) {
  const { lock } = firmware.state.audit;
  const release = text(input.Flag) === '2' || text(input.LockTimeoutInSeconds) === '0';
  if (release) {
    firmware.change((state) => {
      state.audit.lock = 0;
    });
    return { Handle: 0, ReturnValue: 0 };
  }
  if (lock !== 0) return { ReturnValue: NOT_PERMITTED };
  const handle = 1 + Math.floor(firmware.random() * 0xfffe);
  const seconds = Number(text(input.LockTimeoutInSeconds));
  firmware.change((state) => {
    state.audit.lock = handle;
  });
  firmware.clock.after(seconds * 1000, () => {
    if (firmware.state.audit.lock !== handle) return;
    firmware.change((state) => {
      state.audit.lock = 0;
    });
  });
  return { Handle: handle, ReturnValue: 0 };
}

/** Only who holds the lock may clear; what remains is that it was cleared. */
function clear(firmware: Firmware, user: string, address: string) {
  if (firmware.state.audit.lock === 0) return { ReturnValue: NOT_PERMITTED };
  firmware.change((state) => {
    state.audit.records = [];
  });
  recordAudit(firmware, { application: 20, event: 0, user, address });
  return { ReturnValue: 0 };
}

function switchTo(firmware: Firmware, requested: string, user: string, address: string) {
  if (requested !== '2' && requested !== '3') return { ReturnValue: 5 };
  const enabled = requested === '2';
  if (!enabled) recordAudit(firmware, { application: 20, event: 2, user, address });
  firmware.change((state) => {
    state.audit.enabled = enabled;
  });
  if (enabled) recordAudit(firmware, { application: 20, event: 3, user, address });
  return { ReturnValue: 0 };
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
