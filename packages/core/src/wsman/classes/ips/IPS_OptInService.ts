import { defineClass, named, returnValue, string, uint32 } from '../../class.ts';
import { RequestedState, requestStateChange } from '../cim/CIM_EnabledLogicalElement.ts';

/** For what consent is needed. [AMT: IPS_OptInService.OptInRequired] */
export const OptInRequired = { None: 0, KVM: 1, All: 4294967295 } as const;

/** Where a request for consent stands. [AMT: IPS_OptInService.OptInState] */
export const OptInState = {
  'Not started': 0,
  Requested: 1,
  Displayed: 2,
  Received: 3,
  'In Session': 4,
} as const;

/** Results of the consent methods. [AMT: IPS_OptInService] */
export const OptInReturnValue = {
  Success: 0,
  'Internal Error': 1,
  'Invalid State': 2,
  Blocked: 3,
  'Failed FFS': 4,
} as const;

/** The consent of the person at the machine; 6.2 and later. [AMT: IPS_OptInService] */
export const IPS_OptInService = defineClass({
  name: 'IPS_OptInService',
  properties: {
    /** 1: the policy may be changed from here. */
    CanModifyOptInPolicy: uint32,
    CreationClassName: string,
    ElementName: string,
    Name: string,
    /** Seconds without a session until a given consent lapses. */
    OptInCodeTimeout: uint32,
    /** Seconds the code is shown. */
    OptInDisplayTimeout: uint32,
    OptInRequired: named(uint32, OptInRequired),
    OptInState: named(uint32, OptInState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    StartOptIn: { input: {}, output: { ReturnValue: returnValue(OptInReturnValue) } },
    CancelOptIn: { input: {}, output: { ReturnValue: returnValue(OptInReturnValue) } },
    /** The six digits as typed: sent as text, leading zeros survive. */
    SendOptInCode: { input: { OptInCode: string }, output: { ReturnValue: returnValue(OptInReturnValue) } },
    RequestStateChange: requestStateChange(RequestedState),
  },
});
