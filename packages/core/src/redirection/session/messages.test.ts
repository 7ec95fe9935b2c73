import { describe, expect, it } from 'vitest';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import { hex } from '../../testing/recording.ts';
import { decodeTexts, encodeTexts, type SessionMessage, sessionMessages } from './messages.ts';

/** Bytes with their origin. [REDIR §Session] */
const cases: readonly [origin: string, bytes: Uint8Array, message: SessionMessage][] = [
  [
    'every console opening the serial port',
    hex`10 00 00 00 53 4f 4c 20`,
    { type: 'StartRedirectionSession', variant: 0, service: 'SOL ' },
  ],
  [
    'MeshCommander and amtider opening drives',
    hex`10 00 00 00 49 44 45 52`,
    { type: 'StartRedirectionSession', variant: 0, service: 'IDER' },
  ],
  [
    'MeshCommander opening the screen',
    hex`10 01 00 00 4b 56 4d 52`,
    { type: 'StartRedirectionSession', variant: 1, service: 'KVMR' },
  ],
  [
    'AMT 11.8.70',
    hex`11 00 00 00 01 00 0b 08 57 01 00 00 00`,
    started({ status: 'Success', firmwareMajor: 11, firmwareMinor: 8 }),
  ],
  [
    'AMT 12.0.22',
    hex`11 00 00 00 01 00 0c 00 57 01 00 00 00`,
    started({ status: 'Success', firmwareMajor: 12, firmwareMinor: 0 }),
  ],
  [
    'an OEM with something to say',
    hex`11 02 00 00 01 00 0c 00 57 01 00 00 02 4f 4b`,
    started({ status: 'Busy', firmwareMajor: 12, firmwareMinor: 0, oem: hex`4f 4b` }),
  ],
  [
    'a status that was never seen',
    hex`11 04 00 00 01 00 0c 00 57 01 00 00 00`,
    started({ status: 4, firmwareMajor: 12, firmwareMinor: 0 }),
  ],
  ['amtterm saying goodbye', hex`12 00 00 00`, { type: 'EndRedirectionSession' }],
  [
    'every console asking how to log in',
    hex`13 00 00 00 00 00 00 00 00`,
    { type: 'AuthenticateSession', method: 'Query', data: hex`` },
  ],
  [
    'amtterm in its legacy mode',
    hex`13 00 00 00 01 0f 00 00 00 05 61 64 6d 69 6e 08 50 40 73 73 77 30 72 64`,
    { type: 'AuthenticateSession', method: 'UserPassword', data: encodeTexts(['admin', 'P@ssw0rd']) },
  ],
  [
    'AMT 12 offering the digest with qop',
    hex`14 00 00 00 00 01 00 00 00 04`,
    { type: 'AuthenticateSessionReply', status: 'Success', method: 'Query', data: hex`04` },
  ],
  [
    'AMT 12.0.22 refusing a way to log in',
    hex`14 02 00 00 01 00 00 00 00`,
    { type: 'AuthenticateSessionReply', status: 'NotSupported', method: 'UserPassword', data: hex`` },
  ],
  [
    'a challenge',
    hex`14 01 00 00 04 06 00 00 00 01 52 03 61 62 63`,
    { type: 'AuthenticateSessionReply', status: 'Failure', method: 'DigestQop', data: encodeTexts(['R', 'abc']) },
  ],
  [
    'a way to log in that is newer than this',
    hex`14 00 00 00 09 00 00 00 00`,
    { type: 'AuthenticateSessionReply', status: 'Success', method: 9, data: hex`` },
  ],
];

function started(values: Partial<Extract<SessionMessage, { type: 'StartRedirectionSessionReply' }>>): SessionMessage {
  return {
    type: 'StartRedirectionSessionReply',
    status: 'Success',
    protocolMajor: 1,
    protocolMinor: 0,
    firmwareMajor: 0,
    firmwareMinor: 0,
    enterprise: 343,
    oem: hex``,
    ...values,
  };
}

describe('A session message', () => {
  it.each(cases)('of %s is read and written', (_origin, bytes, message) => {
    expect(sessionMessages.encode(message)).toEqual(bytes);
    const reader = new Reader(hex`${bytes} ee`);
    expect(sessionMessages.decode(reader)).toEqual(message);
    expect(reader.remaining).toBe(1);
  });

  it.each(cases)('of %s is waited for until it is whole', (_origin, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      const reader = new Reader(bytes.subarray(0, length));
      expect(sessionMessages.decode(reader)).toBeUndefined();
      expect(reader.offset).toBe(0);
    }
  });

  it.each([
    ['a number nobody knows', hex`15 00 00 00`],
    ['a web server', hex`48 54 54 50 2f 31 2e 31`],
    ['a length nobody would send', hex`13 00 00 00 04 00 00 01 00`],
    ['the largest length there is', hex`14 00 00 00 04 ff ff ff ff`],
  ])('is none: %s', (_what, bytes) => {
    expect(() => sessionMessages.decode(new Reader(bytes))).toThrow(ProtocolError);
  });
});

describe('The texts of a log-in', () => {
  it('stand behind their lengths, one byte a character', () => {
    expect(encodeTexts(['admin', '', 'ÿ'])).toEqual(hex`05 61 64 6d 69 6e 00 01 ff`);
    expect(decodeTexts(hex`05 61 64 6d 69 6e 00 01 ff`)).toEqual(['admin', '', 'ÿ']);
    expect(decodeTexts(hex``)).toEqual([]);
  });

  it('end inside their data', () => {
    for (const data of [hex`01`, hex`05 61 64 6d 69`, hex`01 61 ff`])
      expect(() => decodeTexts(data)).toThrow(ProtocolError);
  });

  it('are no longer than a byte can count, and of single bytes', () => {
    expect(encodeTexts(['x'.repeat(255)])).toHaveLength(256);
    expect(() => encodeTexts(['x'.repeat(256)])).toThrow(TypeError);
    expect(() => encodeTexts(['€'])).toThrow(TypeError);
  });
});
