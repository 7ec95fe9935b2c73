import { defineClass, string } from '../../class.ts';

/** What {@link AMT_TLSCredentialContext} ties a certificate to. [AMT: AMT_TLSProtocolEndpointCollection] */
export const AMT_TLSProtocolEndpointCollection = defineClass({
  name: 'AMT_TLSProtocolEndpointCollection',
  properties: { ElementName: string },
});
