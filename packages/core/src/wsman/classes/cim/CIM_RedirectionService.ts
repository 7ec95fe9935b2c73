import { array, defineClass, named, string, uint16 } from '../../class.ts';
import { EnabledState, RequestedState, requestStateChange } from './CIM_EnabledLogicalElement.ts';

/** Kind of a redirection service. [AMT: CIM_RedirectionService.RedirectionServiceType] */
export const RedirectionServiceType = { Unknown: 0, Other: 1, 'In-Band': 2, 'Out-of-Band': 3 } as const;

/** The KVM service; it lets in one viewer. [AMT: CIM_RedirectionService] */
export const CIM_RedirectionService = defineClass({
  name: 'CIM_RedirectionService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    MaxCurrentEnabledSAPs: uint16,
    Name: string,
    RedirectionServiceType: array(named(uint16, RedirectionServiceType)),
    RequestedState: named(uint16, RequestedState),
    SharingMode: uint16,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: { RequestStateChange: requestStateChange(RequestedState) },
});
