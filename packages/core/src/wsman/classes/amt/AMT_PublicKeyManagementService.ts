import { array, defineClass, named, octets, reference, returnValue, string, uint8, uint16 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';

/** Kind of a key. ECC from 22 on. [AMT: AMT_PublicKeyManagementService.GenerateKeyPair] */
export const KeyAlgorithm = { RSA: 0, ECC: 1 } as const;

/** How a certificate request is signed. [AMT: AMT_PublicKeyManagementService.GeneratePKCS10RequestEx] */
export const RequestSigningAlgorithm = { 'SHA1-RSA': 0, 'SHA256-RSA': 1 } as const;

/** Adds certificates and keys to the firmware's store. [AMT: AMT_PublicKeyManagementService] */
export const AMT_PublicKeyManagementService = defineClass({
  name: 'AMT_PublicKeyManagementService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledDefault: named(uint16, EnabledState),
    EnabledState: named(uint16, EnabledState),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    AddCRL: {
      input: { Url: string, SerialNumbers: array(octets) },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
    ResetCRLList: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    AddCertificate: {
      input: { CertificateBlob: octets },
      output: { CreatedCertificate: reference, ReturnValue: returnValue(PT_STATUS) },
    },
    AddTrustedRootCertificate: {
      input: { CertificateBlob: octets },
      output: { CreatedCertificate: reference, ReturnValue: returnValue(PT_STATUS) },
    },
    /** The private key as PKCS#1 DER. */
    AddKey: {
      input: { KeyBlob: octets },
      output: { CreatedKey: reference, ReturnValue: returnValue(PT_STATUS) },
    },
    GeneratePKCS10RequestEx: {
      input: {
        KeyPair: reference,
        SigningAlgorithm: named(uint8, RequestSigningAlgorithm),
        NullSignedCertificateRequest: octets,
      },
      output: { SignedCertificateRequest: octets, ReturnValue: returnValue(PT_STATUS) },
    },
    /** Takes seconds; OPERATION_IN_PROGRESS means to ask again in ten. */
    GenerateKeyPair: {
      input: { KeyAlgorithm: named(uint8, KeyAlgorithm), KeyLength: uint16 },
      output: { KeyPair: reference, ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
