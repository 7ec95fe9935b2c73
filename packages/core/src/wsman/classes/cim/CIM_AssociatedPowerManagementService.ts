import { array, defineClass, named, reference, uint16 } from '../../class.ts';
import { PowerState } from './CIM_PowerManagementService.ts';

/** The power state of the machine, and what may be asked of it at this moment. [DSP1027] [AMT: CIM_AssociatedPowerManagementService] */
export const CIM_AssociatedPowerManagementService = defineClass({
  name: 'CIM_AssociatedPowerManagementService',
  parent: 'CIM_ServiceAvailableToElement',
  properties: {
    AvailableRequestedPowerStates: array(named(uint16, PowerState)),
    PowerState: named(uint16, PowerState),
    RequestedPowerState: named(uint16, PowerState),
    ServiceProvided: reference,
    UserOfService: reference,
  },
});
