import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { alertOfTrap } from './alert.ts';
import { decodeTrap, encodeTrap } from './pet.ts';

/** Link up on the wired port, 2016-06-01 12:00:00, put together from the tables of [PET] and [AMT: Link up]. */
const linkUp = fromHex(`
  30 6C 02 01 00 04 06 70 75 62 6C 69 63 A4 5F 06 09 2B 06 01 04 01 98 6F 01 01
  40 04 0A 00 00 09 02 01 06 02 03 27 0A 03 43 03 01 E2 40
  30 3F 30 3D 06 0A 2B 06 01 04 01 98 6F 01 01 01 04 2F
  44 45 4C 4C 48 00 10 33 80 39 C8 C0 4F 33 52 31 00 01 22 A3 F1 C0 FF FF
  68 68 01 FF 02 26 61 01 00 00 00 00 00 00 00 FF 00 00 01 57 FF FF C1`);

/** Variable of a trap that a PC of 2011 sent, as somebody asked about it in Intel's forum; its clock stood in 2011, too. */
const processorProgress = fromHex(`
  FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF 00 1E 18 C3 C5 F0 FF FF
  50 68 08 FF FF 03 00 40 19 00 00 00 00 00 00 FF 00 00 04 1A 00 01 C1`);

describe('a platform event trap', () => {
  test('decodes', () => {
    expect(decodeTrap(linkUp)).toEqual({
      community: 'public',
      agent: '10.0.0.9',
      guid: fromHex('44 45 4C 4C 48 00 10 33 80 39 C8 C0 4F 33 52 31'),
      sequence: 1,
      ticks: 123_456,
      over: false,
      record: {
        seconds: Date.parse('2016-06-01T12:00:00Z') / 1000,
        deviceAddress: 0xff,
        sensorType: 0x27,
        eventType: 0x0a,
        offset: 3,
        sourceType: 0x68,
        severity: 'monitor',
        sensorNumber: 2,
        entity: 0x26,
        entityInstance: 0x61,
        data: fromHex('01 00 00 00 00 00 00 00'),
      },
    });
  });

  test('encodes to the bytes it came from', () => {
    expect(toHex(encodeTrap(decodeTrap(linkUp)))).toBe(toHex(linkUp));
  });

  test('becomes an alert', () => {
    expect(alertOfTrap(decodeTrap(linkUp))).toMatchObject({
      source: 'pet',
      at: new Date('2016-06-01T12:00:00Z'),
      severity: 'info',
      event: 'link-up',
      entity: 'ME',
      text: 'Network link is up',
      raw: { sensorType: 0x27, eventType: 0x0a, offset: 3, data: '01 00 00 00 00 00 00 00' },
    });
  });

  test('of another maker decodes as well', () => {
    // Specific trap 1011458, as the receiver printed it.
    const recorded = linkUp.slice();
    recorded.set([0x0f, 0x6f, 0x02], 37);
    recorded.set(processorProgress, linkUp.length - processorProgress.length);
    expect(alertOfTrap(decodeTrap(recorded))).toMatchObject({
      at: new Date('2011-03-02T20:02:56Z'),
      severity: 'warning',
      event: 'firmware-progress',
      entity: 'processor',
      text: 'Firmware progress: primary processor',
    });
  });

  test('is refused when it is cut off anywhere', () => {
    for (let length = 0; length < linkUp.length; length++) {
      expect(() => decodeTrap(linkUp.subarray(0, length))).toThrow(ProtocolError);
    }
  });

  test('is read with lengths of the long form and numbers of any width', () => {
    const long = fromHex(`
      30 82 00 76 02 01 00 04 06 70 75 62 6C 69 63 A4 81 68 06 09 2B 06 01 04 01 98 6F 01 01
      40 04 0A 00 00 09 02 02 00 06 02 05 00 00 27 0A 03 43 05 00 00 01 E2 40
      30 82 00 41 30 81 3E 06 0A 2B 06 01 04 01 98 6F 01 01 01 04 81 2F`);
    expect(decodeTrap(Uint8Array.of(...long, ...linkUp.subarray(63)))).toEqual(decodeTrap(linkUp));
  });

  test('of another enterprise, another SNMP, or nonsense is refused with a sentence', () => {
    const coldStart = linkUp.slice();
    coldStart[21] = 0x99;
    expect(() => decodeTrap(coldStart)).toThrow('is no platform event');
    const second = linkUp.slice();
    second[4] = 1;
    expect(() => decodeTrap(second)).toThrow('SNMP version 2');
    expect(() => decodeTrap(fromHex('de ad be ef'))).toThrow(ProtocolError);
    expect(() => decodeTrap(fromHex('30 80 02 01 00 00 00'))).toThrow('no definite length');
    expect(() => decodeTrap(fromHex('30 84 ff ff ff ff 02 01 00'))).toThrow('cut off');
  });

  test('says that something is over', () => {
    const closed = linkUp.slice();
    // Sensor 5, sensor specific, offset 0 with the bit of de-assertion, critical.
    closed.set([0x05, 0x6f, 0x80], 37);
    closed[89] = 0x10;
    expect(alertOfTrap(decodeTrap(closed))).toMatchObject({
      event: 'case-opened',
      severity: 'info',
      text: 'Case opened: over',
    });
  });

  test('without a time has none, and a time zone is added', () => {
    const { record } = decodeTrap(linkUp);
    expect(alertOfTrap(decodeTrap(encodeTrap({ ...decodeTrap(linkUp), record: { ...record, seconds: 0 } }))).at).toBe(
      undefined,
    );
    const east = linkUp.slice();
    east.set([0x00, 0x3c], 85);
    expect(decodeTrap(east).record.seconds).toBe(record.seconds + 3600);
    east.set([0xff, 0xc4], 85);
    expect(decodeTrap(east).record.seconds).toBe(record.seconds - 3600);
  });
});
