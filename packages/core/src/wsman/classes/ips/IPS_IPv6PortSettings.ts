import { array, defineClass, named, string, uint32 } from '../../class.ts';

/** Where the second half of an IPv6 address comes from. [AMT: IPS_IPv6PortSettings.InterfaceIDType] */
export const InterfaceIDType = { 'Random ID': 0, 'Intel ID': 1, 'Manual ID': 2 } as const;

/** IPv6 of one network port. [AMT: IPS_IPv6PortSettings] */
export const IPS_IPv6PortSettings = defineClass({
  name: 'IPS_IPv6PortSettings',
  properties: {
    CurrentAddressInfo: array(string),
    CurrentDefaultRouter: string,
    CurrentPrimaryDNS: string,
    CurrentSecondaryDNS: string,
    DefaultRouter: string,
    ElementName: string,
    IPv6Address: string,
    InstanceID: string,
    InterfaceIDType: named(uint32, InterfaceIDType),
    /** Sixteen hex digits. */
    ManualInterfaceID: string,
    PrimaryDNS: string,
    SecondaryDNS: string,
  },
  readOnly: ['CurrentAddressInfo', 'CurrentDefaultRouter', 'CurrentPrimaryDNS', 'CurrentSecondaryDNS'],
});
