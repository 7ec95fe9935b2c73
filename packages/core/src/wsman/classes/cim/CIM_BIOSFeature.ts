import { array, defineClass, string, uint16 } from '../../class.ts';

/** What the BIOS can do, as SMBIOS counts it. [AMT: CIM_BIOSFeature] */
export const CIM_BIOSFeature = defineClass({
  name: 'CIM_BIOSFeature',
  properties: {
    Characteristics: array(uint16),
    ElementName: string,
    IdentifyingNumber: string,
    Name: string,
    OperationalStatus: array(uint16),
    ProductName: string,
    Vendor: string,
    Version: string,
  },
});
