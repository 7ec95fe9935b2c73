import { defineClass, octets, returnValue, string } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';

/** A power scheme: in which sleep states the firmware stays reachable. [AMT: AMT_SystemPowerScheme] */
export const AMT_SystemPowerScheme = defineClass({
  name: 'AMT_SystemPowerScheme',
  properties: {
    Description: string,
    ElementName: string,
    InstanceID: string,
    SchemeGUID: octets,
  },
  methods: {
    /** Makes the scheme named by the selector `InstanceID` the current one. */
    SetPowerScheme: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
  },
});
