import { array, defineClass, named, string, uint16, uint64 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';
import { LinkTechnology } from './CIM_NetworkPort.ts';

/** A wired port as a device. [AMT: CIM_EthernetPort] */
export const CIM_EthernetPort = defineClass({
  name: 'CIM_EthernetPort',
  properties: {
    CreationClassName: string,
    Description: string,
    DeviceID: string,
    ElementName: string,
    EnabledDefault: named(uint16, EnabledState),
    EnabledState: named(uint16, EnabledState),
    LinkTechnology: named(uint16, LinkTechnology),
    /** Bits per second. */
    MaxSpeed: uint64,
    /** Hex digits without separators. */
    NetworkAddresses: array(string),
    OperationalStatus: array(uint16),
    PortType: uint16,
    RequestedState: named(uint16, RequestedState),
    /** Bits per second. */
    Speed: uint64,
    SystemCreationClassName: string,
    SystemName: string,
  },
});
