import { array, boolean, defineClass, named, returnValue, string, uint16, uint32 } from '../../class.ts';
import { EnabledState, StateChangeReturnValue } from '../cim/CIM_EnabledLogicalElement.ts';

/** Which of storage redirection and serial-over-LAN are on. [AMT: AMT_RedirectionService.EnabledState] */
export const RedirectionEnabledState = {
  ...EnabledState,
  'IDER and SOL are disabled': 32768,
  'IDER is enabled and SOL is disabled': 32769,
  'SOL is enabled and IDER is disabled': 32770,
  'IDER and SOL are enabled': 32771,
} as const;

/** What can be asked for. [AMT: AMT_RedirectionService.RequestStateChange] */
export const RedirectionRequestedState = {
  'disable IDER and SOL': 32768,
  'enable IDER and disable SOL': 32769,
  'enable SOL and disable IDER': 32770,
  'enable IDER and SOL': 32771,
} as const;

/** Serial-over-LAN, storage redirection, and the listener that KVM needs too. [AMT: AMT_RedirectionService] */
export const AMT_RedirectionService = defineClass({
  name: 'AMT_RedirectionService',
  properties: {
    /** Old firmware: who redirected. */
    AccessLog: array(string),
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, RedirectionEnabledState),
    /** Ports 16994 and 16995 accept connections. */
    ListenerEnabled: boolean,
    Name: string,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    RequestStateChange: {
      input: { RequestedState: named(uint16, RedirectionRequestedState) },
      output: { ReturnValue: returnValue(StateChangeReturnValue) },
    },
    TerminateSession: {
      input: { SessionType: uint32 },
      output: { ReturnValue: returnValue(StateChangeReturnValue) },
    },
  },
});
