import { array, defineClass, named, string, uint16 } from '../../class.ts';
import { PowerState } from './CIM_PowerManagementService.ts';

/** Ways in which the power can be managed. [AMT: CIM_PowerManagementCapabilities.PowerChangeCapabilities] */
export const PowerChangeCapability = {
  Unknown: 0,
  Other: 1,
  'Power Saving Modes Entered Automatically': 2,
  'Power State Settable': 3,
  'Power Cycling Supported': 4,
  'Timed Power On Supported': 5,
  'Off Hard Power Cycling Supported': 6,
  'HW Reset Supported': 7,
  'Graceful Shutdown Supported': 8,
} as const;

/** What this firmware can do to the power at all. [DSP1027] [AMT: CIM_PowerManagementCapabilities] */
export const CIM_PowerManagementCapabilities = defineClass({
  name: 'CIM_PowerManagementCapabilities',
  properties: {
    ElementName: string,
    InstanceID: string,
    OtherPowerChangeCapabilities: array(string),
    PowerChangeCapabilities: array(named(uint16, PowerChangeCapability)),
    PowerStatesSupported: array(named(uint16, PowerState)),
    RequestedPowerStatesSupported: array(named(uint16, PowerState)),
  },
});
