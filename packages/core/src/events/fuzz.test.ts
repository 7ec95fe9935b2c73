import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { seededRandom } from '../transport/faulty.ts';
import { alertOfIndication, alertOfTrap } from './alert.ts';
import { decodeDelivery } from './indication.ts';
import { decodeTrap, encodeTrap } from './pet.ts';

const TRAP = encodeTrap({
  community: 'public',
  agent: '10.0.0.9',
  guid: new Uint8Array(16).fill(0x4c),
  sequence: 7,
  ticks: 123_456,
  over: false,
  record: {
    seconds: 1_767_225_600,
    deviceAddress: 0xff,
    sensorType: 5,
    eventType: 0x6f,
    offset: 0,
    sourceType: 0x68,
    severity: 'critical',
    sensorNumber: 0xff,
    entity: 23,
    entityInstance: 0,
    data: new Uint8Array(8),
  },
});

const EVENT =
  '<a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope"><a:Header><a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</a:Action></a:Header><a:Body><g:CIM_AlertIndication xmlns:g="x"><g:MessageID>iAMT0064</g:MessageID><g:MessageArguments>1</g:MessageArguments><g:PerceivedSeverity>2</g:PerceivedSeverity><g:IndicationTime>2026-01-01T00:00:00Z</g:IndicationTime></g:CIM_AlertIndication></a:Body></a:Envelope>';

/** Some bytes changed, some taken out, the end cut off; all by the seed. */
function spoiled(bytes: Uint8Array, random: () => number): Uint8Array {
  const out = [...bytes];
  for (let i = 0; i <= random() * 4; i++) {
    const at = Math.floor(random() * out.length);
    if (random() < 0.7) out[at] = Math.floor(random() * 256);
    else out.splice(at, 1 + Math.floor(random() * 8));
  }
  return Uint8Array.from(random() < 0.1 ? out.slice(0, random() * out.length) : out);
}

/** Runs a decoder; what it throws is a ProtocolError or a mistake of ours. */
function decoded(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return false;
  }
}

describe('whatever comes', () => {
  test('as a trap is an alert or a ProtocolError', () => {
    const random = seededRandom(11);
    const counts = { alerts: 0, errors: 0 };
    for (let i = 0; i < 5000; i++) {
      const datagram = spoiled(TRAP, random);
      counts[decoded(() => alertOfTrap(decodeTrap(datagram))) ? 'alerts' : 'errors']++;
    }
    expect(Math.min(counts.alerts, counts.errors)).toBeGreaterThan(500);
  });

  test('as an event is alerts or a ProtocolError', () => {
    const random = seededRandom(12);
    const counts = { alerts: 0, errors: 0 };
    const bytes = new TextEncoder().encode(EVENT);
    for (let i = 0; i < 3000; i++) {
      const text = new TextDecoder().decode(spoiled(bytes, random));
      counts[decoded(() => decodeDelivery(text).indications.map(alertOfIndication)) ? 'alerts' : 'errors']++;
    }
    expect(Math.min(counts.alerts, counts.errors)).toBeGreaterThan(100);
  });
});
