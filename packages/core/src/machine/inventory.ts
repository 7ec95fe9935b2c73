/** The hardware of one machine: copies of SMBIOS that the BIOS made at the last start. [AMT: Hardware Asset] [DSP0134] */
import type { Instance } from '../wsman/class.ts';
import { CIM_Battery } from '../wsman/classes/cim/CIM_Battery.ts';
import { CIM_BIOSElement } from '../wsman/classes/cim/CIM_BIOSElement.ts';
import { CIM_Card } from '../wsman/classes/cim/CIM_Card.ts';
import { CIM_Chassis } from '../wsman/classes/cim/CIM_Chassis.ts';
import { CIM_Chip } from '../wsman/classes/cim/CIM_Chip.ts';
import { CIM_ComputerSystemPackage } from '../wsman/classes/cim/CIM_ComputerSystemPackage.ts';
import { CIM_MediaAccessDevice } from '../wsman/classes/cim/CIM_MediaAccessDevice.ts';
import { CIM_PhysicalMemory } from '../wsman/classes/cim/CIM_PhysicalMemory.ts';
import { CIM_PhysicalPackage } from '../wsman/classes/cim/CIM_PhysicalPackage.ts';
import { CIM_Processor } from '../wsman/classes/cim/CIM_Processor.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { Hardware, Inventory } from './facts.ts';
import { platformUuid } from './platform-uuid.ts';

/** The inventory façade over one client. Classes that this firmware lacks leave their fields empty; one is asked for after the other. */
export function inventoryOf(wsman: WsmanClient): Inventory {
  return {
    async read() {
      const chassis = await wsman.tryGet(CIM_Chassis);
      const system = await wsman.tryGet(CIM_ComputerSystemPackage);
      const board = await wsman.tryGet(CIM_Card);
      const bios = await wsman.tryGet(CIM_BIOSElement);
      return {
        system: {
          ...labels(chassis),
          chassis: words(chassis?.ChassisPackageType),
          uuid: platformUuid(system?.PlatformGUID ?? ''),
        },
        board: labels(board),
        bios: {
          vendor: trimmed(bios?.Manufacturer),
          version: trimmed(bios?.Version),
          releaseDate: bios?.ReleaseDate instanceof Date ? bios.ReleaseDate : undefined,
        },
        processors: processorsOf(await wsman.tryEnumerate(CIM_Processor), await wsman.tryEnumerate(CIM_Chip)),
        memory: (await wsman.tryEnumerate(CIM_PhysicalMemory)).filter(({ Capacity = 0 }) => Capacity > 0).map(moduleOf),
        drives: drivesOf(
          await wsman.tryEnumerate(CIM_MediaAccessDevice),
          await wsman.tryEnumerate(CIM_PhysicalPackage),
        ),
        battery: batteryOf((await wsman.tryEnumerate(CIM_Battery))[0]),
      };
    },
  };
}

/** The device tells speeds, the chip of the same name its brand. From 21 on there are only chips. */
function processorsOf(
  devices: readonly Instance<typeof CIM_Processor>[],
  chips: readonly Instance<typeof CIM_Chip>[],
): Hardware['processors'] {
  const brands = chips.filter(({ className }) => className === 'CIM_Chip');
  if (devices.length === 0) return brands.map((chip) => ({ name: trimmed(chip.Version), status: 'unknown' }));
  return devices.map((device, i) => {
    const chip = brands.find(({ Tag }) => Tag === device.DeviceID) ?? brands[i];
    return {
      name: trimmed(chip?.Version),
      maxMhz: positive(device.MaxClockSpeed),
      currentMhz: positive(device.CurrentClockSpeed),
      status: CPU_STATUS[String(device.CPUStatus)] ?? 'unknown',
    };
  });
}

function moduleOf(module: Instance<typeof CIM_PhysicalMemory>): Hardware['memory'][number] {
  return {
    slot: trimmed(module.BankLabel),
    bytes: module.Capacity ?? 0,
    type: typeof module.MemoryType === 'string' ? module.MemoryType : words(module.MemoryType),
    formFactor: typeof module.FormFactor === 'string' ? module.FormFactor : words(module.FormFactor),
    mhz:
      positive(module.ConfiguredMemoryClockSpeed) ??
      positive(module.MaxMemorySpeed) ??
      (module.IsSpeedInMhz === true ? positive(module.Speed) : undefined),
    manufacturer: trimmed(module.Manufacturer),
    partNumber: trimmed(module.PartNumber),
    serialNumber: trimmed(module.SerialNumber),
  };
}

/** Sizes stand in one class and labels in another; they belong together by position alone. */
function drivesOf(
  devices: readonly Instance<typeof CIM_MediaAccessDevice>[],
  packages: readonly Instance<typeof CIM_PhysicalPackage>[],
): Hardware['drives'] {
  const media = packages.filter(
    ({ className, PackageType }) => className === 'CIM_PhysicalPackage' && PackageType !== 'Battery',
  );
  return devices.map((device, i) => ({
    bytes: (device.MaxMediaSize ?? 0) * 1000,
    model: trimmed(media[i]?.Model),
    serialNumber: trimmed(media[i]?.SerialNumber),
  }));
}

function batteryOf(battery: Instance<typeof CIM_Battery> | undefined): Hardware['battery'] {
  if (battery === undefined) return undefined;
  return { chargePercent: positive(battery.EstimatedChargeRemaining), status: words(battery.BatteryStatus) };
}

const CPU_STATUS: Readonly<Record<string, string>> = {
  'CPU Enabled': 'enabled',
  'CPU Disabled by User': 'disabled by the user',
  'CPU Disabled By BIOS (POST Error)': 'disabled by the BIOS',
  'CPU Is Idle': 'idle',
};

function labels(
  part:
    | {
        Manufacturer?: string | undefined;
        Model?: string | undefined;
        SerialNumber?: string | undefined;
        Version?: string | undefined;
      }
    | undefined,
) {
  return {
    manufacturer: trimmed(part?.Manufacturer),
    model: trimmed(part?.Model),
    serialNumber: trimmed(part?.SerialNumber),
    version: trimmed(part?.Version),
  };
}

/** Makers pad their texts with blanks. */
function trimmed(text: string | undefined): string {
  return text?.trim() ?? '';
}

/** A name of the schema as one says it; numbers without a name as they are. */
function words(name: string | number | undefined): string {
  if (name === undefined) return 'unknown';
  return typeof name === 'number' ? `type ${name}` : name.toLowerCase();
}

/** BIOSes write 0 for what they do not know. */
function positive(number: number | undefined): number | undefined {
  return number === 0 ? undefined : number;
}
