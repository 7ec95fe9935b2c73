/** Accounts: the admin's and those of users, each with its realms. [AMT: AMT_AuthorizationService] */
import { type Behavior, type Call, type Output, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import type { Account } from '../state.ts';
import { list, type Properties, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';

const CLASS = 'AMT_AuthorizationService';

/** PT_STATUS. */
const Status = {
  success: 0,
  invalidName: 12,
  notPermitted: 16,
  maxLimit: 23,
  invalidIndex: 35,
  invalidParameter: 36,
  invalidHandle: 2053,
  invalidPassword: 2054,
  invalidRealm: 2055,
  duplicate: 2058,
} as const;

/** Users besides the admin and the accounts of local services. UNCERTAIN: about fifteen. */
const MOST = 15;
/** Handles in one reply. */
const HANDLES = 50;
/** Realms that exist; 15, 22 and 23 are nobody's. */
const REALMS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 24];

/** Answers for accounts. */
export const users: Behavior = {
  name: 'users',

  invoke(firmware, call) {
    if (call.className !== CLASS) return undefined;
    const answer = METHODS[call.method];
    if (answer === undefined) throw new SoapFault('ActionNotSupported');
    return answer(firmware, call);
  },
};

const METHODS: Readonly<Record<string, (firmware: Firmware, call: Call) => Output>> = {
  EnumerateUserAclEntries({ state }, { input }) {
    const start = Number(text(input.StartIndex));
    const { length } = state.users;
    if (!(start >= 1) || (start > length && length > 0)) return { ReturnValue: Status.invalidIndex };
    const Handles = state.users.slice(start - 1, start - 1 + HANDLES).map(({ handle = 0 }) => handle);
    return { TotalCount: length, HandlesCount: Handles.length, Handles, ReturnValue: Status.success };
  },

  GetUserAclEntryEx(firmware, { input }) {
    const user = userOf(firmware, input);
    if (user === undefined) return { ReturnValue: Status.invalidHandle };
    const identity: Properties = user.sid === undefined ? { DigestUsername: user.name } : { KerberosUserSid: user.sid };
    return { ...identity, AccessPermission: user.access, Realms: [...user.realms], ReturnValue: Status.success };
  },

  AddUserAclEntryEx(firmware, call) {
    const { users: known } = firmware.state;
    const draft = draftOf(firmware, call.input, undefined);
    if (typeof draft === 'number') return { ReturnValue: draft };
    if (known.filter(({ name }) => !name.startsWith('$$')).length >= MOST) return { ReturnValue: Status.maxLimit };
    const handle = 1 + Math.max(0, ...known.map((user) => user.handle ?? 0));
    firmware.change((state) => {
      state.users = [...known, { ...draft, handle }];
    });
    audit(firmware, call, 2, draft.name);
    return { Handle: handle, ReturnValue: Status.success };
  },

  UpdateUserAclEntryEx(firmware, call) {
    const user = userOf(firmware, call.input);
    if (user === undefined) return { ReturnValue: Status.invalidHandle };
    if (user.name.startsWith('$$')) return { ReturnValue: Status.notPermitted };
    const draft = draftOf(firmware, call.input, user);
    if (typeof draft === 'number') return { ReturnValue: draft };
    replace(firmware, user, draft);
    audit(firmware, call, 3, draft.name, 0);
    return { ReturnValue: Status.success };
  },

  RemoveUserAclEntry(firmware, call) {
    const user = userOf(firmware, call.input);
    if (user === undefined) return { ReturnValue: Status.invalidHandle };
    if (user.name.startsWith('$$')) return { ReturnValue: Status.notPermitted };
    firmware.change((state) => {
      state.users = state.users.filter((each) => each !== user);
    });
    audit(firmware, call, 4, user.name);
    return { ReturnValue: Status.success };
  },

  SetAclEnabledState(firmware, call) {
    const user = userOf(firmware, call.input);
    if (user === undefined) return { ReturnValue: Status.invalidHandle };
    const enabled = text(call.input.Enabled) === 'true';
    replace(firmware, user, { ...user, enabled });
    audit(firmware, call, 6, user.name, enabled ? 1 : 0);
    return { ReturnValue: Status.success };
  },

  GetAclEnabledState(firmware, { input }) {
    const user = userOf(firmware, input);
    if (user === undefined) return { ReturnValue: Status.invalidHandle };
    return { Enabled: user.enabled, ReturnValue: Status.success };
  },

  SetAdminAclEntryEx(firmware, call) {
    const name = text(call.input.Username);
    const ha1 = ha1Of(call.input);
    if (!isName(name)) return { ReturnValue: Status.invalidName };
    if (ha1 === undefined) return { ReturnValue: Status.invalidPassword };
    if (firmware.state.users.some((user) => user.name === name)) return { ReturnValue: Status.duplicate };
    firmware.change((state) => {
      state.admin = { ...state.admin, name, ha1 };
    });
    audit(firmware, call, 3, name, 0);
    return { ReturnValue: Status.success };
  },

  GetAdminAclEntry: ({ state }) => ({ Username: state.admin.name, ReturnValue: Status.success }),
  GetAdminAclEntryStatus: () => ({ IsDefault: false, ReturnValue: Status.success }),
  GetAdminNetAclEntryStatus: () => ({ IsDefault: false, ReturnValue: Status.success }),
};

/** A user as a request describes it, on top of what was; or why not. A digest never says what the password was. */
function draftOf(firmware: Firmware, input: Properties, before: Account | undefined): Omit<Account, 'handle'> | number {
  const sid = text(input.KerberosUserSid) || before?.sid;
  const name = text(input.DigestUsername) || before?.name || sid || '';
  const realms = list(input.Realms).map((each) => Number(text(each)));
  const access = Number(text(input.AccessPermission));
  const ha1 = input.DigestPassword === undefined ? before?.ha1 : ha1Of(input);
  if (sid === undefined && !isName(name)) return Status.invalidName;
  if (sid === undefined && (ha1 === undefined || ha1 === '')) return Status.invalidPassword;
  if (realms.length === 0 || realms.some((realm) => !REALMS.includes(realm))) return Status.invalidRealm;
  if (!(access >= 0 && access <= 2)) return Status.invalidParameter;
  const others = firmware.state.users.filter((user) => user !== before);
  if (name === firmware.state.admin.name || others.some((user) => user.name === name)) return Status.duplicate;
  const enabled = before?.enabled ?? true;
  return { name, ha1: ha1 ?? '', realms, access, enabled, ...(sid !== undefined && { sid }) };
}

/** The MD5 of user, realm and password: 16 bytes, base64 on the wire. Anything else is no password. */
function ha1Of(input: Properties): string | undefined {
  const bytes = Buffer.from(text(input.DigestPassword), 'base64');
  return bytes.length === 16 ? bytes.toString('hex') : undefined;
}

/** 1 to 16 characters from "!" to "~", without those that end something somewhere; `$$` is for local services. */
function isName(name: string): boolean {
  return /^[!-~]{1,16}$/.test(name) && !/[:,<>&"']/.test(name) && !name.startsWith('$$');
}

function userOf({ state }: Firmware, input: Properties): Account | undefined {
  const handle = Number(text(input.Handle));
  return state.users.find((user) => user.handle === handle);
}

function replace(firmware: Firmware, user: Account, draft: Omit<Account, 'handle'>): void {
  const { handle } = user;
  firmware.change((state) => {
    state.users = state.users.map((each) =>
      each === user ? { ...draft, ...(handle !== undefined && { handle }) } : each,
    );
  });
}

/** Extended data: what changed where the event has such a byte, type digest, length, name. */
function audit(firmware: Firmware, { account, address }: Call, event: number, name: string, what?: number): void {
  const bytes = Buffer.from(name, 'latin1');
  const data = Uint8Array.from([...(what === undefined ? [] : [what]), 0, bytes.length, ...bytes]);
  recordAudit(firmware, { application: 16, event, user: account.name, address, data });
}
