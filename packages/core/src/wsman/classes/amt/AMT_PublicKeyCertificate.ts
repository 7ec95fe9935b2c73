import { boolean, defineClass, octets, string } from '../../class.ts';

/** A certificate in the firmware's store, its own or a trusted root. [AMT: AMT_PublicKeyCertificate] */
export const AMT_PublicKeyCertificate = defineClass({
  name: 'AMT_PublicKeyCertificate',
  properties: {
    ElementName: string,
    InstanceID: string,
    Issuer: string,
    Subject: string,
    /** Spelled as the schema spells it. */
    TrustedRootCertficate: boolean,
    /** DER. */
    X509Certificate: octets,
  },
  readOnly: ['Issuer', 'Subject', 'TrustedRootCertficate'],
});
