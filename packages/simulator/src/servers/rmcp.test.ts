/** The presence ping: who gets a pong, and what it says. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fromHex, parsePong, presencePing, toHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { createSimulator } from '../create-simulator.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { start } from '../testing/console.ts';
import { answersTo } from './rmcp.ts';

async function pong(options: SimulatorOptions, ping = presencePing(5)): Promise<string> {
  const { simulator } = await start(options);
  return answersTo(simulator.firmware, ping)
    .map((answer) => toHex(answer))
    .join(' | ')
    .toUpperCase();
}

const HEAD = '06 00 FF 06 00 00 11 BE 40 05 00 10 00 00 01 57';
const spaced = (hex: string) => hex.replaceAll(' ', '').match(/../g)?.join(' ') ?? '';

describe('a pong', () => {
  test.each([
    ['amt-7', {}, '42 60 71 06 01 20 00 00 00 00 00 00'],
    ['amt-11', { tls: false }, '42 60 B8 02 01 20 00 00 00 00 00 00'],
    ['amt-12', {}, '42 60 C0 06 01 20 00 00 00 00 00 00'],
    ['amt-16', {}, '42 61 00 02 01 20 10 01 00 00 00 00'],
    ['amt-19', {}, '42 61 00 02 01 20 13 00 00 00 00 00'],
    ['ism', {}, '42 61 00 02 01 20 10 01 00 00 00 00'],
  ] as const)('of %s with %o', async (profile, options, tail) => {
    expect(spaced(await pong({ profile, ...options }))).toBe(`${HEAD} ${tail}`);
  });

  test('of a machine that left its set-up has no port', async () => {
    const { simulator } = await start();
    simulator.firmware.change((state) => {
      state.provisioning.state = 'not-configured';
    });
    const [answer = new Uint8Array(0)] = answersTo(simulator.firmware, presencePing(5));
    expect(parsePong(answer, 5)).toMatchObject({ state: 'not-configured' });
    expect(parsePong(answer, 5)).not.toHaveProperty('port');
  });

  test('follows TLS', async () => {
    const { simulator } = await start();
    simulator.firmware.change((state) => {
      state.tls.plain = false;
    });
    const [answer = new Uint8Array(0)] = answersTo(simulator.firmware, presencePing(5));
    expect(parsePong(answer, 5)).toMatchObject({ port: 16993, dualPorts: false });
  });

  test('is not sent where the settings say no', async () => {
    const { simulator, console } = await start();
    await console.put('AMT_GeneralSettings', { RmcpPingResponseEnabled: false });
    expect(answersTo(simulator.firmware, presencePing(5))).toEqual([]);
  });

  test('lacks the bit of DASH on request', async () => {
    expect(spaced(await pong({ quirks: { dashBit: false } }))).toContain('C0 06 01 00');
  });

  test('comes behind an acknowledgement where firmware sends one and the ping asks for it', async () => {
    const quirks = { rmcpAck: true };
    expect(await pong({ quirks })).toMatch(/^06 ?00 ?00 ?86 \| 06/);
    const without = fromHex('06 00 FF 06 00 00 11 BE 80 05 00 00');
    expect(await pong({ quirks }, without)).not.toContain('|');
  });
});

describe('no answer at all', () => {
  test.each([
    ['a pong', `${HEAD} 42 60 C0 06 01 20 00 00 00 00 00 00`],
    ['a ping that is cut', '06 00 00 06 00 00 11 BE 80 05 00'],
    ['another enterprise', '06 00 00 06 00 00 01 57 80 05 00 00'],
    ['IPMI', '06 00 00 07 00 00 11 BE 80 05 00 00'],
    ['an acknowledgement', '06 00 00 86 00 00 11 BE 80 05 00 00'],
    ['another version', '05 00 00 06 00 00 11 BE 80 05 00 00'],
    ['an unknown message', '06 00 00 06 00 00 11 BE 81 05 00 00'],
    ['nothing', ''],
  ])('to %s', async (_what, hex) => {
    const { simulator } = await start();
    expect(answersTo(simulator.firmware, fromHex(hex))).toEqual([]);
  });
});

test('answers over UDP from the address that was pinged, until the cable is out', async () => {
  await using simulator = await createSimulator({ speed: 0 });
  await using other = await createSimulator({ speed: 0 });
  const socket = createSocket('udp4');
  try {
    const ping = () => socket.send(presencePing(9), simulator.ports.rmcp, simulator.host);
    ping();
    const [datagram, from] = (await once(socket, 'message')) as [Uint8Array, { address: string; port: number }];
    expect(from).toMatchObject({ address: simulator.host, port: simulator.ports.rmcp });
    expect(parsePong(datagram, 9)).toMatchObject({ version: '12.0', state: 'configured' });
    await simulator.unplug({ silent: true });
    ping();
    socket.send(presencePing(9), other.ports.rmcp, other.host);
    const [, next] = (await once(socket, 'message')) as [Uint8Array, { port: number }];
    expect(next.port).toBe(other.ports.rmcp);
    await simulator.plug();
    ping();
    await once(socket, 'message');
    expect(simulator.received.pings).toBe(2);
  } finally {
    socket.close();
  }
});
