import { array, defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState } from './CIM_EnabledLogicalElement.ts';

/** What a sensor measures. [AMT: CIM_Sensor.SensorType] */
export const SensorType = {
  Unknown: 0,
  Other: 1,
  Temperature: 2,
  Voltage: 3,
  Current: 4,
  Tachometer: 5,
  Counter: 6,
  Switch: 7,
  Lock: 8,
  Humidity: 9,
  'Smoke Detection': 10,
  Presence: 11,
  'Air Flow': 12,
  'Power Consumption': 13,
  'Power Production': 14,
  Pressure: 15,
  Intrusion: 16,
} as const;

/** A sensor. [AMT: CIM_Sensor] */
export const CIM_Sensor = defineClass({
  name: 'CIM_Sensor',
  properties: {
    CreationClassName: string,
    CurrentState: string,
    DeviceID: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    HealthState: uint16,
    OperationalStatus: array(uint16),
    PossibleStates: array(string),
    RequestedState: named(uint16, RequestedState),
    SensorType: named(uint16, SensorType),
    SystemCreationClassName: string,
    SystemName: string,
  },
});
