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
import { EnabledState, RequestedState, StateChangeReturnValue } from '../cim/CIM_EnabledLogicalElement.ts';

/** What the operating system does with the power while the machine is on. [AMT: IPS_PowerManagementService.OSPowerSavingState] */
export const OSPowerSavingState = { Unknown: 0, Unsupported: 1, 'Full Power': 2, 'OS Power Saving': 3 } as const;

/** Modern standby; 10 and later. Observed (16): the state is absent while the machine is off. [AMT: IPS_PowerManagementService] */
export const IPS_PowerManagementService = defineClass({
  name: 'IPS_PowerManagementService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    OSPowerSavingState: named(uint16, OSPowerSavingState),
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    RequestOSPowerSavingStateChange: {
      input: {
        OSPowerSavingState: named(uint16, OSPowerSavingState),
        ManagedElement: optional(reference),
        Time: optional(datetime),
        TimeoutPeriod: optional(interval),
      },
      output: { ReturnValue: returnValue(StateChangeReturnValue) },
    },
  },
});
