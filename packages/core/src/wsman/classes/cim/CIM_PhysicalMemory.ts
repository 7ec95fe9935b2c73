import { boolean, defineClass, named, string, uint16, uint32, uint64 } from '../../class.ts';

/** How a memory module is built, the numbers of SMBIOS type 17. [AMT: CIM_PhysicalMemory.FormFactor] */
export const MemoryFormFactor = {
  Other: 1,
  Unknown: 2,
  SIMM: 3,
  SIP: 4,
  Chip: 5,
  DIP: 6,
  ZIP: 7,
  'Proprietary Card': 8,
  DIMM: 9,
  TSOP: 10,
  'Row of chips': 11,
  RIMM: 12,
  SODIMM: 13,
  SRIMM: 14,
  'FB-DIMM': 15,
  Die: 16,
} as const;

/** Kind of memory. Which of the two numbers for DDR and DDR2 old machines report (20 and 21, or SMBIOS's) is not certain. [AMT: CIM_PhysicalMemory.MemoryType] */
export const MemoryType = {
  Unknown: 0,
  Other: 1,
  DRAM: 2,
  'Synchronous DRAM': 3,
  'Cache DRAM': 4,
  EDO: 5,
  EDRAM: 6,
  VRAM: 7,
  SRAM: 8,
  RAM: 9,
  ROM: 10,
  Flash: 11,
  EEPROM: 12,
  FEPROM: 13,
  EPROM: 14,
  CDRAM: 15,
  '3DRAM': 16,
  SDRAM: 17,
  SGRAM: 18,
  RDRAM: 19,
  DDR: 20,
  'DDR-2': 21,
  BRAM: 22,
  'FB-DIMM': 23,
  DDR3: 24,
  FBD2: 25,
  DDR4: 26,
  LPDDR: 27,
  LPDDR2: 28,
  LPDDR3: 29,
  LPDDR4: 30,
  'Logical non-volatile device': 31,
  HBM: 32,
  HBM2: 33,
  DDR5: 34,
  LPDDR5: 35,
  HBM3: 36,
} as const;

/** A memory module. [AMT: CIM_PhysicalMemory] */
export const CIM_PhysicalMemory = defineClass({
  name: 'CIM_PhysicalMemory',
  properties: {
    BankLabel: string,
    /** Bytes. */
    Capacity: uint64,
    /** MHz. */
    ConfiguredMemoryClockSpeed: uint32,
    CreationClassName: string,
    ElementName: string,
    FormFactor: named(uint16, MemoryFormFactor),
    /** Whether `Speed` is in MHz; otherwise nanoseconds. */
    IsSpeedInMhz: boolean,
    /** JEDEC number in hex, or a name. */
    Manufacturer: string,
    /** MHz. */
    MaxMemorySpeed: uint32,
    MemoryType: named(uint16, MemoryType),
    PartNumber: string,
    SerialNumber: string,
    Speed: uint32,
    Tag: string,
  },
});
