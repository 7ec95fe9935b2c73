/** Accounts, and what they may do. */
import { listOf, textOf } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { md5 } from '../firmware.ts';
import type { Simulator } from '../simulator.ts';
import { start, TestConsole } from '../testing/console.ts';

const SERVICE = 'AMT_AuthorizationService';
const LONG = 'Str0ng!Password';

const digest = (simulator: Simulator, name: string, password = LONG) =>
  Buffer.from(md5(`${name}:${simulator.firmware.identity.realm}:${password}`), 'hex').toString('base64');

async function withUser(realms: readonly number[], access = 2) {
  const pc = await start();
  const { simulator, console } = pc;
  const input = {
    DigestUsername: 'tess',
    DigestPassword: digest(simulator, 'tess'),
    AccessPermission: access,
    Realms: realms,
  };
  const output = await console.invoke(SERVICE, 'AddUserAclEntryEx', input);
  expect(output.ReturnValue).toBe('0');
  return { ...pc, handle: Number(output.Handle), tess: new TestConsole(simulator, { user: 'tess', password: LONG }) };
}

describe('a user', () => {
  test('is added, found, and can log in', async () => {
    const { console, tess, handle } = await withUser([13, 5]);
    const list = await console.invoke(SERVICE, 'EnumerateUserAclEntries', { StartIndex: 1 });
    expect(list).toMatchObject({ TotalCount: '3', HandlesCount: '3' });
    expect(listOf(list.Handles).map((each) => textOf(each))).toContain(String(handle));
    const entry = await console.invoke(SERVICE, 'GetUserAclEntryEx', { Handle: handle });
    expect(entry).toMatchObject({ DigestUsername: 'tess', AccessPermission: '2', Realms: ['13', '5'] });
    expect(await tess.requestPower(2)).toBe(0);
  });

  test('without the realm is refused, and reads what everybody may', async () => {
    const { tess } = await withUser([20]);
    expect(await tess.fault(tess.requestPower(2))).toBe('AccessDenied');
    expect(await tess.fault(tess.get('CIM_Chassis'))).toBe('AccessDenied');
    expect(await tess.result('AMT_AuditLog', 'ReadRecords', { StartIndex: 1 })).toBe(0);
    expect((await tess.get('AMT_GeneralSettings')).ElementName).toContain('General Settings');
    expect(await tess.fault(tess.put('AMT_GeneralSettings', { HostName: 'x' }))).toBe('AccessDenied');
  });

  test('of the machine itself cannot come over the network', async () => {
    const { tess } = await withUser([13], 0);
    expect(await tess.fault(tess.get('AMT_GeneralSettings'))).toBe('HTTP 401');
  });

  test('that is switched off cannot log in until it is on again', async () => {
    const { console, tess, handle } = await withUser([13]);
    expect(await console.result(SERVICE, 'SetAclEnabledState', { Handle: handle, Enabled: false })).toBe(0);
    expect((await console.invoke(SERVICE, 'GetAclEnabledState', { Handle: handle })).Enabled).toBe('false');
    expect(await tess.fault(tess.get('AMT_GeneralSettings'))).toBe('HTTP 401');
    await console.result(SERVICE, 'SetAclEnabledState', { Handle: handle, Enabled: true });
    await tess.get('AMT_GeneralSettings');
  });

  test('keeps the password when only realms change, and loses all when removed', async () => {
    const { console, tess, handle } = await withUser([13]);
    const change = { Handle: handle, DigestUsername: 'tess', AccessPermission: 2, Realms: [13, 5] };
    expect(await console.result(SERVICE, 'UpdateUserAclEntryEx', change)).toBe(0);
    expect(await tess.requestPower(2)).toBe(0);
    expect(await console.result(SERVICE, 'RemoveUserAclEntry', { Handle: handle })).toBe(0);
    expect(await console.result(SERVICE, 'GetUserAclEntryEx', { Handle: handle })).toBe(2053);
    expect(await tess.fault(tess.requestPower(10))).toBe('HTTP 401');
  });
});

describe('what is wrong with a new user', () => {
  test.each([
    ['a colon in the name', { DigestUsername: 'a:b' }, 12],
    ['a name of local services', { DigestUsername: '$$me' }, 12],
    ['seventeen characters', { DigestUsername: 'abcdefghijklmnopq' }, 12],
    ['no name', { DigestUsername: '' }, 12],
    ['a password as hex', { DigestPassword: '0123456789abcdef0123456789abcdef' }, 2054],
    ['a realm nobody has', { Realms: [13, 22] }, 2055],
    ['no realm', { Realms: [] }, 2055],
    ['an access that does not exist', { AccessPermission: 3 }, 36],
    ['the name of the admin', { DigestUsername: 'admin' }, 2058],
  ])('%s', async (_what, wrong, result) => {
    const { simulator, console } = await start();
    const right = {
      DigestUsername: 'tess',
      DigestPassword: digest(simulator, 'tess'),
      AccessPermission: 2,
      Realms: [13],
    };
    expect(await console.result(SERVICE, 'AddUserAclEntryEx', { ...right, ...wrong })).toBe(result);
  });

  test('being the sixteenth', async () => {
    const { simulator, console } = await start();
    const add = (i: number) =>
      console.result(SERVICE, 'AddUserAclEntryEx', {
        DigestUsername: `user${i}`,
        DigestPassword: digest(simulator, `user${i}`),
        AccessPermission: 2,
        Realms: [13],
      });
    for (let i = 1; i <= 15; i++) expect(await add(i)).toBe(0);
    expect(await add(16)).toBe(23);
  });
});

test('accounts of local services are listed and left alone', async () => {
  const { console } = await start();
  expect((await console.invoke(SERVICE, 'GetUserAclEntryEx', { Handle: 1 })).DigestUsername).toBe('$$uns');
  expect(await console.result(SERVICE, 'RemoveUserAclEntry', { Handle: 2 })).toBe(16);
});

test('a new password of the admin holds from the next request on', async () => {
  const { simulator, console } = await start();
  await console.get('AMT_GeneralSettings');
  const input = { Username: 'admin', DigestPassword: digest(simulator, 'admin') };
  expect(await console.result(SERVICE, 'SetAdminAclEntryEx', input)).toBe(0);
  expect(await console.fault(console.get('AMT_GeneralSettings'))).toBe('HTTP 401');
  const again = new TestConsole(simulator, { password: LONG });
  expect((await again.invoke(SERVICE, 'GetAdminAclEntry')).Username).toBe('admin');
});

test('a user without the realm gets the log-on page from old firmware', async () => {
  const { simulator, console } = await start({ profile: 'amt-7' });
  const input = {
    DigestUsername: 'tess',
    DigestPassword: digest(simulator, 'tess'),
    AccessPermission: 2,
    Realms: [20],
  };
  await console.result(SERVICE, 'AddUserAclEntryEx', input);
  const tess = new TestConsole(simulator, { user: 'tess', password: LONG });
  expect(await tess.fault(tess.get('CIM_Chassis'))).toBe('HTTP 401');
});
