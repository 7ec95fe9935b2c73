/** The conversation with QEMU's VNC server, as bytes. */
import { memoryPair } from '@amtkit/core/streams';
import { fromHex, ProtocolError, toHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { settled } from '../../testing/redirection.ts';
import { VncConnection } from './vnc.ts';

const VERSION = '52 46 42 20 30 30 33 2e 30 30 38 0a';
/** A screen of 2 × 1 that calls itself QEMU. */
const INIT = '00 02 00 01 20 18 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00 00 00 00 04 51 45 4d 55';

/** What the connection tells, as text, and how it ends. */
function connect(pieces = Number.POSITIVE_INFINITY) {
  const [server, client] = memoryPair(['QEMU', 'screen']);
  const told: string[] = [];
  const connection = new VncConnection(client, {
    resized: (width, height) => told.push(`${width} × ${height}`),
    row: (x, y, pixels) => told.push(`${x},${y}: ${toHex(pixels)}`),
    painted: (areas) => told.push(`painted ${areas.map(({ width, height }) => `${width} × ${height}`).join(', ')}`),
  });
  const ended = connection.run();
  let heard = '';
  void (async () => {
    for await (const chunk of server) heard += `${toHex(chunk)} `;
  })();
  return {
    told,
    ended,
    connection,
    async says(hex: string) {
      const bytes = fromHex(hex);
      for (let at = 0; at < bytes.length; at += pieces) await server.write(bytes.slice(at, at + pieces));
      await settled();
    },
    /** What the connection answered since the last time. */
    answer() {
      const said = heard.trim();
      heard = '';
      return said;
    },
  };
}

describe.each([
  ['whole', Number.POSITIVE_INFINITY],
  ['byte by byte', 1],
])('a screen %s', (_, pieces) => {
  test('comes in plain pixels, and again when it changes its size', async () => {
    const { says, answer, told } = connect(pieces);
    await says(VERSION);
    expect(answer()).toBe(VERSION);
    await says('02 02 01');
    expect(answer()).toBe('01');
    await says('00 00 00 00');
    expect(answer()).toBe('01');
    await says(INIT);
    expect(answer()).toBe(
      '00 00 00 00 20 18 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00 ' +
        '02 00 00 02 00 00 00 00 ff ff ff 21 03 00 00 00 00 00 00 02 00 01',
    );
    await says('00 00 00 01 00 00 00 00 00 02 00 01 00 00 00 00 11 22 33 00 44 55 66 00');
    expect(answer()).toBe('03 01 00 00 00 00 00 02 00 01');
    // A bell and a clipboard, which mean nothing; then another size, alone; then its pixels.
    await says('02 03 00 00 00 00 00 00 01 41');
    await says('00 00 00 01 00 00 00 00 00 01 00 02 ff ff ff 21');
    expect(answer()).toBe('03 00 00 00 00 00 00 01 00 02');
    await says('00 00 00 01 00 00 00 00 00 01 00 02 00 00 00 00 01 02 03 00 04 05 06 00');
    // Another size with the pixels behind it in one update.
    await says('00 00 00 02 00 00 00 00 00 01 00 01 ff ff ff 21 00 00 00 00 00 01 00 01 00 00 00 00 07 08 09 00');
    expect(told).toEqual([
      ...['2 × 1', '0,0: 11 22 33 00 44 55 66 00', 'painted 2 × 1'],
      ...['1 × 2', '0,0: 01 02 03 00', '0,1: 04 05 06 00', 'painted 1 × 2'],
      ...['1 × 1', '0,0: 07 08 09 00', 'painted 1 × 1'],
    ]);
  });
});

test('is looked at closely again once somebody types, which takes an empty clipboard', async () => {
  const { says, answer, connection } = connect();
  await says(VERSION);
  answer();
  // Nobody listens to that yet.
  connection.hurry();
  for (const line of ['01 01', '00 00 00 00', INIT]) await says(line);
  answer();
  connection.hurry();
  await says('00 00 00 01');
  expect(answer()).toBe('06 00 00 00 00 00 00 00');
});

test.each([
  ['that wants a password', [VERSION, '01 02']],
  ['that lets nobody in', [VERSION, '01 01', '00 00 00 01']],
  [
    'that speaks of what nobody asked for',
    [VERSION, '01 01', '00 00 00 00', INIT, `00 00 00 01 ${'00 '.repeat(11)}05`],
  ],
])('ends with a server %s', async (_, lines) => {
  const { says, ended } = connect();
  const failed = expect(ended).rejects.toThrow(ProtocolError);
  for (const line of lines) await says(line);
  await failed;
});
