import { array, defineClass, named, reference, returnValue, string, uint16 } from '../../class.ts';
import { BootReturnValue } from './CIM_BootConfigSetting.ts';
import { EnabledState, RequestedState, requestStateChange } from './CIM_EnabledLogicalElement.ts';

/** Whether a boot configuration is the next one. [AMT: CIM_BootService.SetBootConfigRole] */
export const BootConfigRole = { IsNext: 0, IsNextSingleUse: 1, IsNotNext: 32768 } as const;

/** Which of One-Click Recovery (OCR) and remote platform erase (RPE) are on; 15 and later. [AMT: CIM_BootService.EnabledState] */
export const BootServiceState = {
  ...EnabledState,
  'OCR and RPE are disabled': 32768,
  'OCR is enabled and RPE is disabled': 32769,
  'RPE is enabled and OCR is disabled': 32770,
  'OCR and RPE are enabled': 32771,
} as const;

/** Chooses the boot configuration of the next start. [AMT: CIM_BootService] */
export const CIM_BootService = defineClass({
  name: 'CIM_BootService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, BootServiceState),
    Name: string,
    OperationalStatus: array(uint16),
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    SetBootConfigRole: {
      input: { BootConfigSetting: reference, Role: named(uint16, BootConfigRole) },
      output: { ReturnValue: returnValue(BootReturnValue) },
    },
    RequestStateChange: requestStateChange(BootServiceState),
  },
});
