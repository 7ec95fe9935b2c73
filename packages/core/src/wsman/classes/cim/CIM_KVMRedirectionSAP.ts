import { defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState, requestStateChange } from './CIM_EnabledLogicalElement.ts';

/** What can be asked of KVM. [AMT: CIM_KVMRedirectionSAP.RequestStateChange] */
export const KVMRequestedState = { Enabled: 2, Disabled: 3 } as const;

/** Language of the screen. [AMT: CIM_KVMRedirectionSAP.KVMProtocol] */
export const KVMProtocol = { Unknown: 0, Other: 1, Raw: 2, RDP: 3, 'VNC-RFB': 4 } as const;

/**
 * The door to the screen: enabled while somebody looks, enabled but offline while nobody does. Absent where the SKU has
 * no KVM. [AMT: CIM_KVMRedirectionSAP]
 */
export const CIM_KVMRedirectionSAP = defineClass({
  name: 'CIM_KVMRedirectionSAP',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    KVMProtocol: named(uint16, KVMProtocol),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: { RequestStateChange: requestStateChange(KVMRequestedState) },
});
