import { array, boolean, defineClass, named, string, uint16 } from '../../class.ts';
import { PackageType } from './CIM_PhysicalPackage.ts';

/** The main board. [AMT: CIM_Card] */
export const CIM_Card = defineClass({
  name: 'CIM_Card',
  parent: 'CIM_PhysicalPackage',
  properties: {
    CanBeFRUed: boolean,
    CreationClassName: string,
    ElementName: string,
    Manufacturer: string,
    Model: string,
    OperationalStatus: array(uint16),
    PackageType: named(uint16, PackageType),
    SerialNumber: string,
    Tag: string,
    Version: string,
  },
});
