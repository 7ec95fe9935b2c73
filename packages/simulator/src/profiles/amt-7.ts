/** Intel AMT 7.1 of 2011: plain and TLS 1.0, no graceful power, no modern standby. */

import { amt11 } from './amt-11.ts';
import { amt12 } from './amt-12.ts';
import type { Profile } from './profile.ts';

/** 7.1, as the oldest firmware worth talking to. */
export const amt7: Profile = {
  ...amt11,
  name: 'amt-7',
  version: '7.1.91',
  build: '3272',
  // Security level 0: these ciphers and this version are long refused otherwise.
  tls: { min: 'TLSv1', max: 'TLSv1', ciphers: 'AES256-SHA:AES128-SHA:@SECLEVEL=0' },
  powerCodes: [2, 5, 8, 10, 11],
  absent: [
    ...amt11.absent,
    // From 8 on.
    'AMT_AlarmClockService',
    'IPS_AlarmClockOccurrence',
    'IPS_ScreenSettingData',
    // From 10 on.
    'IPS_PowerManagementService',
    'IPS_IEEE8021xSettings',
  ],
  changes: {
    ...amt11.changes,
    AMT_BootCapabilities: { BIOSSecureBoot: undefined, SecureErase: undefined, ConfigurationDataReset: undefined },
    AMT_BootSettingData: {
      ...amt11.changes.AMT_BootSettingData,
      BIOSLastStatus: undefined,
      BootguardStatus: undefined,
      ConfigurationDataReset: undefined,
      EnforceSecureBoot: undefined,
      RSEPassword: undefined,
      SecureErase: undefined,
    },
    AMT_GeneralSettings: { DHCPSyncRequiresHostname: undefined, ThunderboltDockEnabled: undefined },
    IPS_KVMRedirectionSettingData: { BackToBackFbMode: undefined, DefaultScreen: undefined },
  },
  quirks: {
    ...amt12.quirks,
    // 2011: this header did not exist yet.
    frameOptions: false,
    // 2011: a second Enumerate takes the context from the first.
    oneEnumeration: true,
    // Observed by administrators of old firmware: log-on page instead of a fault for a user without the realm.
    missingRealm: 401,
    saysStale: false,
    pullCharacters: 6000,
    // User and password in clear could still be switched on in MEBx, and old consoles know nothing else.
    redirectionLogins: [1, 3, 4],
    kvmVersion: '004.000',
    // 1920 × 1200 at 16 bits is the most.
    kvmBufferBytes: 4_608_000,
    kvmDataChannel: false,
  },
};
