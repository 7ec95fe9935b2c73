import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { fromHex } from '../bytes/hex.ts';
import { ConnectFailed } from '../errors.ts';
import type { Trap } from './pet.ts';
import { openTrapListener } from './trap-listener.ts';

/** Link up on the wired port. */
const TRAP = fromHex(`
  30 6C 02 01 00 04 06 70 75 62 6C 69 63 A4 5F 06 09 2B 06 01 04 01 98 6F 01 01
  40 04 0A 00 00 09 02 01 06 02 03 27 0A 03 43 03 01 E2 40
  30 3F 30 3D 06 0A 2B 06 01 04 01 98 6F 01 01 01 04 2F
  44 45 4C 4C 48 00 10 33 80 39 C8 C0 4F 33 52 31 00 01 22 A3 F1 C0 FF FF
  68 68 01 FF 02 26 61 01 00 00 00 00 00 00 00 FF 00 00 01 57 FF FF C1`);

test('the trap listener tells platform events, and says of anything else what is wrong with it', async () => {
  const heard: (readonly [string, Trap | string])[] = [];
  await using listener = await openTrapListener({
    host: '127.0.0.1',
    port: 0,
    received: (trap, from) => heard.push([from, trap]),
    nonsense: (from, sentence) => heard.push([from, sentence]),
  });
  const socket = createSocket('udp4');
  try {
    const datagrams = [fromHex('de ad'), new Uint8Array(0), TRAP];
    for (const [i, datagram] of datagrams.entries()) {
      socket.send(datagram, listener.port, '127.0.0.1');
      await expect.poll(() => heard.length).toBe(i + 1);
    }
  } finally {
    socket.close();
  }
  expect(heard.map(([from]) => from)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  expect(heard[0]?.[1]).toMatch(/does not begin with the tag 30/);
  expect(heard[2]?.[1]).toMatchObject({ agent: '10.0.0.9', record: { sensorType: 0x27, offset: 3 } });
});

test('the trap listener says where it cannot listen', async () => {
  const options = { host: '127.0.0.1', received: () => {} };
  await using listener = await openTrapListener({ ...options, port: 0 });
  const taken = openTrapListener({ ...options, port: listener.port });
  await expect(taken).rejects.toThrow(ConnectFailed);
  await expect(taken).rejects.toThrow('EADDRINUSE');
});
