import { array, defineClass, optional, reference, returnValue, string } from '../../class.ts';

/** Results of the boot methods. [AMT: CIM_BootConfigSetting.ChangeBootOrder] */
export const BootReturnValue = {
  'Completed with No Error': 0,
  'Not Supported': 1,
  'Unknown/Unspecified Error': 2,
  Busy: 3,
  'Invalid Reference': 4,
  'Invalid Parameter': 5,
  'Access Denied': 6,
} as const;

/** The one configuration of boot sources. [AMT: CIM_BootConfigSetting] */
export const CIM_BootConfigSetting = defineClass({
  name: 'CIM_BootConfigSetting',
  properties: { ElementName: string, InstanceID: string },
  methods: {
    /** Without a source: takes back what was set. Of several sources only the first counts. */
    ChangeBootOrder: {
      input: { Source: optional(array(reference)) },
      output: { ReturnValue: returnValue(BootReturnValue) },
    },
  },
});
