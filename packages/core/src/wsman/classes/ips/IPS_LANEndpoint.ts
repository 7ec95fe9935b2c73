import { defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';

/** The host's end of a network port. [AMT: IPS_LANEndpoint] */
export const IPS_LANEndpoint = defineClass({
  name: 'IPS_LANEndpoint',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    LANType: uint16,
    /** Hex digits without separators. */
    MACAddress: string,
    Name: string,
    ProtocolType: uint16,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
});
