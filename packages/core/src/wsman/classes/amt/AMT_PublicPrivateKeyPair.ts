import { defineClass, octets, string } from '../../class.ts';

/** A key pair in the firmware's store; the private half stays there. [AMT: AMT_PublicPrivateKeyPair] */
export const AMT_PublicPrivateKeyPair = defineClass({
  name: 'AMT_PublicPrivateKeyPair',
  properties: {
    /** The public key as PKCS#1 DER. */
    DERKey: octets,
    ElementName: string,
    InstanceID: string,
  },
});
