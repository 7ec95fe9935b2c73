import { array, boolean, defineClass, named, string, uint16, uint64 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** A fan. [AMT: CIM_Fan] */
export const CIM_Fan = defineClass({
  name: 'CIM_Fan',
  properties: {
    ActiveCooling: boolean,
    CreationClassName: string,
    DesiredSpeed: uint64,
    DeviceID: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    HealthState: uint16,
    OperationalStatus: array(uint16),
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
    VariableSpeed: boolean,
  },
});
