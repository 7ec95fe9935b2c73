/** Accounts of the firmware. [AMT: AMT_AuthorizationService] */
import { createHash } from 'node:crypto';
import { isSystemAccount, passwordFault, userNameFault } from '../auth/account-rules.ts';
import { sidText } from '../bytes/sid.ts';
import { NotSupported, Refused } from '../errors.ts';
import {
  type AccessPermission,
  AMT_AuthorizationService,
  type Realm,
} from '../wsman/classes/amt/AMT_AuthorizationService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import type { UserAccount, Users } from './facts.ts';

/** With what the connection is logged in. */
export interface LogIn {
  readonly user: string;
  /** Digest realm, a part of every stored password. */
  readonly realm: string;
  /** The connection goes on with this one. */
  setPassword(password: string): void;
}

/** The users façade over one client. */
export function usersOf(wsman: WsmanClient, logIn: LogIn): Users {
  return new MachineUsers(wsman, logIn);
}

class MachineUsers implements Users {
  readonly #wsman: WsmanClient;
  readonly #logIn: LogIn;

  constructor(wsman: WsmanClient, logIn: LogIn) {
    this.#wsman = wsman;
    this.#logIn = logIn;
  }

  async list(): Promise<readonly UserAccount[]> {
    const accounts: UserAccount[] = [];
    for (const handle of await this.#handles()) {
      const account = await this.#account(handle);
      if (!isSystemAccount(account.name)) accounts.push(account);
    }
    return accounts;
  }

  async add({ name, password, realms, access = 'both' }: Parameters<Users['add']>[0]): Promise<number> {
    const fault = userNameFault(name) ?? passwordFault(password);
    if (fault !== undefined) throw new TypeError(fault);
    if (realms.length === 0) throw new TypeError('An account needs at least one realm.');
    const { Handle } = await this.#wsman.invoke(AMT_AuthorizationService, 'AddUserAclEntryEx', {
      DigestUsername: name,
      DigestPassword: this.#digest(name, password),
      AccessPermission: PERMISSIONS[access],
      Realms: realms.map(realmNamed),
    });
    return Handle ?? (await this.#named(name)).handle;
  }

  async remove(name: string): Promise<void> {
    const { handle } = await this.#named(name);
    await this.#wsman.invoke(AMT_AuthorizationService, 'RemoveUserAclEntry', { Handle: handle });
  }

  async setEnabled(name: string, enabled: boolean): Promise<void> {
    const { handle } = await this.#named(name);
    await this.#wsman.invoke(AMT_AuthorizationService, 'SetAclEnabledState', { Handle: handle, Enabled: enabled });
  }

  async setPassword(name: string, password: string): Promise<void> {
    const fault = passwordFault(password);
    if (fault !== undefined) throw new TypeError(fault);
    const { handle, kerberos } = await this.#named(name);
    if (kerberos) {
      throw new NotSupported(`${name} on ${this.#wsman.host} logs in by Kerberos and has no password here.`, {
        host: this.#wsman.host,
      });
    }
    // The firmware replaces the whole entry: what is not to change is sent as it is, numbers without a name included.
    const entry = await this.#entry(handle);
    await this.#wsman.invoke(AMT_AuthorizationService, 'UpdateUserAclEntryEx', {
      Handle: handle,
      DigestUsername: name,
      DigestPassword: this.#digest(name, password),
      AccessPermission: entry.AccessPermission ?? PERMISSIONS.both,
      Realms: entry.Realms ?? [],
    });
    if (name === this.#logIn.user) this.#logIn.setPassword(password);
  }

  async setAdminPassword(password: string): Promise<void> {
    const fault = passwordFault(password);
    if (fault !== undefined) throw new TypeError(fault);
    const { Username } = await this.#wsman.invoke(AMT_AuthorizationService, 'GetAdminAclEntry', {});
    const admin = Username ?? 'admin';
    await this.#wsman.invoke(AMT_AuthorizationService, 'SetAdminAclEntryEx', {
      Username: admin,
      DigestPassword: this.#digest(admin, password),
    });
    // From here on the firmware answers 401 to the old password.
    if (admin === this.#logIn.user) this.#logIn.setPassword(password);
  }

  /** Of all entries, the firmware's own included. They come some fifty at a time. */
  async #handles(): Promise<readonly number[]> {
    const handles: number[] = [];
    for (;;) {
      const page = await this.#wsman.invoke(AMT_AuthorizationService, 'EnumerateUserAclEntries', {
        StartIndex: handles.length + 1,
      });
      const some = page.Handles ?? [];
      handles.push(...some);
      if (some.length === 0 || handles.length >= (page.TotalCount ?? 0)) return handles;
    }
  }

  async #account(handle: number): Promise<UserAccount> {
    const { DigestUsername, KerberosUserSid, AccessPermission, Realms = [] } = await this.#entry(handle);
    const kerberos = KerberosUserSid !== undefined && !DigestUsername;
    const name = kerberos ? sidText(KerberosUserSid) : (DigestUsername ?? '');
    const enabled = isSystemAccount(name)
      ? undefined
      : (await this.#wsman.invoke(AMT_AuthorizationService, 'GetAclEnabledState', { Handle: handle })).Enabled;
    return {
      handle,
      name,
      kerberos,
      enabled,
      access: ACCESS.get(AccessPermission ?? -1) ?? 'unknown',
      realms: Realms.map((realm) => REALM_WORDS.get(realm) ?? `realm-${realm}`),
    };
  }

  async #entry(handle: number) {
    return await this.#wsman.invoke(AMT_AuthorizationService, 'GetUserAclEntryEx', { Handle: handle });
  }

  async #named(name: string): Promise<UserAccount> {
    if (isSystemAccount(name)) throw new TypeError(`${name} is an account of the firmware itself and stays as it is.`);
    const account = (await this.list()).find((each) => each.name === name);
    if (account === undefined) {
      const { host } = this.#wsman;
      throw new Refused(`${host} has no account named ${JSON.stringify(name)}.`, {
        host,
        hint: 'The admin account is not one of them; only its password can be changed.',
      });
    }
    return account;
  }

  /** What the firmware keeps instead of a password: the first half of every digest answer. [RFC 7616 §3.4.2] */
  #digest(name: string, password: string): Uint8Array {
    return new Uint8Array(createHash('md5').update(`${name}:${this.#logIn.realm}:${password}`).digest());
  }
}

