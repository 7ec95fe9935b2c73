import { array, boolean, defineClass, named, string, uint16 } from '../../class.ts';

/** What a part is. [AMT: CIM_PhysicalPackage.PackageType] */
export const PackageType = {
  Unknown: 0,
  Other: 1,
  Rack: 2,
  'Chassis/Frame': 3,
  'Cross Connect/Backplane': 4,
  'Container/Frame Slot': 5,
  'Power Supply': 6,
  Fan: 7,
  Sensor: 8,
  'Module/Card': 9,
  'Port/Connector': 10,
  Battery: 11,
  Processor: 12,
  Memory: 13,
  'Power Source/Generator': 14,
  'Storage Media Package': 15,
  Blade: 16,
  'Blade Expansion': 17,
} as const;

/**
 * A part of the machine: drives and batteries. An Enumerate yields the board (CIM_Card) too, and consoles count on it
 * being the first: to them package n + 1 is drive n. [AMT: CIM_PhysicalPackage]
 */
export const CIM_PhysicalPackage = defineClass({
  name: 'CIM_PhysicalPackage',
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
