import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { decodeAuditRecord, describeAudit, encodeAuditRecord } from './audit.ts';

/** Recorded by the authors of a management console, from AMT 12. */
const updated = fromHex('00 13 00 00 02 3F F4 CD 6E 02 00 10 00 0C 00 00 00 28 05 99 00 0C 00 00 00 24 05 94');
/** Laid out by hand: reset by the user admin from 192.168.1.5. */
const reset = fromHex('00 11 00 03 00 05 61 64 6D 69 6E 65 98 C8 63 00 0B 31 39 32 2E 31 36 38 2E 31 2E 35 00');
/** Laid out by hand: the account `bob` added by a Kerberos user from fe80::1. */
const added = fromHex(
  '00 10 00 02 01 00 00 00 07 10 01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00 65 98 C8 63 01 07 66 65 38 30 3A 3A 31 05 00 03 62 6F 62',
);

describe('audit records', () => {
  test('decode a local one', () => {
    expect(decodeAuditRecord(updated)).toEqual({
      application: 19,
      event: 0,
      initiator: { kind: 'local' },
      seconds: 0x3ff4cd6e,
      address: '',
      data: updated.subarray(12),
    });
    expect(describeAudit(decodeAuditRecord(updated))).toEqual({
      application: 'Firmware update',
      event: 'Firmware updated',
      by: 'local',
      detail: '12.0.40.1433 → 12.0.36.1428',
    });
  });

  test('decode one of a digest user', () => {
    expect(decodeAuditRecord(reset)).toMatchObject({
      initiator: { kind: 'digest', user: 'admin' },
      address: '192.168.1.5',
      data: new Uint8Array(),
    });
    expect(describeAudit(decodeAuditRecord(reset))).toEqual({
      application: 'Remote control',
      event: 'Performed reset',
      by: 'admin',
      detail: '',
    });
  });

  test('decode one of a Kerberos user', () => {
    expect(decodeAuditRecord(added)).toMatchObject({ initiator: { kind: 'kerberos', domain: 7 }, address: 'fe80::1' });
    expect(describeAudit(decodeAuditRecord(added))).toMatchObject({ by: 'S-1-5-32-544', detail: 'bob' });
  });

  test.each([
    ['local', updated],
    ['digest', reset],
    ['Kerberos', added],
  ])('encode a %s one to the bytes it came from', (_name, bytes) => {
    expect(toHex(encodeAuditRecord(decodeAuditRecord(bytes)))).toBe(toHex(bytes));
  });

  test.each([updated, reset, added])('are refused at every shorter length', (bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeAuditRecord(bytes.subarray(0, length))).toThrow(ProtocolError);
    }
  });

  test('are refused when somebody new begins them', () => {
    expect(() => decodeAuditRecord(updated.with(4, 9))).toThrow('initiator type 9');
  });

  test('keep numbers that have no name', () => {
    const record = { ...decodeAuditRecord(reset), application: 99, event: 7, data: Uint8Array.of(1, 2) };
    expect(describeAudit(record)).toMatchObject({ application: 'Application 99', event: 'Event 7', detail: '01 02' });
  });
});

describe('details of audit records', () => {
  test.each([
    ['a changed account', 16, 3, '01 00 05 61 6C 69 63 65', 'alice'],
    ['wrong credentials', 16, 5, '01', 'MEBx'],
    ['a disabled account', 16, 6, '00 00 03 62 6F 62', 'bob disabled'],
    ['TLS', 16, 7, '01 00', 'network: server authentication, local: no authentication'],
    [
      'a certificate',
      16,
      8,
      '00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F',
      'serial number 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
    ],
    ['a realm', 16, 17, '00 00 00 05 02', 'realm 5: disabled'],
    ['unprovisioning', 16, 19, '04', 'WS-Management'],
    ['boot options', 17, 4, '00 01 00 02', '00 01 00 02'],
    ['the clock', 21, 0, '65 98 C8 63', '2024-01-06T03:26:27Z'],
    ['the consent policy', 30, 0, '00 02', 'none → all'],
    ['a wrong code', 30, 1, '01', 'wrong three times'],
    ['one cut short', 19, 0, '00 0C 00', '00 0c 00'],
  ])('say %s', (_name, application, event, data, detail) => {
    const record = { ...decodeAuditRecord(reset), application, event, data: fromHex(data) };
    expect(describeAudit(record).detail).toBe(detail);
  });
});
