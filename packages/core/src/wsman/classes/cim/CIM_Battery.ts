import { defineClass, named, string, uint16, uint32, uint64 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** How full a battery is. [AMT: CIM_Battery.BatteryStatus] */
export const BatteryStatus = {
  Other: 1,
  Unknown: 2,
  'Fully Charged': 3,
  Low: 4,
  Critical: 5,
  Charging: 6,
  'Charging and High': 7,
  'Charging and Low': 8,
  'Charging and Critical': 9,
  Undefined: 10,
  'Partially Charged': 11,
  Learning: 12,
  Overcharged: 13,
} as const;

/** What a battery is made of. [AMT: CIM_Battery.Chemistry] */
export const BatteryChemistry = {
  Other: 1,
  Unknown: 2,
  'Lead Acid': 3,
  'Nickel Cadmium': 4,
  'Nickel Metal Hydride': 5,
  'Lithium-ion': 6,
  'Zinc air': 7,
  'Lithium Polymer': 8,
} as const;

/** What a battery is doing. [AMT: CIM_Battery.ChargingStatus] */
export const ChargingStatus = { Unknown: 0, Charging: 2, Discharging: 3, Idle: 4 } as const;

/** The battery of a notebook. [AMT: CIM_Battery] */
export const CIM_Battery = defineClass({
  name: 'CIM_Battery',
  properties: {
    BatteryStatus: named(uint16, BatteryStatus),
    ChargingStatus: named(uint16, ChargingStatus),
    Chemistry: named(uint16, BatteryChemistry),
    CreationClassName: string,
    /** Milliwatt hours. */
    DesignCapacity: uint32,
    /** Millivolts. */
    DesignVoltage: uint64,
    DeviceID: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    /** Percent. */
    EstimatedChargeRemaining: uint16,
    /** Milliwatt hours. */
    FullChargeCapacity: uint32,
    HealthState: uint16,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
});
