import { defineClass, reference } from '../../class.ts';

/** Which certificate TLS presents. [AMT: AMT_TLSCredentialContext] */
export const AMT_TLSCredentialContext = defineClass({
  name: 'AMT_TLSCredentialContext',
  properties: {
    ElementInContext: reference,
    ElementProvidingContext: reference,
  },
});
