import { defineClass, string, uint16 } from '../../class.ts';

/** Whether the firmware has hardware for cryptography. [AMT: AMT_CryptographicCapabilities] */
export const AMT_CryptographicCapabilities = defineClass({
  name: 'AMT_CryptographicCapabilities',
  properties: {
    ElementName: string,
    HardwareAcceleration: uint16,
    InstanceID: string,
  },
});
