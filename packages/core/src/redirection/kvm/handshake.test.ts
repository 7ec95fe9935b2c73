import { describe, expect, test } from 'vitest';
import { vncResponse } from '../../auth/vnc-challenge.ts';
import { fromHex, toHex } from '../../bytes/hex.ts';
import { ProtocolError } from '../../errors.ts';
import { RfbClient, type RfbEvent, type RfbOptions } from './rfb.ts';

const version = '52 46 42 20 30 30 33 2e 30 30 38 0a';
const screen = '00 80 00 40 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 00 00 00 10';
const name = '49 6e 74 65 6c 28 72 29 20 41 4d 54 20 4b 56 4d';

/** Everything that a client says to these bytes, and what it made of them. */
function talk(hex: readonly string[], options: RfbOptions = {}, size = Number.POSITIVE_INFINITY) {
  const client = new RfbClient(options);
  const events: RfbEvent[] = [];
  const sent = [toHex(Uint8Array.from(client.takeOutgoing().flatMap((bytes) => [...bytes])))];
  for (const bytes of hex.map(fromHex)) {
    for (let at = 0; at < bytes.length; at += size) events.push(...client.receive(bytes.subarray(at, at + size)));
    sent.push(toHex(Uint8Array.from(client.takeOutgoing().flatMap((bytes) => [...bytes]))));
  }
  return { client, events, sent };
}

const request =
  '02 00 00 03 00 00 00 10 00 00 00 00 ff ff ff 21 00 00 00 00 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 03 00 00 00 00 00 00 80 00 40';
const started = { type: 'started', width: 128, height: 64, title: 'Intel(r) AMT KVM' };

describe.each([
  { how: 'whole', size: Number.POSITIVE_INFINITY },
  { how: 'one byte at a time', size: 1 },
])('opening a screen, $how', ({ size }) => {
  test.each([
    ['AMT 12 and later, 3.8', version],
    ['AMT 11, 4.0', '52 46 42 20 30 30 34 2e 30 30 30 0a'],
  ])('%s', (_which, offered) => {
    const { sent, events } = talk(
      [`41 00 00 00 00 00 00 00 ${offered}`, '01 01', '00 00 00 00', `${screen} ${name}`],
      {},
      size,
    );
    expect(sent).toEqual(['40 00 00 00 00 00 00 00', version, '01', '01', request]);
    expect(events.filter(({ type }) => type !== 'painted')).toEqual([started]);
  });

  test('behind a relay that records', () => {
    const { sent } = talk([`f0 41 00 00 00 00 00 00 00 ${version}`], {}, size);
    expect(sent).toEqual(['40 00 00 00 00 00 00 00', version]);
  });

  test('directly and with a password, as on port 5900', () => {
    const challenge = '00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff';
    const options = { over: 'direct', password: 'P@ssw0rd' } as const;
    const { sent, events } = talk([version, '01 02', challenge, '00 00 00 00', `${screen} ${name}`], options, size);
    const response = toHex(vncResponse('P@ssw0rd', fromHex(challenge)));
    expect(sent).toEqual(['', version, '02', response, '01', request]);
    expect(events[0]).toEqual(started);
  });

  test.each([
    ['without any type', ['00 00 00 00 04 62 75 73 79'], 'The firmware refused the screen: busy.'],
    ['without a reason', ['00 00 00 00 00'], 'The firmware refused the screen: no reason given.'],
    ['after a type', ['01 01', '00 00 00 01 00 00 00 02 6e 6f'], 'The firmware refused the screen: no.'],
    [
      'asking for a password',
      ['01 02'],
      'The firmware refused the screen: the firmware asks for the VNC password (security types 2).',
    ],
  ])('a refusal %s', (_how, hex, reason) => {
    const { events, client } = talk([`41 00 00 00 00 00 00 00 ${version}`, ...hex], {}, size);
    expect(events).toEqual([{ type: 'dropped', cause: 'refused', reason }]);
    expect(client.started).toBe(false);
    expect(client.receive(fromHex('00 00'))).toEqual([]);
    expect(client.receiveEnd()).toEqual([]);
  });
});

describe('openings that make no sense', () => {
  test.each([
    ['another answer than 41', ['11 02']],
    ['no version', [`41 00 00 00 00 00 00 00 ${'20 '.repeat(12)}`]],
    ['a reason of megabytes', [`41 00 00 00 00 00 00 00 ${version}`, '00 7f ff ff ff']],
    [
      'a name of megabytes',
      [`41 00 00 00 00 00 00 00 ${version}`, '01 01 00 00 00 00', `${screen.slice(0, -11)}7f ff ff ff`],
    ],
  ])('%s', (_what, hex) => {
    expect(() => talk(hex)).toThrow(ProtocolError);
  });

  test('a screen larger than any', () => {
    const huge = `ff ff ff ff ${screen.slice(12)}`;
    expect(() => talk([`41 00 00 00 00 00 00 00 ${version}`, '01 01', '00 00 00 00', `${huge} ${name}`])).toThrow(
      'No screen has 65535 × 65535 pixels.',
    );
  });
});
