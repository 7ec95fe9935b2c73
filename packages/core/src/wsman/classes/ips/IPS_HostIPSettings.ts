import { boolean, defineClass, string } from '../../class.ts';

/** Address of the operating system, as the local agent reports it. [AMT: IPS_HostIPSettings] */
export const IPS_HostIPSettings = defineClass({
  name: 'IPS_HostIPSettings',
  properties: {
    DHCPEnabled: boolean,
    DefaultGateway: string,
    ElementName: string,
    IPAddress: string,
    InstanceID: string,
    PrimaryDNS: string,
    SecondaryDNS: string,
    SubnetMask: string,
  },
});
