import {
  defineClass,
  named,
  optional,
  reference,
  returnValue,
  string,
  uint16,
} from '../../class.ts';

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

/** Results of methods that change a state. [DSP1027 §8] */
export const StateChangeReturnValue = {
  'Completed with No Error': 0,
  'Not Supported': 1,
  'Unknown or Unspecified Error': 2,
  'Cannot complete within Timeout Period': 3,
  Failed: 4,
  'Invalid Parameter': 5,
  'In Use': 6,
  'Method Parameters Checked - Job Started': 4096,
  'Invalid State Transition': 4097,
  'Use of Timeout Parameter Not Supported': 4098,
  Busy: 4099,
} as const;

/** Changes the power state of the machine. [DSP1027] [AMT: CIM_PowerManagementService] */
export const CIM_PowerManagementService = defineClass({
  name: 'CIM_PowerManagementService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: uint16,
    Name: string,
    RequestedState: uint16,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    RequestPowerStateChange: {
      input: {
        PowerState: named(uint16, PowerState),
        ManagedElement: optional(reference),
      },
      output: { ReturnValue: returnValue(StateChangeReturnValue) },
    },
  },
});
