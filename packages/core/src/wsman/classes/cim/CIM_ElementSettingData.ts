import { defineClass, named, reference, uint16 } from '../../class.ts';

/** Whether a setting is the one in use. [AMT: CIM_ElementSettingData.IsCurrent] */
export const IsCurrent = { Unknown: 0, 'Is Current': 1, 'Is Not Current': 2 } as const;

/** Ties settings to what they are for, such as a power scheme to the firmware. [AMT: CIM_ElementSettingData] */
export const CIM_ElementSettingData = defineClass({
  name: 'CIM_ElementSettingData',
  properties: {
    IsCurrent: named(uint16, IsCurrent),
    IsDefault: uint16,
    IsNext: uint16,
    ManagedElement: reference,
    SettingData: reference,
  },
});
