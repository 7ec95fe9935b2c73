import {
  array,
  boolean,
  defineClass,
  named,
  octets,
  optional,
  returnValue,
  string,
  uint16,
  uint32,
} from '../../class.ts';
import { PT_STATUS } from '../../pt-status.ts';
import { EnabledState, RequestedState } from '../cim/CIM_EnabledLogicalElement.ts';

/** From where a user may come. [AMT: AMT_AuthorizationService.AccessPermission] */
export const AccessPermission = {
  'Local access permission': 0,
  'Network access permission': 1,
  'Any access permission': 2,
} as const;

/** What a user may do. `PT Administration` includes all others. [AMT: AMT_AuthorizationService.Realms] */
export const Realm = {
  Redirection: 2,
  'PT Administration': 3,
  'Hardware Asset': 4,
  'Remote Control': 5,
  Storage: 6,
  'Event Manager': 7,
  'Storage Admin': 8,
  'Agent Presence Local': 9,
  'Agent Presence Remote': 10,
  'Circuit Breaker': 11,
  'Network Time': 12,
  'General Info': 13,
  'Firmware Update': 14,
  EIT: 15,
  'Local User Notification': 16,
  'Endpoint Access Control': 17,
  'Endpoint Access Control Admin': 18,
  'Event Log Reader': 19,
  'Audit Log': 20,
  ACL: 21,
  'Local System': 24,
} as const;

/** Accounts: the admin's, and up to some fifteen users with realms of their own. [AMT: AMT_AuthorizationService] */
export const AMT_AuthorizationService = defineClass({
  name: 'AMT_AuthorizationService',
  properties: {
    AllowHttpQopAuthOnly: uint32,
    CreationClassName: string,
    ElementName: string,
    EnabledState: named(uint16, EnabledState),
    Name: string,
    RequestedState: named(uint16, RequestedState),
    SystemCreationClassName: string,
    SystemName: string,
  },
  methods: {
    /** `DigestPassword` is the raw MD5 of `user:realm:password`, 16 bytes; the realm is the digest realm. */
    AddUserAclEntryEx: {
      input: {
        DigestUsername: optional(string),
        DigestPassword: optional(octets),
        KerberosUserSid: optional(octets),
        AccessPermission: named(uint32, AccessPermission),
        Realms: array(named(uint32, Realm)),
      },
      output: { Handle: uint32, ReturnValue: returnValue(PT_STATUS) },
    },
    /** Handles of the users, system accounts included, from the 1-based `StartIndex` on; some fifty at once. */
    EnumerateUserAclEntries: {
      input: { StartIndex: uint32 },
      output: {
        TotalCount: uint32,
        HandlesCount: uint32,
        Handles: array(uint32),
        ReturnValue: returnValue(PT_STATUS),
      },
    },
    GetUserAclEntryEx: {
      input: { Handle: uint32 },
      output: {
        DigestUsername: string,
        KerberosUserSid: octets,
        AccessPermission: named(uint32, AccessPermission),
        Realms: array(named(uint32, Realm)),
        ReturnValue: returnValue(PT_STATUS),
      },
    },
    UpdateUserAclEntryEx: {
      input: {
        Handle: uint32,
        DigestUsername: optional(string),
        DigestPassword: optional(octets),
        KerberosUserSid: optional(octets),
        AccessPermission: named(uint32, AccessPermission),
        Realms: array(named(uint32, Realm)),
      },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
    RemoveUserAclEntry: { input: { Handle: uint32 }, output: { ReturnValue: returnValue(PT_STATUS) } },
    SetAdminAclEntryEx: {
      input: { Username: string, DigestPassword: octets },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
    GetAdminAclEntry: { input: {}, output: { Username: string, ReturnValue: returnValue(PT_STATUS) } },
    GetAdminAclEntryStatus: { input: {}, output: { IsDefault: boolean, ReturnValue: returnValue(PT_STATUS) } },
    GetAdminNetAclEntryStatus: { input: {}, output: { IsDefault: boolean, ReturnValue: returnValue(PT_STATUS) } },
    SetAclEnabledState: {
      input: { Handle: uint32, Enabled: boolean },
      output: { ReturnValue: returnValue(PT_STATUS) },
    },
    GetAclEnabledState: {
      input: { Handle: uint32 },
      output: { Enabled: boolean, ReturnValue: returnValue(PT_STATUS) },
    },
  },
});