/** Realm in plain words → the schema's name. */
const REALMS = {
  administration: 'PT Administration',
  redirection: 'Redirection',
  'hardware-asset': 'Hardware Asset',
  'remote-control': 'Remote Control',
  storage: 'Storage',
  'storage-administration': 'Storage Admin',
  'event-manager': 'Event Manager',
  'event-log-reader': 'Event Log Reader',
  'audit-log': 'Audit Log',
  'agent-presence-local': 'Agent Presence Local',
  'agent-presence-remote': 'Agent Presence Remote',
  'circuit-breaker': 'Circuit Breaker',
  'network-time': 'Network Time',
  'general-info': 'General Info',
  'firmware-update': 'Firmware Update',
  'embedded-it': 'EIT',
  'local-user-notification': 'Local User Notification',
  'endpoint-access-control': 'Endpoint Access Control',
  'endpoint-access-control-administration': 'Endpoint Access Control Admin',
  'user-access-control': 'ACL',
  'local-system': 'Local System',
} as const satisfies Record<string, keyof typeof Realm>;

const REALM_WORDS = new Map<string | number, string>(Object.entries(REALMS).map(([word, realm]) => [realm, word]));

const PERMISSIONS = {
  local: 'Local access permission',
  network: 'Network access permission',
  both: 'Any access permission',
} as const satisfies Record<string, keyof typeof AccessPermission>;

const ACCESS = new Map<string | number, UserAccount['access']>(
  Object.entries(PERMISSIONS).map(([access, permission]) => [permission, access as keyof typeof PERMISSIONS]),
);

function realmNamed(word: string): keyof typeof Realm {
  const realm = Object.hasOwn(REALMS, word) ? REALMS[word as keyof typeof REALMS] : undefined;
  if (realm === undefined) {
    throw new TypeError(`${JSON.stringify(word)} is no realm; there are ${Object.keys(REALMS).join(', ')}.`);
  }
  return realm;
}
