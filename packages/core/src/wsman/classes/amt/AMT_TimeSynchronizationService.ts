import { defineClass, named, returnValue, string, uint16, uint32 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';

/** Whether the local agent may set the clock. [AMT: AMT_TimeSynchronizationService.LocalTimeSyncEnabled] */
export const LocalTimeSyncEnabled = { 'Default True': 0, 'Configured True': 1, False: 2 } as const;

/** Where the time comes from. [AMT: AMT_TimeSynchronizationService.TimeSource] */
export const TimeSource = { 'BIOS RTC': 0, Configured: 1 } as const;

/** The firmware's clock. [AMT: AMT_TimeSynchronizationService] */
export const AMT_TimeSynchronizationService = defineClass({
  name: 'AMT_TimeSynchronizationService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    LocalTimeSyncEnabled: named(uint32, LocalTimeSyncEnabled),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
    TimeSource: named(uint32, TimeSource),
  },
  methods: {
    /** The firmware's time, in seconds since 1970. */
    GetLowAccuracyTimeSynch: { input: {}, output: { Ta0: uint32, ReturnValue: returnValue(PT_STATUS) } },
    /** `Ta0` as it was read, `Tm1` the console's time when it arrived, `Tm2` the console's time now. */
    SetHighAccuracyTimeSynch: {
      input: { Ta0: uint32, Tm1: uint32, Tm2: uint32 },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
