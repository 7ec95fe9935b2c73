import { boolean, defineClass, named, string, uint16, uint32 } from '../../class.ts';
import { IEEE8021xAuthenticationProtocol } from '../cim/CIM_IEEE8021xSettings.ts';

/** Wired 802.1X settings of firmware before IPS_IEEE8021xSettings. [AMT: AMT_8021XProfile] */
export const AMT_8021XProfile = defineClass({
  name: 'AMT_8021XProfile',
  properties: {
    ActiveInS0: boolean,
    AuthenticationProtocol: named(uint16, IEEE8021xAuthenticationProtocol),
    ElementName: string,
    Enabled: boolean,
    InstanceID: string,
    PxeTimeout: uint32,
    RoamingIdentity: string,
    ServerCertificateName: string,
    Username: string,
  },
});
