import { array, defineClass, named, string, uint16, uint32 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** Whether a processor works. [AMT: CIM_Processor.CPUStatus] */
export const CPUStatus = {
  Unknown: 0,
  'CPU Enabled': 1,
  'CPU Disabled by User': 2,
  'CPU Disabled By BIOS (POST Error)': 3,
  'CPU Is Idle': 4,
  Other: 5,
} as const;

/** A processor as a device. Observed (21): the list is empty. [AMT: CIM_Processor] */
export const CIM_Processor = defineClass({
  name: 'CIM_Processor',
  properties: {
    CPUStatus: named(uint16, CPUStatus),
    CreationClassName: string,
    /** MHz, like the two other speeds. */
    CurrentClockSpeed: uint32,
    DeviceID: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    ExternalBusClockSpeed: uint32,
    /** The numbers of SMBIOS type 4; 198 is Core i7. */
    Family: uint16,
    HealthState: uint16,
    MaxClockSpeed: uint32,
    OperationalStatus: array(uint16),
    OtherFamilyDescription: string,
    RequestedState: named(uint16, RequestedState),
    Role: string,
    Stepping: string,
    SystemCreationClassName: string,
    SystemName: string,
    UpgradeMethod: uint16,
  },
});
