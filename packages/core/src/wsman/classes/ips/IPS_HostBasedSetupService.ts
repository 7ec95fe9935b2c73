import { array, boolean, defineClass, named, octets, optional, returnValue, string, uint8 } from '../../class.ts';

/** How much the firmware lets a console do without asking the user. [AMT: IPS_HostBasedSetupService.CurrentControlMode] */
export const ControlMode = { 'Not provisioned': 0, Client: 1, Admin: 2 } as const;

/** How far the certificate chain for admin set-up has come. [AMT: IPS_HostBasedSetupService.CertChainStatus] */
export const CertChainStatus = { 'Not Started': 0, 'Chain In-Progress': 1, 'Chain Complete': 2 } as const;

/** Form of the password given to Setup. [AMT: IPS_HostBasedSetupService.Setup] */
export const AdminPassEncryptionType = { None: 0, Other: 1, 'HTTP Digest MD5(A1)': 2 } as const;

/** How a nonce is signed. The last one from 21 on. [AMT: IPS_HostBasedSetupService.AdminSetup] */
export const SetupSigningAlgorithm = { None: 0, Other: 1, 'RSA_SHA-2_256': 2, 'RSA_SHA-2_384': 3 } as const;

/** Results of set-up. [AMT: IPS_HostBasedSetupService.Setup] */
export const SetupReturnValue = {
  Success: 0,
  'Internal Error': 1,
  'Invalid State': 2,
  'Invalid Param': 3,
  'Method Disabled': 4,
  'Authentication Failed': 5,
  'Flash Write Limit Exceeded': 6,
} as const;

/** Results of giving a certificate. [AMT: IPS_HostBasedSetupService.AddNextCertInChain] */
export const AddNextCertInChainReturnValue = {
  Success: 0,
  'Invalid Param': 1,
  'Internal Error': 2,
  'Invalid State': 3,
  'Certificate Verification Failed': 4,
  'Certificate Chain Length Exceeded': 5,
} as const;

/** Set-up from the machine itself, and the control mode it led to; 6.2 and later. [AMT: IPS_HostBasedSetupService] */
export const IPS_HostBasedSetupService = defineClass({
  name: 'IPS_HostBasedSetupService',
  properties: {
    AllowedControlModes: array(named(uint8, ControlMode)),
    CertChainStatus: named(uint8, CertChainStatus),
    /** 20 bytes, another one for every attempt. */
    ConfigurationNonce: octets,
    CreationClassName: string,
    CurrentControlMode: named(uint8, ControlMode),
    ElementName: string,
    Name: string,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    /** `NetworkAdminPassword` is MD5 of `admin:realm:password` as lower-case hex. */
    Setup: {
      input: {
        NetAdminPassEncryptionType: named(uint8, AdminPassEncryptionType),
        NetworkAdminPassword: string,
        McNonce: optional(octets),
        Certificate: optional(octets),
        SigningAlgorithm: optional(named(uint8, SetupSigningAlgorithm)),
        DigitalSignature: optional(octets),
      },
      output: { ReturnValue: returnValue(SetupReturnValue) },
    },
    /** Leaf first, root last. */
    AddNextCertInChain: {
      input: { NextCertificate: octets, IsLeafCertificate: boolean, IsRootCertificate: boolean },
      output: { ReturnValue: returnValue(AddNextCertInChainReturnValue) },
    },
    /** The signature is over the configuration nonce and `McNonce`. */
    AdminSetup: {
      input: {
        NetAdminPassEncryptionType: named(uint8, AdminPassEncryptionType),
        NetworkAdminPassword: string,
        McNonce: octets,
        SigningAlgorithm: named(uint8, SetupSigningAlgorithm),
        DigitalSignature: octets,
      },
      output: { ReturnValue: returnValue(SetupReturnValue) },
    },
    UpgradeClientToAdmin: {
      input: {
        McNonce: octets,
        SigningAlgorithm: named(uint8, SetupSigningAlgorithm),
        DigitalSignature: octets,
      },
      output: { ReturnValue: returnValue(SetupReturnValue) },
    },
    DisableClientControlMode: { input: {}, output: { ReturnValue: returnValue(SetupReturnValue) } },
  },
});
