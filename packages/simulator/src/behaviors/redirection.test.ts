/** Switches of SOL, IDE-R, KVM and the listener. */
import { describe, expect, test } from 'vitest';
import { start } from '../testing/console.ts';

const SERVICE = 'AMT_RedirectionService';
const SAP = 'CIM_KVMRedirectionSAP';
const KVM = 'IPS_KVMRedirectionSettingData';

describe('SOL and IDE-R', () => {
  test.each([
    [32768, false, false],
    [32769, true, false],
    [32770, false, true],
    [32771, true, true],
  ])('follow state %i', async (RequestedState, ider, sol) => {
    const { console, state } = await start();
    expect(await console.result(SERVICE, 'RequestStateChange', { RequestedState })).toBe(0);
    expect(state.redirection).toMatchObject({ ider, sol });
    expect((await console.get(SERVICE)).EnabledState).toBe(String(RequestedState));
  });

  test('refuse other states', async () => {
    const { console, state } = await start();
    expect(await console.result(SERVICE, 'RequestStateChange', { RequestedState: 2 })).toBe(5);
    expect(await console.fault(console.put(SERVICE, { EnabledState: 2 }))).toBe('InvalidRepresentation');
    expect(state.redirection).toMatchObject({ ider: true, sol: true });
  });

  test('end their sessions when they are switched off, and both logs say so', async () => {
    const { simulator, console, state } = await start();
    simulator.openSessions.sol = 1;
    simulator.openSessions.ider = true;
    simulator.openSessions.kvm = true;
    await console.result(SERVICE, 'RequestStateChange', { RequestedState: 32770 });
    expect(state.sessions).toEqual({ sol: 1, ider: false, kvm: true });
    expect(state.events.records[0]).toMatchObject({ sensorType: 192, data: expect.objectContaining({ 2: 3 }) });
    expect(state.audit.records.slice(-2)).toMatchObject([
      { application: 18, event: 3, initiator: { kind: 'digest', user: 'admin' } },
      { application: 18, event: 1 },
    ]);
  });

  test('stay off where MEBx holds them, although the request succeeds', async () => {
    const { console } = await start({ quirks: { lockedOff: ['ider', 'sol'] } });
    expect(await console.result(SERVICE, 'RequestStateChange', { RequestedState: 32771 })).toBe(0);
    expect((await console.put(SERVICE, { EnabledState: 32771, ListenerEnabled: true })).EnabledState).toBe('32768');
  });
});

test('the listener ends every session when it closes', async () => {
  const { simulator, console, state } = await start();
  simulator.openSessions.sol = true;
  simulator.openSessions.kvm = true;
  const settings = await console.get(SERVICE);
  const sent = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  await console.put(SERVICE, { ...sent, ListenerEnabled: 'false' });
  expect(state.redirection.listener).toBe(false);
  expect(state.sessions).toEqual({ sol: 0, ider: false, kvm: false });
});

describe('KVM', () => {
  test('says whether somebody looks', async () => {
    const { simulator, console } = await start();
    const enabled = async () => Number((await console.get(SAP)).EnabledState);
    expect(await enabled()).toBe(6);
    simulator.openSessions.kvm = true;
    expect(await enabled()).toBe(2);
    expect(await console.result(SAP, 'RequestStateChange', { RequestedState: 3 })).toBe(0);
    expect(await enabled()).toBe(3);
    expect(simulator.openSessions.kvm).toBe(false);
    expect(await console.result(SAP, 'RequestStateChange', { RequestedState: 9 })).toBe(5);
    expect(await console.result(SAP, 'RequestStateChange', { RequestedState: 2 })).toBe(0);
    expect(await enabled()).toBe(6);
  });

  test('cannot be switched on against MEBx', async () => {
    const { console } = await start({ quirks: { lockedOff: ['kvm'] } });
    expect(await console.result(SAP, 'RequestStateChange', { RequestedState: 2 })).toBe(2);
    expect((await console.get(KVM)).EnabledByMEBx).toBe('false');
  });

  test('is not there on Standard Manageability', async () => {
    const { console } = await start({ profile: 'ism' });
    expect(await console.fault(console.get(SAP))).toBe('DestinationUnreachable');
    expect(await console.fault(console.enumerate(KVM))).toBe('DestinationUnreachable');
  });

  test('settings are kept, and the password for port 5900 never shown', async () => {
    const { console } = await start();
    const put = await console.put(KVM, { SessionTimeout: 10, Is5900PortEnabled: true, RFBPassword: 'Aa1!Aa1!' });
    expect(put).toMatchObject({ SessionTimeout: '10', Is5900PortEnabled: 'true', RFBPassword: '' });
    expect(await console.get(KVM)).toEqual(put);
  });

  test.each([
    { Is5900PortEnabled: true },
    { RFBPassword: 'short1A!x' },
    { RFBPassword: 'Aa1_Aa1_' },
    { SessionTimeout: 256 },
    { DefaultScreen: 4 },
    { EnabledByMEBx: false },
  ])('settings refuse %o', async (values) => {
    const { console } = await start();
    expect(await console.fault(console.put(KVM, values))).toBe('InvalidRepresentation');
  });

  test('port 5900 stays closed on 16', async () => {
    const { console } = await start({ profile: 'amt-16' });
    const open = console.put(KVM, { Is5900PortEnabled: true, RFBPassword: 'Aa1!Aa1!' });
    expect(await console.fault(open)).toBe('InvalidRepresentation');
  });

  test('its own consent switch is the policy of the consent service', async () => {
    const { console, state } = await start();
    await console.put(KVM, { OptInPolicy: true });
    expect(state.consent.policy).toBe('kvm');
    expect((await console.get('IPS_OptInService')).OptInRequired).toBe('1');
    const client = await start({ controlMode: 'ccm' });
    expect(await client.console.fault(client.console.put(KVM, { OptInPolicy: false }))).toBe('AccessDenied');
  });
});
