import { boolean, defineClass, string, uint8 } from '../../class.ts';

/** Which events are logged, and sent as traps to the consoles with its policy. Until 17. [AMT: AMT_PETFilterSetting] */
export const AMT_PETFilterSetting = defineClass({
  name: 'AMT_PETFilterSetting',
  properties: {
    DeviceAddress: uint8,
    ElementName: string,
    EnableFilter: boolean,
    Entity: uint8,
    EntityInstance: uint8,
    EventOffset: uint8,
    EventSensorType: uint8,
    EventSeverity: uint8,
    EventSourceType: uint8,
    EventType: uint8,
    InstanceID: string,
    LogOnEvent: boolean,
    OEMFilter: boolean,
    PolicyID: uint8,
    SendAlert: boolean,
    SensorNumber: uint8,
  },
});
