/** Accounts of the firmware. */
import type { UserAccount } from '../machine/facts.ts';
import { action, flag, list, oneOf, optional, reading, secret, source, text } from './capability.ts';

const name = text({ maxLength: 16 });

/** All accounts but the firmware's own. */
export const userList = reading({
  id: 'user.list',
  title: 'Accounts',
  value: list<UserAccount>(),
  from: source({ refresh: 'asked', read: (machine) => machine.users.list() }),
  pick: (accounts) => accounts,
});

/** Adds an account. `realms` are names separated by commas. */
export const userAdd = action({
  id: 'user.add',
  title: 'Add an account',
  effect: 'disruptive',
  changes: ['user.list'],
  input: {
    name,
    password: secret({ maxLength: 32 }),
    realms: text(),
    access: optional(oneOf('local', 'network', 'both')),
  },
  run: async (machine, { name: user, password, realms, access }) => ({
    handle: await machine.users.add({
      name: user,
      password,
      realms: realms
        .split(',')
        .map((realm) => realm.trim())
        .filter(Boolean),
      ...(access === undefined ? {} : { access }),
    }),
  }),
});

/** Removes an account. */
export const userRemove = action({
  id: 'user.remove',
  title: 'Remove an account',
  effect: 'destructive',
  changes: ['user.list'],
  input: { name },
  run: (machine, { name: user }) => machine.users.remove(user),
});

/** Locks or unlocks an account. */
export const userEnable = action({
  id: 'user.enable',
  title: 'Enable or disable an account',
  effect: 'disruptive',
  changes: ['user.list'],
  input: { name, enabled: flag },
  run: (machine, { name: user, enabled }) => machine.users.setEnabled(user, enabled ?? false),
});

/** Changes an account's password. */
export const userPassword = action({
  id: 'user.password',
  title: "Change an account's password",
  effect: 'disruptive',
  input: { name, password: secret({ maxLength: 32 }) },
  run: (machine, { name: user, password }) => machine.users.setPassword(user, password),
});
