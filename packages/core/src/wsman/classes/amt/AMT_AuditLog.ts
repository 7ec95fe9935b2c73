import {
  array,
  datetimeOrText,
  defineClass,
  named,
  octets,
  optional,
  returnValue,
  string,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** What happens when the audit log is full. [AMT: AMT_AuditLog.OverwritePolicy] */
export const AuditLogOverwritePolicy = {
  Unknown: 0,
  'Wraps When Full': 2,
  'Never Overwrites': 7,
  'Partial Restricted Rollover': 32768,
} as const;

/** How the audit log may be overwritten. [AMT: AMT_AuditLog.StoragePolicy] */
export const AuditLogStoragePolicy = {
  'No Roll-Over': 0,
  'Roll-Over': 1,
  'Restricted Roll-Over': 2,
} as const;

/** Who did what to the firmware. Reading it needs the audit realm; with an auditor set, nobody else may. [AMT: AMT_AuditLog] */
export const AMT_AuditLog = defineClass({
  name: 'AMT_AuditLog',
  properties: {
    /** Bit field; 16 is unlocked. */
    AuditState: uint32,
    CurrentNumberOfRecords: uint64,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    MaxAllowedAuditors: uint32,
    MaxNumberOfRecords: uint64,
    Name: string,
    OverwritePolicy: named(uint16, AuditLogOverwritePolicy),
    PercentageFree: uint8,
    RequestedState: named(uint16, RequestedState),
    StoragePolicy: named(uint16, AuditLogStoragePolicy),
    TimeOfLastRecord: datetimeOrText,
  },
  methods: {
    ClearLog: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    RequestStateChange: requestStateChange(RequestedState),
    /** `StartIndex` is 1 for the oldest record. About ten records come at once; go on by `RecordsReturned`. */
    ReadRecords: {
      input: { StartIndex: uint32 },
      output: {
        TotalRecordCount: uint32,
        RecordsReturned: uint32,
        EventRecords: array(octets),
        ReturnValue: returnValue(PT_STATUS),
      },
    },
    SetAuditLock: {
      input: { LockTimeoutInSeconds: uint32, Flag: uint32, Handle: optional(uint32) },
      output: { Handle: uint32, ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
