import { defineClass, named, string, uint16 } from '../../class.ts';
import { requestStateChange } from './CIM_EnabledLogicalElement.ts';
import { LinkTechnology } from './CIM_NetworkPort.ts';

/** When the wireless port is on. [AMT: CIM_WiFiPort.EnabledState] */
export const WiFiPortState = { Disabled: 3, 'Enabled in S0': 32768, 'Enabled in S0 and Sx/AC': 32769 } as const;

/** The wireless port as a device. [AMT: CIM_WiFiPort] */
export const CIM_WiFiPort = defineClass({
  name: 'CIM_WiFiPort',
  properties: {
    CreationClassName: string,
    DeviceID: string,
    ElementName: string,
    EnabledState: named(uint16, WiFiPortState),
    HealthState: uint16,
    LinkTechnology: named(uint16, LinkTechnology),
    PermanentAddress: string,
    PortType: uint16,
    RequestedState: named(uint16, WiFiPortState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: { RequestStateChange: requestStateChange(WiFiPortState) },
});
