import { array, boolean, defineClass, named, optional, returnValue, string, uint16, uint32 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';

/** When the wireless link is the firmware's. One number per power state and supply. [AMT: AMT_EthernetPortSettings.LinkPolicy] */
export const LinkPolicy = {
  'available on S0 AC': 1,
  'available on Sx AC': 14,
  'available on S0 DC': 16,
  'available on Sx DC': 224,
} as const;

/** Who has the wireless link. [AMT: AMT_EthernetPortSettings.LinkPreference] */
export const LinkPreference = { ME: 1, HOST: 2 } as const;

/** What kind of port it is. [AMT: AMT_EthernetPortSettings.PhysicalConnectionType] */
export const PhysicalConnectionType = {
  'Integrated LAN NIC': 0,
  'Discrete LAN NIC': 1,
  'LAN via a Thunderbolt dock': 2,
  'Wireless LAN': 3,
} as const;

/** How strongly the wireless link is kept from the host. [AMT: AMT_EthernetPortSettings.WLANLinkProtectionLevel] */
export const WLANLinkProtectionLevel = { Override: 0, None: 1, Passive: 2, High: 3 } as const;

/**
 * Addresses of one network port: instance 0 is wired, 1 wireless. Machines without a wired port list it nevertheless,
 * with an all-zero MAC address or none. [AMT: AMT_EthernetPortSettings]
 */
export const AMT_EthernetPortSettings = defineClass({
  name: 'AMT_EthernetPortSettings',
  properties: {
    ConsoleTcpMaxRetransmissions: uint32,
    DHCPEnabled: boolean,
    DefaultGateway: string,
    ElementName: string,
    IPAddress: string,
    InstanceID: string,
    IpSyncEnabled: boolean,
    LinkControl: named(uint32, LinkPreference),
    LinkIsUp: boolean,
    LinkPolicy: array(named(uint32, LinkPolicy)),
    LinkPreference: named(uint32, LinkPreference),
    /** Lower case with hyphens. */
    MACAddress: string,
    PhysicalConnectionType: named(uint32, PhysicalConnectionType),
    PhysicalNicMedium: uint32,
    PrimaryDNS: string,
    SecondaryDNS: string,
    SharedDynamicIP: boolean,
    SharedMAC: boolean,
    SharedStaticIp: boolean,
    SubnetMask: string,
    VLANTag: uint16,
    WLANLinkProtectionLevel: named(uint32, WLANLinkProtectionLevel),
  },
  readOnly: [
    'LinkControl',
    'LinkIsUp',
    'LinkPreference',
    'MACAddress',
    'PhysicalConnectionType',
    'PhysicalNicMedium',
    'WLANLinkProtectionLevel',
  ],
  methods: {
    /** Wireless only: takes the radio for `Timeout` seconds. */
    SetLinkPreference: {
      input: { LinkPreference: named(uint32, LinkPreference), Timeout: optional(uint32) },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
