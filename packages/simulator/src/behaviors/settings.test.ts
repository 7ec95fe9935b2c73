/** Identity, network, clock, set-up, and settings that are simply kept. */
import { listOf, textOf } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { start } from '../testing/console.ts';

describe('general settings', () => {
  test('are the PC’s own until somebody writes them', async () => {
    const { simulator, console } = await start({ hostName: 'desk-7', power: 'on' });
    const settings = await console.get('AMT_GeneralSettings');
    expect(settings).toMatchObject({
      HostName: 'desk-7',
      HostOSFQDN: 'desk-7.example.net',
      DigestRealm: simulator.firmware.identity.realm,
    });
    expect(await console.put('AMT_GeneralSettings', { HostName: 'desk-8' })).toMatchObject({ HostName: 'desk-8' });
    expect((await console.get('AMT_GeneralSettings')).HostName).toBe('desk-8');
  });

  test('can be written back whole', async () => {
    const { console } = await start();
    const settings = await console.get('AMT_GeneralSettings');
    const sent = Object.fromEntries(
      Object.entries(settings).flatMap(([name, value]) => (name.startsWith('@') ? [] : [[name, textOf(value)]])),
    );
    expect(await console.put('AMT_GeneralSettings', { ...sent, PingResponseEnabled: 'false' })).toEqual({
      ...settings,
      PingResponseEnabled: 'false',
    });
  });

  test.each([
    [{ DigestRealm: 'Digest:0' }, 'InvalidRepresentation'],
    [{ IdleWakeTimeout: 0 }, 'InvalidRepresentation'],
    [{ HostName: 'x'.repeat(64) }, 'InvalidRepresentation'],
    [{ PingResponseEnabled: 'perhaps' }, 'SchemaValidationError'],
    [{ Colour: 'red' }, 'SchemaValidationError'],
  ])('refuse %o', async (values, fault) => {
    const { console } = await start();
    expect(await console.fault(console.put('AMT_GeneralSettings', values))).toBe(fault);
  });
});

test('the UUID is the same wherever it is read', async () => {
  const { simulator, console } = await start({ uuid: '12345678-9ABC-DEF0-1122-334455667788' });
  expect(simulator.uuid).toBe('12345678-9abc-def0-1122-334455667788');
  const guid = '78563412BC9AF0DE1122334455667788';
  expect((await console.get('CIM_ComputerSystemPackage')).PlatformGUID).toBe(guid);
  const { UUID } = await console.invoke('AMT_SetupAndConfigurationService', 'GetUuid');
  expect(Buffer.from(textOf(UUID), 'base64').toString('hex').toUpperCase()).toBe(guid);
});

describe('the wired port', () => {
  const wired = { InstanceID: 'Intel(r) AMT Ethernet Port Settings 0' };
  const fixed = { IPAddress: '192.0.2.9', SubnetMask: '255.255.255.0' };
  const PORT = 'AMT_EthernetPortSettings';

  test('gets an address of its own, and gives it up again', async () => {
    const { simulator, console } = await start();
    const put = await console.put(PORT, { ...wired, DHCPEnabled: false, ...fixed }, wired);
    expect(put).toMatchObject({
      DHCPEnabled: 'false',
      IPAddress: '192.0.2.9',
      MACAddress: simulator.firmware.identity.mac,
    });
    expect(await console.put(PORT, { ...wired, DHCPEnabled: true }, wired)).toMatchObject({ DHCPEnabled: 'true' });
  });

  test.each([
    ['an address with DHCP', { DHCPEnabled: true, ...fixed }],
    ['no address without', { DHCPEnabled: false, IpSyncEnabled: false }],
    ['an address that is none', { DHCPEnabled: false, IPAddress: '192.0.2.300', SubnetMask: '255.0.0.0' }],
    ['another MAC', { DHCPEnabled: true, MACAddress: '00-00-00-00-00-01' }],
  ])('refuses %s', async (_what, values) => {
    const { console } = await start();
    expect(await console.fault(console.put(PORT, { ...wired, ...values }, wired))).toBe('InvalidRepresentation');
  });

  test('has to be named, being one of two', async () => {
    const { console } = await start();
    expect(await console.fault(console.put(PORT, { DHCPEnabled: true }))).toBe('InvalidSelectors');
    expect(await console.fault(console.get(PORT))).toBe('InvalidSelectors');
  });

  test('leaves the radio to the other one', async () => {
    const { console } = await start();
    const ask = (selectors: Record<string, string>) =>
      console.result(PORT, 'SetLinkPreference', { LinkPreference: 1, Timeout: 60 }, selectors);
    expect(await ask(wired)).toBe(36);
    const wireless = { InstanceID: 'Intel(r) AMT Ethernet Port Settings 1' };
    expect(await ask(wireless)).toBe(0);
    expect((await console.get(PORT, wireless)).LinkPreference).toBe('1');
  });
});

