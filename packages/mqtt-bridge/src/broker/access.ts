/** Who may do what at the embedded broker. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isCommandTopic, machineIn, matches } from '../topics.ts';

/** Who may log in, with the password looked up, and what he may do. Topics are filters with `+` and `#`. */
export interface BrokerUser {
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Names and `@tags` of machines he may see and command beside that. */
  readonly machines?: readonly string[] | undefined;
}

/** What access depends on beside the users. */
export interface AccessRules {
  /** Base of all topics. */
  readonly base: string;
  /** Tags of a machine, as they are now; undefined for one that is not there. */
  readonly tagsOf: (machine: string) => readonly string[] | undefined;
}

/** Decides. Clients are told apart by the objects that stand for them. */
export interface BrokerAccess {
  logIn(client: object, name: string | undefined, password: Uint8Array | undefined): boolean;
  mayPublish(client: object | null, topic: string): boolean;
  /** Whether he is to be given a message. */
  mayRead(client: object | null, topic: string): boolean;
  /** Whether there is anything behind the filter that he may read; the rest of it is kept from him. */
  maySubscribe(client: object, filter: string): boolean;
  /** The name a client logged in with. */
  nameOf(client: object | null): string | undefined;
  /** Other users from now on. Returns whether a client that had logged in could still do so. */
  replace(users: ReadonlyMap<string, BrokerUser>): (client: object) => boolean;
}

/** Access for these users; where there are none, everybody who gets here may do everything. */
export function accessOf(users: ReadonlyMap<string, BrokerUser>, { base, tagsOf }: AccessRules): BrokerAccess {
  const logins = new WeakMap<object, { readonly name: string; readonly password: string }>();
  const nameOf = (client: object | null): string | undefined =>
    client === null ? undefined : logins.get(client)?.name;
  const userOf = (client: object | null): BrokerUser | undefined => users.get(nameOf(client) ?? '');
  const bridgeState = `${base}/bridge/+/state`;

  function isHis({ machines = [] }: BrokerUser, topic: string): boolean {
    const machine = machineIn(base, topic);
    if (machine === undefined) return false;
    if (machines.includes(machine)) return true;
    const tags = tagsOf(machine);
    return tags !== undefined && (machines.includes('@all') || tags.some((tag) => machines.includes(`@${tag}`)));
  }

  return {
    nameOf,
    logIn(client, name = '', password) {
      if (users.size === 0) return true;
      const user = users.get(name);
      if (user === undefined || password === undefined || !same(password, user.password)) return false;
      logins.set(client, { name, password: user.password });
      return true;
    },
    mayPublish(client, topic) {
      if (topic.startsWith('$')) return false;
      if (users.size === 0) return true;
      const user = userOf(client);
      if (user === undefined) return false;
      return (
        user.publish.some((filter) => matches(filter, topic)) || (isCommandTopic(base, topic) && isHis(user, topic))
      );
    },
    mayRead(client, topic) {
      if (users.size === 0) return true;
      const user = userOf(client);
      if (user === undefined) return false;
      if (user.subscribe.some((filter) => matches(filter, topic)) || isHis(user, topic)) return true;
      return user.machines !== undefined && matches(bridgeState, topic);
    },
    maySubscribe(client, filter) {
      // Shared subscriptions would be granted and never served.
      if (filter.startsWith('$share/')) return false;
      if (users.size === 0) return true;
      const user = userOf(client);
      if (user === undefined) return false;
      if (user.subscribe.some((allowed) => covers(allowed, filter))) return true;
      return user.machines !== undefined && reaches(filter, base);
    },
    replace(others) {
      users = others;
      return (client) => {
        if (others.size === 0) return true;
        const login = logins.get(client);
        return login !== undefined && others.get(login.name)?.password === login.password;
      };
    },
  };
}

/** Whether everything that `wanted` matches is matched by `allowed`. */
export function covers(allowed: string, wanted: string): boolean {
  const permitted = allowed.split('/');
  const levels = wanted.split('/');
  if (wanted.startsWith('$') && !allowed.startsWith('$')) return false;
  for (const [i, level] of levels.entries()) {
    const may = permitted[i];
    if (may === '#') return true;
    if (may === undefined || level === '#') return false;
    if (may !== '+' && may !== level) return false;
  }
  return permitted.length === levels.length || (permitted.length === levels.length + 1 && permitted.at(-1) === '#');
}

/** Whether a filter matches anything below a base. */
function reaches(filter: string, base: string): boolean {
  const levels = filter.split('/');
  for (const [i, level] of base.split('/').entries()) {
    if (levels[i] === '#') return true;
    if (levels[i] !== '+' && levels[i] !== level) return false;
  }
  return levels.length > base.split('/').length;
}

/** In constant time, whatever the lengths. */
function same(given: Uint8Array, wanted: string): boolean {
  const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
