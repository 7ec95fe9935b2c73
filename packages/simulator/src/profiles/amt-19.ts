/** Intel AMT 19.0 of 2024: TLS everywhere, a platform of modern standby that is never sent to S3 or S4. */
import { amt16 } from './amt-16.ts';
import type { Profile } from './profile.ts';

/** 19.0, on Arrow Lake. */
export const amt19: Profile = {
  ...amt16,
  name: 'amt-19',
  version: '19.0.5',
  build: '1870',
  powerCodes: [2, 5, 8, 10, 11, 12, 14],
  // SNMP went with 18.
  absent: [...amt16.absent, 'AMT_PETFilterSetting', 'AMT_SNMPEventSubscriber'],
  quirks: { ...amt16.quirks, modernStandby: true },
};
