/** What everything that can be switched has in common. The class itself is never asked for. */
import { interval, named, optional, returnValue, uint16 } from '../../class.ts';

/** States of things that can be switched. [AMT: CIM_EnabledLogicalElement.EnabledState] */
export const EnabledState = {
  Unknown: 0,
  Other: 1,
  Enabled: 2,
  Disabled: 3,
  'Shutting Down': 4,
  'Not Applicable': 5,
  'Enabled but Offline': 6,
  'In Test': 7,
  Deferred: 8,
  Quiesce: 9,
  Starting: 10,
} as const;

/** States that can be asked for, and what a thing reports as last asked. [AMT: CIM_EnabledLogicalElement.RequestedState] */
export const RequestedState = {
  Unknown: 0,
  Enabled: 2,
  Disabled: 3,
  'Shut Down': 4,
  'No Change': 5,
  Offline: 6,
  Test: 7,
  Deferred: 8,
  Quiesce: 9,
  Reboot: 10,
  Reset: 11,
  'Not Applicable': 12,
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

/** The method `RequestStateChange` of a class whose states are those of `states`. */
export function requestStateChange<const States extends Readonly<Record<string, number>>>(states: States) {
  return {
    input: { RequestedState: named(uint16, states), TimeoutPeriod: optional(interval) },
    output: { ReturnValue: returnValue(StateChangeReturnValue) },
  };
}
