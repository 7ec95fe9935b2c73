import { array, defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** A computer: the managed one (`ManagedSystem`), or the firmware (`Intel(r) AMT`). [AMT: CIM_ComputerSystem] */
export const CIM_ComputerSystem = defineClass({
  name: 'CIM_ComputerSystem',
  properties: {
    CreationClassName: string,
    Dedicated: array(uint16),
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    NameFormat: string,
    OperationalStatus: array(uint16),
    RequestedState: named(uint16, RequestedState),
  },
});
