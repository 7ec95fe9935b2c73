import { defineClass, named, returnValue, string, uint16, uint64 } from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** The record of how the firmware was provisioned. [AMT: IPS_ProvisioningRecordLog] */
export const IPS_ProvisioningRecordLog = defineClass({
  name: 'IPS_ProvisioningRecordLog',
  properties: {
    CurrentNumberOfRecords: uint64,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    HealthState: uint16,
    InstanceID: string,
    LogState: uint16,
    MaxNumberOfRecords: uint64,
    Name: string,
    OverwritePolicy: uint16,
    RequestedState: named(uint16, RequestedState),
  },
  methods: {
    RequestStateChange: requestStateChange(RequestedState),
    ClearLog: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
  },
});
