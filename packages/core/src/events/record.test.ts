import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { describeEvent, entityName } from './event-text.ts';
import { decodeEventRecord, eventRecord, eventTime } from './record.ts';

/** Recorded by the authors of a management console, from an AMT 12 machine. */
const failedLogIns = fromHex('63 C8 98 65 FF 06 6F 05 68 10 FF 26 61 AA 0A 00 00 00 00 00 00');
const pciProgress = fromHex('22 06 01 65 FF 0F 6F 02 68 01 FF 22 00 40 07 00 00 00 00 00 00');

describe('event records', () => {
  test('decode', () => {
    expect(decodeEventRecord(failedLogIns)).toEqual({
      seconds: 0x6598c863,
      deviceAddress: 0xff,
      sensorType: 6,
      eventType: 0x6f,
      offset: 5,
      sourceType: 0x68,
      severity: 'critical',
      sensorNumber: 0xff,
      entity: 38,
      entityInstance: 0x61,
      data: fromHex('AA 0A 00 00 00 00 00 00'),
    });
    expect(eventTime(decodeEventRecord(failedLogIns))).toEqual(new Date('2024-01-06T03:26:27Z'));
  });

  test.each([failedLogIns, pciProgress])('encode to the bytes they came from', (bytes) => {
    expect(toHex(eventRecord.encode(decodeEventRecord(bytes)))).toBe(toHex(bytes));
  });

  test('are refused at any other length', () => {
    for (let length = 0; length < 21; length++) {
      expect(() => decodeEventRecord(failedLogIns.subarray(0, length))).toThrow(ProtocolError);
    }
    expect(() => decodeEventRecord(Uint8Array.of(...failedLogIns, 0))).toThrow('has 22: 63 c8 98 65');
  });

  test('of a clock that was not set have no time', () => {
    expect(eventTime({ ...decodeEventRecord(failedLogIns), seconds: 0 })).toBeUndefined();
    expect(eventTime({ ...decodeEventRecord(failedLogIns), seconds: 0xffff_ffff })).toBeUndefined();
  });

  test('keep a severity that has no name', () => {
    expect(decodeEventRecord(failedLogIns.with(9, 7)).severity).toBe(7);
  });
});

describe('event texts', () => {
  test.each([
    ['of failed log-ins', 6, 5, 'AA 0A 00', 'Log-in failed 10 times'],
    ['of many failed log-ins', 6, 5, 'AA 01 02', 'Log-in failed 513 times'],
    ['of one failed log-in', 6, 5, 'AA 01 00', 'Log-in failed 1 time'],
    ['of an opened case', 5, 0, '', 'Case opened'],
    ['of invalid data', 15, 2, 'EB', 'Event data is invalid'],
    ['of missing memory', 15, 0, '40 01', 'Firmware error: no memory fitted'],
    ['of an error nobody listed', 15, 0, '40 63', 'Firmware error: number 99'],
    ['of PCI at start', 15, 2, '40 07', 'Firmware progress: PCI configuration'],
    ['of the operating system starting', 15, 2, '40 13', 'Firmware progress: starting the operating system'],
    ['of a hang', 15, 1, '40 0A', 'Firmware hangs: cache'],
    ['of an untrusted image', 15, 3, 'AA 30 07', 'One-Click Recovery failed: image not trusted'],
    ['of a drive that stays', 15, 3, 'AA 40 01', 'Remote erase failed: drive not erased'],
    ['of a maker’s error', 15, 3, '01', 'Firmware error of the maker’s own'],
    ['of a recovery option', 15, 5, 'AA 30 01 02', 'One-Click Recovery: boot option added (HTTPS)'],
    ['of a recovery download', 15, 5, 'AA 30 04', 'One-Click Recovery: download complete'],
    ['of an erased drive', 15, 5, 'AA 40 02 02', 'Remote erase: ended well (drive)'],
    ['of an erase that begins', 15, 5, 'AA 40 03', 'Remote erase: platform erase begins'],
    ['of a maker’s progress', 15, 5, '02', 'Firmware progress of the maker’s own'],
    ['of a watchdog', 18, 0, 'AA 01 02 03 04 05 06 08', 'Agent watchdog 04030201-0605… is expired'],
    ['of a watchdog of someone else', 18, 0, '00', 'Sensor type 18, event 0'],
    ['of a missing medium', 30, 0, '', 'No bootable medium'],
    ['of a lock-up', 32, 0, '', 'Operating system locked up, or power interrupted'],
    ['of a slow BIOS', 35, 0, '40', 'BIOS did not finish in time (watchdog)'],
    ['of a failed start', 35, 0, '', 'Machine failed to start'],
    ['of a filter', 36, 0, 'AA 00 00 00 05', 'Packet filter matched on the wired port: filter 5'],
    ['of spoofing', 36, 0, '01 FF FF FF FA', 'Packet filter matched on the wireless port: forged sender'],
    ['of a start', 37, 0, '', 'System firmware started'],
    ['of a serial session', 192, 0, 'AA 30 00', 'Serial-over-LAN session opened'],
    ['of a storage session', 192, 0, 'AA 30 03', 'Storage redirection session closed'],
    ['of a security policy', 192, 1, 'AA 20 02', 'Security policy: receiving stopped'],
    ['of a user who calls', 193, 0, 'AA 30 00 00', 'User asked for a remote connection'],
    ['of a hardware asset error', 193, 0, 'AA 20 04 00', 'Hardware asset error'],
    ['of something new', 193, 0, 'AA 99', 'Sensor type 193, event 0'],
    ['of an unknown sensor', 77, 9, '', 'Sensor type 77, event 9'],
  ])('%s', (_name, sensorType, offset, data, text) => {
    const padded = new Uint8Array(8);
    padded.set(fromHex(data));
    expect(describeEvent({ ...decodeEventRecord(pciProgress), sensorType, offset, data: padded })).toBe(text);
  });

  test.each([
    [34, 'BIOS'],
    [38, 'ME'],
    [52, 'front-side bus'],
    [200, 'entity 200'],
  ])('name entity %i as %s', (entity, name) => {
    expect(entityName(entity)).toBe(name);
  });
});
