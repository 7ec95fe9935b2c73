/** Intel Standard Manageability 16.1: what AMT is without a screen. */
import { amt16 } from './amt-16.ts';
import type { Profile } from './profile.ts';

/** 16.1 of the smaller SKU. */
export const ism: Profile = {
  ...amt16,
  name: 'ism',
  product: 'Standard Manageability',
  // 0x4010: corporate, Standard Manageability.
  sku: 16400,
  absent: [
    'CIM_KVMRedirectionSAP',
    'CIM_RedirectionService',
    'IPS_KVMRedirectionSettingData',
    'IPS_ScreenSettingData',
    'IPS_SecIOService',
  ],
};
