import { describe, expect, test } from 'vitest';
import { fromHex } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';
import { type Pong, parsePong, presencePing, type RmcpMessage, rmcpMessages } from './rmcp.ts';

const HEAD = '06 00 FF 06 00 00 11 BE 40 05 00 10';

// Layout of the Intel AMT guide, "Discovery"; the first row byte for byte as an 11.8 machine is described there.
const pongs: readonly { what: string; hex: string; pong: Pong | undefined }[] = [
  {
    what: '11.8, configured, plain HTTP',
    hex: `${HEAD} 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00`,
    pong: { port: 16992, dualPorts: false, version: '11.8', state: 'configured' },
  },
  {
    what: '9.1, configured, TLS',
    hex: `${HEAD} 00 00 01 57 42 61 91 02 01 20 00 00 00 00 00 00`,
    pong: { port: 16993, dualPorts: false, version: '9.1', state: 'configured' },
  },
  {
    what: '16.1, whose version does not fit four bits',
    hex: `${HEAD} 00 00 01 57 42 60 00 02 01 20 10 01 00 00 00 00`,
    pong: { port: 16992, dualPorts: false, version: '16.1', state: 'configured' },
  },
  {
    what: '12.0, both ports',
    hex: `${HEAD} 00 00 01 57 42 61 C0 06 01 20 00 00 00 00 00 00`,
    pong: { port: 16993, dualPorts: true, version: '12.0', state: 'configured' },
  },
  {
    what: '16.1, TLS only',
    hex: `${HEAD} 00 00 01 57 42 61 00 02 01 20 10 01 00 00 00 00`,
    pong: { port: 16993, dualPorts: false, version: '16.1', state: 'configured' },
  },
  {
    what: '11.8, not configured',
    hex: `${HEAD} 00 00 01 57 00 00 B8 00 01 20 00 00 00 00 00 00`,
    pong: { dualPorts: false, version: '11.8', state: 'not-configured' },
  },
  {
    what: '11.8, in setup',
    hex: `${HEAD} 00 00 01 57 42 61 B8 01 01 A0 00 00 00 00 00 00`,
    pong: { port: 16993, dualPorts: false, version: '11.8', state: 'in-setup' },
  },
  {
    what: 'AMT 4 or 5, which report neither version nor state nor port',
    hex: `${HEAD} 00 00 01 57 42 60 00 06 21 00 00 00 00 00 00 00`,
    pong: { dualPorts: false, state: 'unknown' },
  },
  {
    what: 'a pong without its four trailing bytes',
    hex: `${HEAD} 00 00 01 57 42 60 B8 02 01 20 00 00`,
    pong: { port: 16992, dualPorts: false, version: '11.8', state: 'configured' },
  },
  {
    what: "a server's IPMI controller",
    hex: `${HEAD} 00 00 11 BE 00 00 00 00 81 00 00 00 00 00 00 00`,
    pong: undefined,
  },
  {
    what: 'a DASH machine of another maker',
    hex: `${HEAD} 00 00 11 BE 00 00 00 00 01 20 00 00 00 00 00 00`,
    pong: undefined,
  },
  {
    what: 'setup state 3, which does not exist',
    hex: `${HEAD} 00 00 01 57 42 60 B8 03 01 20 00 00 00 00 00 00`,
    pong: undefined,
  },
  {
    what: 'an RMCP acknowledgement',
    hex: '06 00 00 86',
    pong: undefined,
  },
  {
    what: 'a pong marked as acknowledgement',
    hex: '06 00 FF 86 00 00 11 BE 40 05 00 10 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'another RMCP version',
    hex: '07 00 FF 06 00 00 11 BE 40 05 00 10 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'another protocol under RMCP',
    hex: '06 00 FF 06 00 00 01 57 40 05 00 10 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'the answer to another scan',
    hex: '06 00 FF 06 00 00 11 BE 40 06 00 10 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'too little data by its own count',
    hex: '06 00 FF 06 00 00 11 BE 40 05 00 0B 00 00 01 57 42 60 B8 02 01 20 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'our own ping come back, padded',
    hex: '06 00 00 06 00 00 11 BE 80 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
    pong: undefined,
  },
  {
    what: 'twenty-eight bytes of noise',
    hex: 'FF '.repeat(28),
    pong: undefined,
  },
];

describe('parsePong', () => {
  test.each(pongs)('reads $what', ({ hex, pong }) => {
    expect(parsePong(fromHex(hex), 5)).toEqual(pong);
  });

  test('refuses a pong cut at every length below 24', () => {
    const whole = fromHex(pongs[0]?.hex ?? '');
    for (let length = 0; length < 24; length++) expect(parsePong(whole.subarray(0, length), 5)).toBeUndefined();
  });
});

describe('rmcpMessages', () => {
  // What AMT scanners in the field send, sequence 0; tag 5.
  const ping = fromHex('06 00 00 06 00 00 11 BE 80 05 00 00');
  const pong: RmcpMessage = {
    type: 'PresencePong',
    rmcp: 6,
    sequence: 255,
    class: 'ASF',
    enterprise: 4542,
    tag: 5,
    dataLength: 16,
    manufacturer: 343,
    port: 16992,
    version: 0xb8,
    state: 2,
    entities: 1,
    interactions: 0x20,
    major: 0,
    minor: 0,
  };

  test('writes the ping that scanners send', () => {
    expect(presencePing(5)).toEqual(ping);
  });

  test('reads a ping, whichever sequence it asks with', () => {
    const asked = { type: 'PresencePing', rmcp: 6, class: 'ASF', enterprise: 4542, tag: 5 };
    expect(rmcpMessages.decode(new Reader(ping))).toEqual({ ...asked, sequence: 0 });
    const quiet = fromHex('06 00 FF 06 00 00 11 BE 80 05 00 00');
    expect(rmcpMessages.decode(new Reader(quiet))).toEqual({ ...asked, sequence: 255 });
  });

  test('writes and reads the pong of an 11.8 machine', () => {
    const bytes = fromHex(pongs[0]?.hex ?? '');
    expect(rmcpMessages.encode(pong)).toEqual(bytes);
    expect(rmcpMessages.decode(new Reader(bytes))).toEqual(pong);
  });

  test('waits for more at every length short of a ping', () => {
    for (let length = 0; length < ping.length; length++) {
      expect(rmcpMessages.decode(new Reader(ping.subarray(0, length)))).toBeUndefined();
    }
  });

  test('refuses other ASF messages by number', () => {
    const open = fromHex('06 00 FF 06 00 00 11 BE 83 05 00 00');
    expect(() => rmcpMessages.decode(new Reader(open))).toThrow('Message number 0x83 is unknown');
  });
});
