import { defineClass, named, reference, uint16, uint32 } from '../../class.ts';

/** Where the firmware is when a policy uses a server. [AMT: AMT_RemoteAccessPolicyAppliesToMPS.MpsType] */
export const MpsType = { 'External MPS': 0, 'Internal MPS': 1, Both: 2 } as const;

/** Which server a policy calls, and in which order. [AMT: AMT_RemoteAccessPolicyAppliesToMPS] */
export const AMT_RemoteAccessPolicyAppliesToMPS = defineClass({
  name: 'AMT_RemoteAccessPolicyAppliesToMPS',
  properties: {
    ManagedElement: reference,
    MpsType: named(uint16, MpsType),
    OrderOfAccess: uint32,
    PolicySet: reference,
  },
});
