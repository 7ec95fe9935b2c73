import { describe, expect, test } from 'vitest';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { inventoryOf } from './inventory.ts';

const LABELS =
  '<Manufacturer>Maker </Manufacturer><Model>Model</Model><SerialNumber>S1</SerialNumber><Version>V1</Version>';

const notebook = {
  'Get CIM_Chassis': `<ChassisPackageType>10</ChassisPackageType>${LABELS}`,
  'Get CIM_ComputerSystemPackage': '<PlatformGUID>13AEE355D2BFBB6117A088AEDD7037EA</PlatformGUID>',
  'Get CIM_Card': LABELS.replace('S1', 'B1'),
  'Get CIM_BIOSElement':
    '<Manufacturer>BIOS maker</Manufacturer><ReleaseDate><Datetime>2020-08-10T00:00:00Z</Datetime></ReleaseDate><Version>B12</Version>',
  'Enumerate CIM_Processor':
    '<CIM_Processor><CPUStatus>1</CPUStatus><CurrentClockSpeed>2400</CurrentClockSpeed><DeviceID>CPU 0</DeviceID><MaxClockSpeed>8300</MaxClockSpeed></CIM_Processor>',
  'Enumerate CIM_Chip':
    '<CIM_PhysicalMemory><Tag>1</Tag></CIM_PhysicalMemory><CIM_Chip><Tag>CPU 0</Tag><Version>Processor @ 2.6GHz</Version></CIM_Chip>',
  'Enumerate CIM_PhysicalMemory':
    '<CIM_PhysicalMemory><BankLabel>BANK 0</BankLabel><Capacity>17179869184</Capacity><ConfiguredMemoryClockSpeed>2400</ConfiguredMemoryClockSpeed>' +
    '<FormFactor>13</FormFactor><Manufacturer>859B</Manufacturer><MemoryType>26</MemoryType><PartNumber>P1</PartNumber><SerialNumber>M1</SerialNumber></CIM_PhysicalMemory>' +
    '<CIM_PhysicalMemory><BankLabel>BANK 1</BankLabel><Capacity>0</Capacity></CIM_PhysicalMemory>' +
    '<CIM_PhysicalMemory><BankLabel>BANK 2</BankLabel><Capacity>8589934592</Capacity><FormFactor>99</FormFactor><IsSpeedInMhz>true</IsSpeedInMhz>' +
    '<MaxMemorySpeed>0</MaxMemorySpeed><MemoryType>34</MemoryType><Speed>4800</Speed></CIM_PhysicalMemory>',
  'Enumerate CIM_MediaAccessDevice':
    '<CIM_MediaAccessDevice><MaxMediaSize>500107862</MaxMediaSize></CIM_MediaAccessDevice>' +
    '<CIM_MediaAccessDevice><MaxMediaSize>960197124</MaxMediaSize></CIM_MediaAccessDevice>',
  'Enumerate CIM_PhysicalPackage':
    `<CIM_Card><PackageType>9</PackageType>${LABELS}</CIM_Card>` +
    '<CIM_PhysicalPackage><Model>Disk A</Model><PackageType>15</PackageType><SerialNumber>D1</SerialNumber></CIM_PhysicalPackage>' +
    '<CIM_PhysicalPackage><Model>Battery</Model><PackageType>11</PackageType></CIM_PhysicalPackage>' +
    '<CIM_PhysicalPackage><Model>Disk B</Model><PackageType>15</PackageType><SerialNumber>D2</SerialNumber></CIM_PhysicalPackage>',
  'Enumerate CIM_Battery':
    '<CIM_Battery><BatteryStatus>6</BatteryStatus><EstimatedChargeRemaining>81</EstimatedChargeRemaining></CIM_Battery>',
};

describe('the inventory', () => {
  test('is read from ten classes, in plain words', async () => {
    const { wsman } = scriptedFirmware(notebook);
    const labels = { manufacturer: 'Maker', model: 'Model', version: 'V1' };
    expect(await inventoryOf(wsman).read()).toEqual({
      system: { ...labels, serialNumber: 'S1', chassis: 'notebook', uuid: '55e3ae13-bfd2-61bb-17a0-88aedd7037ea' },
      board: { ...labels, serialNumber: 'B1' },
      bios: { vendor: 'BIOS maker', version: 'B12', releaseDate: new Date('2020-08-10T00:00:00Z') },
      processors: [{ name: 'Processor @ 2.6GHz', maxMhz: 8300, currentMhz: 2400, status: 'enabled' }],
      memory: [
        {
          slot: 'BANK 0',
          bytes: 17179869184,
          type: 'DDR4',
          formFactor: 'SODIMM',
          mhz: 2400,
          manufacturer: '859B',
          partNumber: 'P1',
          serialNumber: 'M1',
        },
        expect.objectContaining({ slot: 'BANK 2', type: 'DDR5', formFactor: 'type 99', mhz: 4800 }),
      ],
      drives: [
        { bytes: 500107862000, model: 'Disk A', serialNumber: 'D1' },
        { bytes: 960197124000, model: 'Disk B', serialNumber: 'D2' },
      ],
      battery: { chargePercent: 81, status: 'charging' },
    });
  });

  test('of firmware that has none of the classes is empty', async () => {
    expect(await inventoryOf(scriptedFirmware({}).wsman).read()).toEqual({
      system: { manufacturer: '', model: '', serialNumber: '', version: '', chassis: 'unknown', uuid: undefined },
      board: { manufacturer: '', model: '', serialNumber: '', version: '' },
      bios: { vendor: '', version: '', releaseDate: undefined },
      processors: [],
      memory: [],
      drives: [],
      battery: undefined,
    });
  });

  test('knows processors by their chips where the devices are gone', async () => {
    const { wsman } = scriptedFirmware({ ...notebook, 'Enumerate CIM_Processor': '' });
    expect((await inventoryOf(wsman).read()).processors).toEqual([{ name: 'Processor @ 2.6GHz', status: 'unknown' }]);
  });

  test('survives a BIOS date that is none', async () => {
    const { wsman } = scriptedFirmware({
      ...notebook,
      'Get CIM_BIOSElement':
        '<ReleaseDate><Datetime>0000-00-00T00:00:00Z</Datetime></ReleaseDate><Version>B12</Version>',
    });
    expect((await inventoryOf(wsman).read()).bios).toEqual({ vendor: '', version: 'B12', releaseDate: undefined });
  });

  test('does not hide a refusal behind an absent class', async () => {
    const { wsman } = scriptedFirmware({
      ...notebook,
      'Get CIM_Chassis': '<ChassisPackageType>many</ChassisPackageType>',
    });
    await expect(inventoryOf(wsman).read()).rejects.toThrow('ChassisPackageType ought to be');
  });
});
