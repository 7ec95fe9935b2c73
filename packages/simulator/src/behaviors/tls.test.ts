/** TLS settings, the certificate store, and when either takes hold. */
import { X509Certificate } from 'node:crypto';
import { textOf } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../certificate.ts';
import { manualClock } from '../clock.ts';
import { start, type TestConsole } from '../testing/console.ts';

const SETTINGS = 'AMT_TLSSettingData';
const KEYS = 'AMT_PublicKeyManagementService';
const remote = { InstanceID: 'Intel(r) AMT 802.3 TLS Settings' };
const commit = (console: TestConsole) => console.result('AMT_SetupAndConfigurationService', 'CommitChanges');
const own = { className: 'AMT_PublicKeyCertificate', selectors: { InstanceID: 'Intel(r) AMT Certificate: Handle: 0' } };
const collection = { className: 'AMT_TLSProtocolEndpointCollection', selectors: { ElementName: 'any' } };

describe('settings', () => {
  test('hold from the commit on', async () => {
    const { simulator, console } = await start();
    expect(simulator.ports).toHaveProperty('wsmanTls');
    await console.put(SETTINGS, { ...remote, Enabled: false }, remote);
    expect(simulator.ports).toHaveProperty('wsmanTls');
    expect(await commit(console)).toBe(0);
    await simulator.firmware.until((state) => !state.tls.enabled && !state.tls.restarting);
    expect(simulator.ports).not.toHaveProperty('wsmanTls');
  });

  test('can make TLS the only way in', async () => {
    const { simulator, console } = await start();
    await console.put(SETTINGS, { ...remote, Enabled: true, AcceptNonSecureConnections: false }, remote);
    await commit(console);
    await simulator.firmware.until((state) => !state.tls.plain && !state.tls.restarting);
    expect(simulator.ports).not.toHaveProperty('wsman');
  });

  test('that are committed as they are change nothing', async () => {
    const clock = manualClock();
    const { console, state } = await start({ clock });
    expect(await commit(console)).toBe(0);
    clock.advance(60);
    expect(state.tls).toEqual({ enabled: true, plain: true, restarting: false });
    expect(state.audit.records).toEqual([]);
  });

  test('take the server away for some seconds', async () => {
    const clock = manualClock();
    const { simulator, console, state } = await start({ clock, speed: 1 });
    await console.put(SETTINGS, { ...remote, Enabled: true, AcceptNonSecureConnections: false }, remote);
    await commit(console);
    clock.advance(60);
    expect(simulator.ports).toEqual({ rmcp: 623 });
    clock.advance(5000);
    expect(simulator.ports).toEqual({ rmcp: 623, wsmanTls: 16993, redirectionTls: 16995 });
    expect(state.audit.records).toMatchObject([{ application: 16, event: 7 }]);
  });

  test('need a certificate', async () => {
    const { console } = await start({ tls: false });
    const enable = () => console.put(SETTINGS, { ...remote, Enabled: true }, remote);
    expect(await console.fault(enable())).toBe('InvalidRepresentation');
    const context = { ElementInContext: own, ElementProvidingContext: collection };
    expect(await console.create('AMT_TLSCredentialContext', context)).toHaveProperty('ResourceCreated');
    expect(await console.fault(console.create('AMT_TLSCredentialContext', context))).toBe('AlreadyExists');
    await enable();
  });

  test('leave no way back to plain where there is none', async () => {
    const { console } = await start({ profile: 'amt-16' });
    for (const values of [{ Enabled: false }, { AcceptNonSecureConnections: true }]) {
      expect(await console.fault(console.put(SETTINGS, { ...remote, ...values }, remote))).toBe(
        'InvalidRepresentation',
      );
    }
    const told = console.put(SETTINGS, { ...remote, NonSecureConnectionsSupported: true }, remote);
    expect(await console.fault(told)).toBe('InvalidRepresentation');
  });
});

describe('the certificate store', () => {
  test('shows the certificate the server shows', async () => {
    const { simulator, console } = await start({ hostName: 'desk-7' });
    const { X509Certificate: blob, Subject } = await console.get('AMT_PublicKeyCertificate');
    const certificate = new X509Certificate(Buffer.from(textOf(blob), 'base64'));
    expect(certificate.fingerprint256).toBe(simulator.certificate?.fingerprint);
    expect(certificate.subject).toContain('CN=desk-7');
    expect(Subject).toContain('CN=desk-7');
    const { DERKey } = await console.get('AMT_PublicPrivateKeyPair');
    const pkcs1 = certificate.publicKey.export({ type: 'pkcs1', format: 'der' });
    expect(textOf(DERKey)).toBe(pkcs1.toString('base64'));
  });

  test('takes others, once each, and gives them up', async () => {
    const { console } = await start();
    const { der } = await makeCertificate('root', Date.now());
    const input = { CertificateBlob: Buffer.from(der).toString('base64') };
    const added = await console.invoke(KEYS, 'AddTrustedRootCertificate', input);
    expect(added.ReturnValue).toBe('0');
    expect(await console.result(KEYS, 'AddCertificate', input)).toBe(2058);
    expect(await console.result(KEYS, 'AddCertificate', { CertificateBlob: 'bm9uZQ==' })).toBe(2063);
    const selectors = { InstanceID: 'Intel(r) AMT Certificate: Handle: 1' };
    expect((await console.get('AMT_PublicKeyCertificate', selectors)).TrustedRootCertficate).toBe('true');
    const remove = (which: Record<string, string>) => console.delete('AMT_PublicKeyCertificate', which);
    await remove(selectors);
    expect(await console.fault(remove(selectors))).toBe('InvalidSelectors');
    expect(await console.fault(remove(own.selectors))).toBe('AccessDenied');
  });

  test('cannot show a certificate whose key it does not have', async () => {
    const { console } = await start();
    const { der } = await makeCertificate('other', Date.now());
    await console.invoke(KEYS, 'AddCertificate', { CertificateBlob: Buffer.from(der).toString('base64') });
    const other = { ...own, selectors: { InstanceID: 'Intel(r) AMT Certificate: Handle: 1' } };
    const put = (ElementInContext: typeof own) =>
      console.put('AMT_TLSCredentialContext', { ElementInContext, ElementProvidingContext: collection });
    expect(await console.fault(put(other))).toBe('InternalError');
    expect(await console.put('AMT_TLSCredentialContext', { ElementInContext: own })).toHaveProperty('ElementInContext');
  });
});
