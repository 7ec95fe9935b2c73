import {
  array,
  boolean,
  defineClass,
  named,
  octets,
  optional,
  reference,
  returnValue,
  string,
  uint16,
  uint32,
} from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { InfoFormat } from './AMT_ManagementPresenceRemoteSAP.ts';
import { RemoteAccessTrigger } from './AMT_RemoteAccessPolicyRule.ts';

/** How the firmware proves itself to a server. [AMT: AMT_RemoteAccessService.AddMpServer] */
export const MpsAuthMethod = {
  'Mutual Authentication': 1,
  'Username Password Authentication': 2,
} as const;

/** Sets up calls of the firmware to management presence servers. [AMT: AMT_RemoteAccessService] */
export const AMT_RemoteAccessService = defineClass({
  name: 'AMT_RemoteAccessService',
  properties: {
    CreationClassName: string,
    ElementName: string,
    IsRemoteTunnelConnected: boolean,
    Name: string,
    /** Seconds; 4294967295 where it is not set. */
    RemoteTunnelKeepAliveTimeout: uint32,
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    AddMpServer: {
      input: {
        AccessInfo: string,
        InfoFormat: named(uint16, InfoFormat),
        Port: uint16,
        AuthMethod: named(uint16, MpsAuthMethod),
        Certificate: optional(reference),
        Username: optional(string),
        Password: optional(string),
        CN: optional(string),
      },
      output: { MpServer: reference, ReturnValue: returnValue(PT_STATUS) },
    },
    AddRemoteAccessPolicyRule: {
      input: {
        Trigger: named(uint16, RemoteAccessTrigger),
        TunnelLifeTime: uint32,
        ExtendedData: optional(octets),
        MpServer: array(reference),
        InternalMpServer: optional(array(reference)),
      },
      output: { PolicyRule: reference, ReturnValue: returnValue(PT_STATUS) },
    },
    CloseRemoteAccessConnection: { input: {}, output: { ReturnValue: returnValue(PT_STATUS) } },
  },
});
