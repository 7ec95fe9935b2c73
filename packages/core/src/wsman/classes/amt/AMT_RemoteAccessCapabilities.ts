import { defineClass, string, uint32 } from '../../class.ts';

/** How many servers and policies the firmware can keep. [AMT: AMT_RemoteAccessCapabilities] */
export const AMT_RemoteAccessCapabilities = defineClass({
  name: 'AMT_RemoteAccessCapabilities',
  properties: {
    ElementName: string,
    InstanceID: string,
    MaxMpsPerPolicy: uint32,
    MaxTotalMpServers: uint32,
    MaxTotalPolicies: uint32,
    MaxTotalProxyEntryPoints: uint32,
  },
});
