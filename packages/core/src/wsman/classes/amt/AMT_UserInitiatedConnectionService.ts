import { defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** Where a user may ask for a connection. [AMT: AMT_UserInitiatedConnectionService.EnabledState] */
export const UserInitiatedEnabledState = {
  ...EnabledState,
  'All Interfaces disabled': 32768,
  'BIOS Interface enabled': 32769,
  'OS Interface enabled': 32770,
  'BIOS and OS Interfaces enabled': 32771,
} as const;

/** Lets the person at the machine ask for a remote connection. [AMT: AMT_UserInitiatedConnectionService] */
export const AMT_UserInitiatedConnectionService = defineClass({
  name: 'AMT_UserInitiatedConnectionService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, UserInitiatedEnabledState),
    LastConnectionReason: string,
    Name: string,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: { RequestStateChange: requestStateChange(UserInitiatedEnabledState) },
});
