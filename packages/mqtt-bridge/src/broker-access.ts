/** Who may do what at the embedded broker. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { matches } from './topics.ts';

/** Who may log in, with the password looked up, and what he may do. Topics are filters with `+` and `#`. */
export interface BrokerUser {
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Decides. Clients are told apart by the objects that stand for them. */
export interface BrokerAccess {
  logIn(client: object, name: string | undefined, password: Uint8Array | undefined): boolean;
  mayPublish(client: object | null, topic: string): boolean;
  maySubscribe(client: object, filter: string): boolean;
  /** The name a client logged in with. */
  nameOf(client: object | null): string | undefined;
}

/** Access for these users; where there are none, everybody who gets here may do everything. */
export function accessOf(users: ReadonlyMap<string, BrokerUser>): BrokerAccess {
  const names = new WeakMap<object, string>();
  const nameOf = (client: object | null): string | undefined => (client === null ? undefined : names.get(client));
  const userOf = (client: object | null): BrokerUser | undefined => users.get(nameOf(client) ?? '');
  return {
    nameOf,
    logIn(client, name = '', password) {
      if (users.size === 0) return true;
      const user = users.get(name);
      if (user === undefined || password === undefined || !same(password, user.password)) return false;
      names.set(client, name);
      return true;
    },
    mayPublish(client, topic) {
      if (topic.startsWith('$')) return false;
      return users.size === 0 || userOf(client)?.publish.some((filter) => matches(filter, topic)) === true;
    },
    maySubscribe(client, filter) {
      // Shared subscriptions would be granted and never served.
      if (filter.startsWith('$share/')) return false;
      return users.size === 0 || userOf(client)?.subscribe.some((allowed) => covers(allowed, filter)) === true;
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

/** In constant time, whatever the lengths. */
function same(given: Uint8Array, wanted: string): boolean {
  const digest = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
