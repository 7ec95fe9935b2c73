import { array, boolean, defineClass, named, returnValue, string, uint8, uint32 } from '../../class.ts';

/** What a service principal is for. [AMT: AMT_KerberosSettingData.ServicePrincipalProtocol] */
export const ServicePrincipalProtocol = {
  HTTP: 0,
  HTTPS: 1,
  'SOL and IDER': 2,
  'SOL and IDER using SSL': 3,
} as const;

/** Encryption offered to Kerberos. [AMT: AMT_KerberosSettingData.SupportedEncryptionAlgorithms] */
export const KerberosEncryption = {
  'RC4-HMAC': 0,
  'AES128-CTS-HMAC-SHA1-96': 1,
  'AES256-CTS-HMAC-SHA1-96': 2,
} as const;

/** Results of the Kerberos methods. [AMT: AMT_KerberosSettingData] */
export const KerberosReturnValue = {
  Success: 0,
  'Not Supported': 1,
  'Unspecified Error': 2,
  'Unsupported Parameter': 3,
  'No Kerberos Realm Name': 4,
  'No Service Principal Name': 5,
  'No Service Principal Protocol': 6,
  'No Key Version': 7,
  'No Encryption Algorithm': 8,
  'No Master Key': 9,
  'No Maximum Clock Tolerance': 10,
  'No Kerberos Enabled': 11,
  'No Passphrase': 12,
  'No Salt': 13,
  'No Iteration Count': 14,
  'No Supported Encryption Algorithms': 15,
  'No Configured Encryption Algorithms': 16,
} as const;

/** Logging in by Kerberos ticket. [AMT: AMT_KerberosSettingData] */
export const AMT_KerberosSettingData = defineClass({
  name: 'AMT_KerberosSettingData',
  properties: {
    ElementName: string,
    InstanceID: string,
    KeyVersion: uint32,
    KrbEnabled: boolean,
    MaximumClockTolerance: uint32,
    RealmName: string,
    ServicePrincipalName: array(string),
    ServicePrincipalProtocol: array(named(uint8, ServicePrincipalProtocol)),
    SupportedEncryptionAlgorithms: array(named(uint8, KerberosEncryption)),
  },
  methods: {
    GetCredentialCacheState: {
      input: {},
      output: { Enabled: boolean, ReturnValue: returnValue(KerberosReturnValue) },
    },
    SetCredentialCacheState: {
      input: { Enable: boolean },
      output: { ReturnValue: returnValue(KerberosReturnValue) },
    },
  },
});
