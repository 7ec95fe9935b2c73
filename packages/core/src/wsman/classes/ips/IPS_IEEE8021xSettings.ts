import { boolean, defineClass, named, optional, reference, returnValue, string, uint16, uint32 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { IEEE8021xAuthenticationProtocol } from '../cim/CIM_IEEE8021xSettings.ts';

/** Whether wired 802.1X is used. [AMT: IPS_IEEE8021xSettings.Enabled] */
export const IEEE8021xEnabled = {
  'Enabled with certificates': 2,
  Disabled: 3,
  'Enabled without certificates': 6,
} as const;

/** Wired 802.1X settings. [AMT: IPS_IEEE8021xSettings] */
export const IPS_IEEE8021xSettings = defineClass({
  name: 'IPS_IEEE8021xSettings',
  properties: {
    AuthenticationProtocol: named(uint16, IEEE8021xAuthenticationProtocol),
    AvailableInS0: boolean,
    Domain: string,
    ElementName: string,
    Enabled: named(uint16, IEEE8021xEnabled),
    InstanceID: string,
    /** Write-only. */
    Password: string,
    /** Seconds. */
    PxeTimeout: uint32,
    RoamingIdentity: string,
    ServerCertificateName: string,
    ServerCertificateNameComparison: uint16,
    Username: string,
  },
  methods: {
    SetCertificates: {
      input: { ServerCertificateIssuer: optional(reference), ClientCertificate: optional(reference) },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
