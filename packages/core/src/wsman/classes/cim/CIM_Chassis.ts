import { array, defineClass, named, string, uint16 } from '../../class.ts';
import { PackageType } from './CIM_PhysicalPackage.ts';

/** Shape of a machine, the numbers of SMBIOS type 3. [AMT: CIM_Chassis.ChassisPackageType] */
export const ChassisPackageType = {
  Unknown: 0,
  Other: 1,
  Desktop: 3,
  'Low Profile Desktop': 4,
  'Pizza Box': 5,
  'Mini Tower': 6,
  Tower: 7,
  Portable: 8,
  LapTop: 9,
  Notebook: 10,
  'Hand Held': 11,
  'Docking Station': 12,
  'All in One': 13,
  'Sub Notebook': 14,
  'Space-Saving': 15,
  'Lunch Box': 16,
  'Main System Chassis': 17,
  'Expansion Chassis': 18,
  SubChassis: 19,
  'Bus Expansion Chassis': 20,
  'Peripheral Chassis': 21,
  'Storage Chassis': 22,
  'Sealed-Case PC': 24,
  CompactPCI: 26,
  AdvancedTCA: 27,
  'Blade Enclosure': 28,
  Tablet: 30,
  Convertible: 31,
  Detachable: 32,
  'IoT Gateway': 33,
  'Embedded PC': 34,
  'Mini PC': 35,
  'Stick PC': 36,
} as const;

/**
 * The case of the machine; its maker, model and serial number are those of the machine. Observed (12): a distant
 * subclass of CIM_PhysicalPackage in the schema, it is not among its instances. [AMT: CIM_Chassis]
 */
export const CIM_Chassis = defineClass({
  name: 'CIM_Chassis',
  properties: {
    ChassisPackageType: named(uint16, ChassisPackageType),
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
