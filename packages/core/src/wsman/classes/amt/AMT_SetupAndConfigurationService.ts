import { array, boolean, defineClass, named, octets, returnValue, string, uint16, uint32 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';

/** How far set-up has come. [AMT: AMT_SetupAndConfigurationService.ProvisioningState] */
export const ProvisioningState = { Pre: 0, In: 1, Post: 2 } as const;

/** How the firmware was set up. [AMT: AMT_SetupAndConfigurationService.ProvisioningMode] */
export const ProvisioningMode = { 'Admin Control Mode': 1, 'Client Control Mode': 4 } as const;

/** Whether the network and the local set-up menu share a password. [AMT: AMT_SetupAndConfigurationService.PasswordModel] */
export const PasswordModel = {
  'Coupled Password model': 0,
  'Separate Password model': 1,
  'Separate Hash Password model': 2,
} as const;

/** Set-up of the firmware: its state, committing changes, taking it back. [AMT: AMT_SetupAndConfigurationService] */
export const AMT_SetupAndConfigurationService = defineClass({
  name: 'AMT_SetupAndConfigurationService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    PasswordModel: named(uint16, PasswordModel),
    ProvisioningMode: named(uint16, ProvisioningMode),
    ProvisioningServerOTP: octets,
    ProvisioningState: named(uint16, ProvisioningState),
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
    ZeroTouchConfigurationEnabled: boolean,
  },
  methods: {
    /** Applies TLS changes; the listener restarts and is away for five to ten seconds. */
    CommitChanges: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    /** Back to pre-provisioning, whatever the mode says. */
    Unprovision: {
      input: { ProvisioningMode: named(uint16, ProvisioningMode) },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
    PartialUnprovision: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    ResetFlashWearOutProtection: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
    ExtendProvisioningPeriod: { input: { Duration: uint32 }, output: { ReturnValue: returnValue(PT_STATUS) } },
    SetMEBxPassword: { input: { Password: string }, output: { ReturnValue: returnValue(PT_STATUS) } },
    /** The platform UUID in the byte order of SMBIOS. Observed (15): the reply has no ReturnValue. */
    GetUuid: { input: {}, output: { UUID: octets, ReturnValue: returnValue(PT_STATUS) } },
    GetUnprovisionBlockingComponents: {
      input: {},
      output: { BlockingComponents: array(uint32), ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
