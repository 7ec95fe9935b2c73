import { array, boolean, datetimeOrText, defineClass, string, uint16 } from '../../class.ts';

/** The BIOS of the machine. [AMT: CIM_BIOSElement] */
export const CIM_BIOSElement = defineClass({
  name: 'CIM_BIOSElement',
  properties: {
    ElementName: string,
    Manufacturer: string,
    Name: string,
    OperationalStatus: array(uint16),
    PrimaryBIOS: boolean,
    ReleaseDate: datetimeOrText,
    SoftwareElementID: string,
    SoftwareElementState: uint16,
    TargetOperatingSystem: uint16,
    Version: string,
  },
});
