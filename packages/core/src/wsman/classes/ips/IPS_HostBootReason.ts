import { defineClass, string, uint32 } from '../../class.ts';

/** Why the host started last; 12 and later. Meanings of the numbers are not documented. [AMT: IPS_HostBootReason] */
export const IPS_HostBootReason = defineClass({
  name: 'IPS_HostBootReason',
  properties: {
    ElementName: string,
    InstanceID: string,
    PreviousSxState: uint32,
    Reason: uint32,
    ReasonDetails: string,
  },
});
