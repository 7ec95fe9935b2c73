/** Intel AMT 11.8 of 2017: plain and TLS up to 1.2. */
import { amt12 } from './amt-12.ts';
import type { Profile } from './profile.ts';

/** 11.8, the last before plain TLS 1.0 went. */
export const amt11: Profile = {
  ...amt12,
  name: 'amt-11',
  version: '11.8.50',
  build: '3425',
  tls: {
    min: 'TLSv1',
    max: 'TLSv1.2',
    ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256:AES256-SHA:AES128-SHA:@SECLEVEL=0',
  },
  absent: [
    ...amt12.absent,
    // From 12 on. UNCERTAIN.
    'IPS_HostBootReason',
  ],
  changes: {
    // One-Click Recovery and remote erase came with 15 and 16.
    AMT_BootSettingData: {
      PlatformErase: undefined,
      RPEEnabled: undefined,
      SecureBootControlEnabled: undefined,
      UEFIHTTPSBootEnabled: undefined,
      UEFILocalPBABootEnabled: undefined,
      UefiBootNumberOfParams: undefined,
      WinREBootEnabled: undefined,
    },
    AMT_WiFiPortConfigurationService: { UEFIWiFiProfileShareEnabled: undefined },
  },
  quirks: {
    ...amt12.quirks,
    // Observed (11.8): SOAP goes by this name.
    contentType: 'application/octet-stream',
    // Observed: the connection ends behind a fault. UNCERTAIN for which faults.
    closesAfterFault: true,
    // Observed (11.8): the version that belongs to somebody.
    kvmVersion: '004.000',
    kvmDataChannel: false,
    // Long lists come in several pulls.
    pullCharacters: 4000,
  },
};
