import { array, boolean, defineClass, named, octets, returnValue, string, uint16, uint32 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';

/** Where the machine's power comes from. [AMT: AMT_GeneralSettings.PowerSource] */
export const PowerSource = { AC: 0, DC: 1 } as const;

/** How much the firmware shows of itself. [AMT: AMT_GeneralSettings.PrivacyLevel] */
export const PrivacyLevel = { Default: 0, Enhanced: 1, Extreme: 2 } as const;

/** Names, realm and network behaviour of the firmware. [AMT: AMT_GeneralSettings] */
export const AMT_GeneralSettings = defineClass({
  name: 'AMT_GeneralSettings',
  properties: {
    AMTNetworkEnabled: uint32,
    DDNSPeriodicUpdateInterval: uint32,
    DDNSTTL: uint32,
    DDNSUpdateByDHCPServerEnabled: boolean,
    DDNSUpdateEnabled: boolean,
    DHCPSyncRequiresHostname: uint32,
    DHCPv6ConfigurationTimeout: uint32,
    /** Changes when the machine is provisioned again. */
    DigestRealm: string,
    DomainName: string,
    ElementName: string,
    HostName: string,
    /** Written by the local agent, read-only. */
    HostOSFQDN: string,
    /** Minutes; 65535 is never. */
    IdleWakeTimeout: uint32,
    InstanceID: string,
    NetworkInterfaceEnabled: boolean,
    PingResponseEnabled: boolean,
    PowerSource: named(uint32, PowerSource),
    PreferredAddressFamily: uint32,
    PresenceNotificationInterval: uint32,
    PrivacyLevel: named(uint32, PrivacyLevel),
    RmcpPingResponseEnabled: boolean,
    SharedFQDN: boolean,
    ThunderboltDockEnabled: uint32,
    WsmanOnlyMode: boolean,
  },
  methods: {
    /** Proof of the device's identity, 15 and later. The nonce is 20 bytes. */
    AMTAuthenticate: {
      input: { MC_Nonce: octets },
      output: {
        AMT_Nonce: octets,
        UUID: octets,
        FQDN: string,
        FWVersion: string,
        Signature: octets,
        LengthOfCertificates: array(uint16),
        Certificates: octets,
        ReturnValue: returnValue(PT_STATUS),
      },
    },
  },
});
