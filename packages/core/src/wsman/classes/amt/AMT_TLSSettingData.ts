import { array, boolean, defineClass, string } from '../../class.ts';

/** TLS of one interface: the network, or the local agent. Changes hold after CommitChanges. [AMT: AMT_TLSSettingData] */
export const AMT_TLSSettingData = defineClass({
  name: 'AMT_TLSSettingData',
  properties: {
    AcceptNonSecureConnections: boolean,
    ElementName: string,
    Enabled: boolean,
    InstanceID: string,
    MutualAuthentication: boolean,
    /** From 16.1 to 18: whether the firmware could speak in plain at all. */
    NonSecureConnectionsSupported: boolean,
    TrustedCN: array(string),
  },
  readOnly: ['NonSecureConnectionsSupported'],
});
