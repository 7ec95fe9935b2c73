import {
  datetime,
  defineClass,
  interval,
  named,
  optional,
  reference,
  returnValue,
  string,
  uint16,
} from '../../class.ts';
import { EnabledState, RequestedState, StateChangeReturnValue } from './CIM_EnabledLogicalElement.ts';

/** Power states that can be asked for or reported. Names are the schema's. [AMT: CIM_PowerManagementService] */
export const PowerState = {
  On: 2,
  'Sleep - Light': 3,
  'Sleep - Deep': 4,
  'Power Cycle (Off - Soft)': 5,
  'Off - Hard': 6,
  Hibernate: 7,
  'Off - Soft': 8,
  'Power Cycle (Off - Hard)': 9,
  'Master Bus Reset': 10,
  'Diagnostic Interrupt (NMI)': 11,
  'Off - Soft Graceful': 12,
  'Off - Hard Graceful': 13,
  'Master Bus Reset Graceful': 14,
  'Power Cycle (Off - Soft Graceful)': 15,
  'Power Cycle (Off - Hard Graceful)': 16,
} as const;

/** Changes the power state of the machine. [DSP1027] [AMT: CIM_PowerManagementService] */
export const CIM_PowerManagementService = defineClass({
  name: 'CIM_PowerManagementService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    /** Accepted first, done one to five seconds later. */
    RequestPowerStateChange: {
      input: {
        PowerState: named(uint16, PowerState),
        ManagedElement: optional(reference),
        Time: optional(datetime),
        TimeoutPeriod: optional(interval),
      },
      output: { ReturnValue: returnValue(StateChangeReturnValue) },
    },
  },
});
