import { defineClass, named, string, uint16 } from '../../class.ts';

/** How a machine proves itself to a switch or access point. [AMT: CIM_IEEE8021xSettings.AuthenticationProtocol] */
export const IEEE8021xAuthenticationProtocol = {
  'EAP-TLS': 0,
  'EAP-TTLS/MSCHAPv2': 1,
  'PEAPv0/EAP-MSCHAPv2': 2,
  'PEAPv1/EAP-GTC': 3,
  'EAP-FAST/MSCHAPv2': 4,
  'EAP-FAST/GTC': 5,
  'EAP-MD5': 6,
  'EAP-PSK': 7,
  'EAP-SIM': 8,
  'EAP-AKA': 9,
  'EAP-FAST/TLS': 10,
} as const;

/** 802.1X settings that belong to a wireless profile. [AMT: CIM_IEEE8021xSettings] */
export const CIM_IEEE8021xSettings = defineClass({
  name: 'CIM_IEEE8021xSettings',
  properties: {
    AuthenticationProtocol: named(uint16, IEEE8021xAuthenticationProtocol),
    Domain: string,
    ElementName: string,
    InstanceID: string,
    /** Write-only. */
    Password: string,
    RoamingIdentity: string,
    ServerCertificateName: string,
    ServerCertificateNameComparison: uint16,
    Username: string,
  },
});
