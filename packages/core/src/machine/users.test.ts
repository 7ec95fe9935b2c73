import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MethodFailed, NotSupported, Refused } from '../errors.ts';
import { type Script, scriptedFirmware } from '../testing/scripted-firmware.ts';
import { type LogIn, usersOf } from './users.ts';

const SERVICE = 'AMT_AuthorizationService';
const OK = '<ReturnValue>0</ReturnValue>';
const REALM = 'Digest:A4070000000000000000000000000000';
const password = 'N3w-Password';

/** An account of the firmware (as recorded), one that logs in by password, one by Kerberos. */
const accounts: Script = {
  [`${SERVICE}.EnumerateUserAclEntries`]: [
    `<TotalCount>3</TotalCount><HandlesCount>2</HandlesCount><Handles>1</Handles><Handles>2</Handles>${OK}`,
    `<TotalCount>3</TotalCount><HandlesCount>1</HandlesCount><Handles>7</Handles>${OK}`,
    `<TotalCount>3</TotalCount><HandlesCount>2</HandlesCount><Handles>1</Handles><Handles>2</Handles>${OK}`,
    `<TotalCount>3</TotalCount><HandlesCount>1</HandlesCount><Handles>7</Handles>${OK}`,
  ],
  [`${SERVICE}.GetUserAclEntryEx`]: [
    `<DigestUsername>$$uns</DigestUsername><AccessPermission>0</AccessPermission><Realms>16</Realms>${OK}`,
    `<DigestUsername>bob</DigestUsername><AccessPermission>1</AccessPermission><Realms>5</Realms><Realms>99</Realms>${OK}`,
    `<KerberosUserSid>AQIAAAAAAAUgAAAAIAIAAA==</KerberosUserSid><AccessPermission>2</AccessPermission><Realms>3</Realms>${OK}`,
    `<DigestUsername>bob</DigestUsername><AccessPermission>1</AccessPermission><Realms>5</Realms><Realms>99</Realms>${OK}`,
  ],
  [`${SERVICE}.GetAclEnabledState`]: [`<Enabled>true</Enabled>${OK}`, `<Enabled>false</Enabled>${OK}`],
};