test('IPv6 settings want to be whole', async () => {
  const { console } = await start();
  const settings = 'IPS_IPv6PortSettings';
  expect(await console.fault(console.put(settings, { IPv6Address: '2001:db8::1' }))).toBe('InvalidRepresentation');
  const whole = {
    DefaultRouter: '::',
    IPv6Address: '2001:db8::1',
    InterfaceIDType: 0,
    PrimaryDNS: '::',
    SecondaryDNS: '::',
  };
  expect((await console.put(settings, whole)).IPv6Address).toBe('2001:db8::1');
});

describe('the clock', () => {
  const CLOCK = 'AMT_TimeSynchronizationService';

  test('is set by what a console heard and when', async () => {
    const clock = manualClock();
    const { console } = await start({ clock, quirks: { clockSkewSeconds: -3600 } });
    const told = Number((await console.invoke(CLOCK, 'GetLowAccuracyTimeSynch')).Ta0);
    const now = Math.floor(clock.now() / 1000);
    expect(told).toBe(now - 3600);
    const input = { Ta0: told, Tm1: now, Tm2: now };
    expect(await console.result(CLOCK, 'SetHighAccuracyTimeSynch', input)).toBe(0);
    expect((await console.invoke(CLOCK, 'GetLowAccuracyTimeSynch')).Ta0).toBe(String(now));
  });

  test.each([
    { Ta0: 4_000_000_000, Tm1: 1, Tm2: 1 },
    { Ta0: 1, Tm1: 5, Tm2: 4 },
    { Ta0: 1, Tm1: 1 },
  ])('is not set by %o', async (input) => {
    const { console } = await start();
    expect(await console.result(CLOCK, 'SetHighAccuracyTimeSynch', input)).toBe(36);
  });
});

describe('set-up', () => {
  const SETUP = 'AMT_SetupAndConfigurationService';

  test('is left: the PC is there, and nobody can talk to it', async () => {
    const { simulator, console } = await start();
    expect(await console.result(SETUP, 'Unprovision', { ProvisioningMode: 1 })).toBe(0);
    await simulator.firmware.until((state) => state.provisioning.state === 'not-configured');
    expect(simulator.ports).not.toHaveProperty('wsman');
    expect(simulator.ports).not.toHaveProperty('wsmanTls');
  });

  test('takes a password for MEBx by the rules of passwords, in admin control mode', async () => {
    const { console } = await start();
    const set = (Password: string) => console.result(SETUP, 'SetMEBxPassword', { Password });
    expect(await set('N3w!Password')).toBe(0);
    for (const weak of ['Sh0rt!', 'nocapital1!', 'Location_1', 'With:Colon1!']) expect(await set(weak)).toBe(2054);
    const client = await start({ controlMode: 'ccm' });
    expect(await client.console.result(SETUP, 'SetMEBxPassword', { Password: 'N3w!Password' })).toBe(16);
    expect((await client.console.get('IPS_HostBasedSetupService')).CurrentControlMode).toBe('1');
  });
});

describe('services that are on or off', () => {
  test('are switched', async () => {
    const { console } = await start();
    const ask = (RequestedState: number) =>
      console.result('AMT_WebUIService', 'RequestStateChange', { RequestedState });
    expect(await ask(3)).toBe(0);
    expect((await console.get('AMT_WebUIService')).EnabledState).toBe('3');
    expect(await ask(7)).toBe(5);
    expect((await console.exchange('GET', '/logon.htm')).status).toBe(404);
  });

  test('of recovery are there from 15 on', async () => {
    const input = { RequestedState: 32768 };
    const old = await start();
    expect(await old.console.result('CIM_BootService', 'RequestStateChange', input)).toBe(1);
    const { console } = await start({ profile: 'amt-16' });
    expect((await console.get('CIM_BootService')).EnabledState).toBe('32769');
    expect(await console.result('CIM_BootService', 'RequestStateChange', input)).toBe(0);
  });
});

test('what the schema has and the firmware does not says so; anything else does not exist', async () => {
  const { console } = await start();
  expect(await console.result('AMT_PublicKeyManagementService', 'AddCRL')).toBe(2066);
  expect(await console.fault(console.invoke('AMT_PublicKeyManagementService', 'Ring'))).toBe('ActionNotSupported');
  expect(await console.fault(console.put('CIM_Chassis', { Model: 'x' }))).toBe('ActionNotSupported');
});

test('strings of environment detection are kept as a list', async () => {
  const { console } = await start();
  const put = await console.put('AMT_EnvironmentDetectionSettingData', { DetectionStrings: ['a.test', 'b.test'] });
  expect(listOf(put.DetectionStrings)).toEqual(['a.test', 'b.test']);
});
