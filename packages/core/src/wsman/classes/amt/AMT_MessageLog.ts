import {
  array,
  boolean,
  defineClass,
  named,
  octets,
  returnValue,
  sint32,
  string,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** What can be done with a log. [AMT: AMT_MessageLog.Capabilities] */
export const MessageLogCapability = {
  Unknown: 0,
  Other: 1,
  'Write Record Supported': 2,
  'Delete Record Supported': 3,
  'Can Move Backward in Log': 4,
  'Freeze Log Supported': 5,
  'Clear Log Supported': 6,
  'Supports Addressing by Ordinal Record Number': 7,
  'Variable Length Records Supported': 8,
  'Variable Formats for Records': 9,
  'Can Flag Records for Overwrite': 10,
} as const;

/** What happens when the event log is full. [AMT: AMT_MessageLog.OverwritePolicy] */
export const MessageLogOverwritePolicy = {
  Unknown: 0,
  Other: 1,
  'Wraps When Full': 2,
  'Clear When Near Full': 3,
  'Overwrite Outdated When Needed': 4,
  'Remove Outdated Records': 5,
  'Overwrite Specific Records': 6,
  'Never Overwrite': 7,
} as const;

/** Results of reading records. [AMT: AMT_MessageLog.GetRecords] */
export const GetRecordsReturnValue = {
  'Completed with No Error': 0,
  'Not Supported': 1,
  'Invalid record pointed': 2,
  'No record exists in log': 3,
} as const;

/** Results of going to the first record. [AMT: AMT_MessageLog.PositionToFirstRecord] */
export const PositionToFirstRecordReturnValue = {
  'Completed with No Error': 0,
  'Not Supported': 1,
  'No record exists': 2,
} as const;

/** The event log: 390 records of 21 bytes, newest first. [AMT: AMT_MessageLog] */
export const AMT_MessageLog = defineClass({
  name: 'AMT_MessageLog',
  properties: {
    Capabilities: array(named(uint16, MessageLogCapability)),
    CharacterSet: uint16,
    CreationClassName: string,
    CurrentNumberOfRecords: uint64,
    ElementName: string,
    EnabledDefault: named(uint16, EnabledState),
    EnabledState: named(uint16, EnabledState),
    HealthState: uint16,
    IsFrozen: boolean,
    LastChange: uint16,
    LogState: uint16,
    MaxLogSize: uint64,
    MaxNumberOfRecords: uint64,
    MaxRecordSize: uint64,
    Name: string,
    OperationalStatus: array(uint16),
    OverwritePolicy: named(uint16, MessageLogOverwritePolicy),
    PercentageNearFull: uint8,
    RequestedState: named(uint16, RequestedState),
    SizeOfHeader: uint16,
    SizeOfRecordHeader: uint16,
    Status: string,
  },
  methods: {
    CancelIteration: { input: { IterationIdentifier: uint32 }, output: { ReturnValue: returnValue(PT_STATUS) } },
    RequestStateChange: requestStateChange(RequestedState),
    /** Refused with EVENTLOG_FROZEN while the log is frozen. */
    ClearLog: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    /** At most 390 records; the identifier that comes back is where to go on until `NoMoreRecords`. */
    GetRecords: {
      input: { IterationIdentifier: uint32, MaxReadRecords: uint32 },
      output: {
        IterationIdentifier: uint32,
        NoMoreRecords: boolean,
        RecordArray: array(octets),
        ReturnValue: returnValue(GetRecordsReturnValue),
      },
    },
    GetRecord: {
      input: { IterationIdentifier: uint32, PositionToNext: boolean },
      output: {
        IterationIdentifier: uint32,
        RecordData: octets,
        ReturnValue: returnValue(GetRecordsReturnValue),
      },
    },
    PositionAtRecord: {
      input: { IterationIdentifier: uint32, MoveAbsolute: boolean, RecordNumber: sint32 },
      output: { IterationIdentifier: uint32, RecordNumber: sint32, ReturnValue: returnValue(GetRecordsReturnValue) },
    },
    PositionToFirstRecord: {
      input: {},
      output: { IterationIdentifier: uint32, ReturnValue: returnValue(PositionToFirstRecordReturnValue) },
    },
    FreezeLog: { input: { Freeze: boolean }, output: { ReturnValue: returnValue(PT_STATUS) } },
  },
});