describe('accounts', () => {
  test('are listed without those of the firmware', async () => {
    const { users } = usersWith({});
    expect(await users.list()).toEqual([
      {
        handle: 2,
        name: 'bob',
        kerberos: false,
        enabled: true,
        access: 'network',
        realms: ['remote-control', 'realm-99'],
      },
      { handle: 7, name: 'S-1-5-32-544', kerberos: true, enabled: false, access: 'both', realms: ['administration'] },
    ]);
  });

  test('a list of one handle is a list', async () => {
    const { users } = usersWith({
      [`${SERVICE}.EnumerateUserAclEntries`]: `<TotalCount>1</TotalCount><Handles>2</Handles>${OK}`,
      [`${SERVICE}.GetUserAclEntryEx`]: `<DigestUsername>eve</DigestUsername>${OK}`,
    });
    expect(await users.list()).toMatchObject([{ name: 'eve', access: 'unknown', realms: [] }]);
  });

  test('are added with the hash of their password and never with the password', async () => {
    const { users, request } = usersWith({ [`${SERVICE}.AddUserAclEntryEx`]: `<Handle>9</Handle>${OK}` });
    expect(await users.add({ name: 'alice', password, realms: ['remote-control', 'redirection'] })).toBe(9);
    expect(request(`${SERVICE}.AddUserAclEntryEx`).input).toMatchObject({
      DigestUsername: 'alice',
      DigestPassword: createHash('md5').update(`alice:${REALM}:${password}`).digest('base64'),
      AccessPermission: '2',
      Realms: ['5', '2'],
    });
    expect(JSON.stringify(request(`${SERVICE}.AddUserAclEntryEx`))).not.toContain(password);
  });

  test.each([
    ['a weak password', { name: 'alice', password: 'weak', realms: ['redirection'] }, 'The password needs'],
    ['a name of the firmware', { name: '$$OsAdmin', password, realms: ['redirection'] }, 'account of the firmware'],
    ['a long name', { name: 'x'.repeat(17), password, realms: ['redirection'] }, 'at most 16'],
    ['an unknown realm', { name: 'alice', password, realms: ['root'] }, '"root" is no realm; there are administration'],
    ['a realm that every object has', { name: 'alice', password, realms: ['constructor'] }, 'is no realm'],
    ['no realm', { name: 'alice', password, realms: [] }, 'at least one realm'],
  ])('are not added with %s', async (_name, user, sentence) => {
    const { users, asked } = usersWith({});
    const adding = users.add(user);
    await expect(adding).rejects.toThrow(TypeError);
    await expect(adding).rejects.toThrow(sentence);
    expect(asked).toEqual([]);
  });

  test('the firmware’s refusal is told', async () => {
    const { users } = usersWith({ [`${SERVICE}.AddUserAclEntryEx`]: '<ReturnValue>2058</ReturnValue>' });
    await expect(users.add({ name: 'bob', password, realms: ['redirection'] })).rejects.toThrow('DUPLICATE');
  });

  test('are removed by name', async () => {
    const { users, request } = usersWith({ [`${SERVICE}.RemoveUserAclEntry`]: OK });
    await users.remove('S-1-5-32-544');
    expect(request(`${SERVICE}.RemoveUserAclEntry`).input).toMatchObject({ Handle: '7' });
  });

  test('are switched off by name', async () => {
    const { users, request } = usersWith({ [`${SERVICE}.SetAclEnabledState`]: OK });
    await users.setEnabled('bob', false);
    expect(request(`${SERVICE}.SetAclEnabledState`).input).toMatchObject({ Handle: '2', Enabled: 'false' });
  });

  test('keep realms and access when their password changes', async () => {
    const { users, request, logIn } = usersWith({ [`${SERVICE}.UpdateUserAclEntryEx`]: OK });
    await users.setPassword('bob', password);
    expect(request(`${SERVICE}.UpdateUserAclEntryEx`).input).toMatchObject({
      Handle: '2',
      DigestUsername: 'bob',
      DigestPassword: createHash('md5').update(`bob:${REALM}:${password}`).digest('base64'),
      AccessPermission: '1',
      Realms: ['5', '99'],
    });
    expect(logIn.passwords).toEqual([]);
  });

  test('whose password is that of the connection take the connection along', async () => {
    const { users, logIn } = usersWith({ [`${SERVICE}.UpdateUserAclEntryEx`]: OK }, 'bob');
    await users.setPassword('bob', password);
    expect(logIn.passwords).toEqual([password]);
  });

  test('that log in by Kerberos have no password', async () => {
    const { users } = usersWith({});
    await expect(users.setPassword('S-1-5-32-544', password)).rejects.toThrow(NotSupported);
  });

  test('that do not exist are not touched', async () => {
    await expect(usersWith({}).users.remove('eve')).rejects.toThrow(Refused);
    await expect(usersWith({}).users.remove('$$uns')).rejects.toThrow('account of the firmware itself');
  });
});

describe('the admin’s password', () => {
  const script = {
    [`${SERVICE}.GetAdminAclEntry`]: `<Username>admin</Username>${OK}`,
    [`${SERVICE}.SetAdminAclEntryEx`]: OK,
  };

  test('is set as a hash, and the connection goes on with it', async () => {
    const { users, request, logIn } = usersWith(script);
    await users.setAdminPassword(password);
    expect(request(`${SERVICE}.SetAdminAclEntryEx`).input).toMatchObject({
      Username: 'admin',
      DigestPassword: createHash('md5').update(`admin:${REALM}:${password}`).digest('base64'),
    });
    expect(logIn.passwords).toEqual([password]);
  });

  test('does not change the log-in of somebody else', async () => {
    const { users, logIn } = usersWith(script, 'bob');
    await users.setAdminPassword(password);
    expect(logIn.passwords).toEqual([]);
  });

  test('that is refused leaves the log-in as it is', async () => {
    const { users, logIn } = usersWith({
      ...script,
      [`${SERVICE}.SetAdminAclEntryEx`]: '<ReturnValue>2054</ReturnValue>',
    });
    await expect(users.setAdminPassword(password)).rejects.toThrow(MethodFailed);
    expect(logIn.passwords).toEqual([]);
  });

  test('that is weak is not even sent', async () => {
    const { users, asked } = usersWith(script);
    await expect(users.setAdminPassword('password')).rejects.toThrow('an upper-case letter');
    expect(asked).toEqual([]);
  });
});

function usersWith(script: Script, user = 'admin') {
  const passwords: string[] = [];
  const logIn: LogIn & { passwords: string[] } = {
    user,
    realm: REALM,
    passwords,
    setPassword: (changed) => passwords.push(changed),
  };
  const firmware = scriptedFirmware({ ...accounts, ...script });
  return { ...firmware, users: usersOf(firmware.wsman, logIn), logIn };
}
