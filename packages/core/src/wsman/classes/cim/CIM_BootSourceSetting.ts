import { defineClass, named, string, uint16 } from '../../class.ts';

/** Whether the BIOS goes on to the next source when one fails. [AMT: CIM_BootSourceSetting.FailThroughSupported] */
export const FailThroughSupported = { Unknown: 0, Yes: 1, No: 2 } as const;

/** One thing to boot from. Several depend on the BIOS and the version; enumerate before use. [AMT: CIM_BootSourceSetting] */
export const CIM_BootSourceSetting = defineClass({
  name: 'CIM_BootSourceSetting',
  properties: {
    /** One-Click Recovery: the BIOS's name of the option, which tells WinRE from others. */
    BIOSBootString: string,
    /** One-Click Recovery: UEFI device path. */
    BootString: string,
    ElementName: string,
    FailThroughSupported: named(uint16, FailThroughSupported),
    InstanceID: string,
    StructuredBootString: string,
  },
});
