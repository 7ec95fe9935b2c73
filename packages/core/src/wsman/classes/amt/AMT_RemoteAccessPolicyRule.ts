import { defineClass, named, octets, string, uint16, uint32 } from '../../class.ts';

/** What makes the firmware call. [AMT: AMT_RemoteAccessPolicyRule.Trigger] */
export const RemoteAccessTrigger = {
  'User Initiated': 0,
  Alert: 1,
  Periodic: 2,
  'Home Provisioning': 3,
} as const;

/** When the firmware calls a management presence server. [AMT: AMT_RemoteAccessPolicyRule] */
export const AMT_RemoteAccessPolicyRule = defineClass({
  name: 'AMT_RemoteAccessPolicyRule',
  properties: {
    CreationClassName: string,
    ElementName: string,
    /** For `Periodic`: big-endian words, 0 and seconds, or 1 and hours and minutes. */
    ExtendedData: octets,
    PolicyRuleName: string,
    SystemCreationClassName: string,
    SystemName: string,
    Trigger: named(uint16, RemoteAccessTrigger),
    /** Seconds; 0 is without end. */
    TunnelLifeTime: uint32,
  },
});
