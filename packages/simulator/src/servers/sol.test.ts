/** Serial-over-LAN from the firmware's side, with the bytes of consoles in the field. */
import { fromHex, toHex } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import type { SimulatorOptions } from '../simulator.ts';
import { desk, type Line, settled } from '../testing/redirection.ts';

/** How MeshCommander and amtterm open, and what they get. [SOL §1.1] [SOL §1.2] */
const MESH = '20 00 00 00 01 00 00 00 10 27 64 00 00 00 10 27 64 00 00 00 00 00 00 00';
const AMTTERM = '20 00 00 00 00 00 00 00 e8 03 64 00 00 00 10 27 00 00 88 13 00 00 00 00';
const REPLY = '21 00 00 00 01 00 00 00 01 00 0c 00 00 01 00 00 00 00 57 01 00 00 00';
const ON = '29 00 00 00 02 00 00 00 03 04';

async function opened(start = MESH, options: SimulatorOptions = {}) {
  const made = await desk(options);
  const console = await made.enter('sol');
  await console.talk([
    ['C', start],
    ['F', REPLY],
    ['wait', 40],
  ]);
  if (made.simulator.firmware.quirks.solControls)
    await console.talk([
      ['F', ON],
      ['wait', 20],
    ]);
  return { ...made, console };
}

/** Reads what was typed, as the PC. */
function typing(port: AsyncIterable<Uint8Array>): { text: string } {
  const seen = { text: '' };
  void (async () => {
    for await (const chunk of port) seen.text += Buffer.from(chunk).toString('latin1');
  })();
  return seen;
}

const print = async (port: { write(bytes: Uint8Array): Promise<void> }, text: string) => {
  await port.write(Buffer.from(text, 'latin1'));
  await settled();
};

/** A StartSolRedirection with these terms. */
function start(terms: {
  tx?: number;
  txMs?: number;
  overMs?: number;
  rxMs?: number;
  flushMs?: number;
  beatMs?: number;
}) {
  const { tx = 1000, txMs = 100, overMs = 0, rxMs = 60_000, flushMs = 0, beatMs = 0 } = terms;
  const bytes = Buffer.from(fromHex(`20 00 00 00 00 00 00 00 ${'00 '.repeat(16)}`));
  [tx, txMs, overMs, rxMs, flushMs, beatMs].forEach((value, i) => void bytes.writeUInt16LE(value, 8 + 2 * i));
  return toHex(bytes);
}

describe.each([
  ['whole', Number.POSITIVE_INFINITY],
  ['byte by byte', 1],
])('a conversation %s', (_, pieces) => {
  test('with MeshCommander', async () => {
    const { enter, pc } = await desk();
    const typed = typing(pc.port);
    const console = await enter('sol');
    console.pieces = pieces;
    await console.talk([
      ['C', MESH],
      ['F', REPLY],
      ['C', '27 00 00 00 02 00 00 00 00 00 1b 00 00 00'],
      ['F', ON],
    ]);
    await print(pc.port, 'login: ');
    await console.talk([
      ['wait', 100],
      ['F', '2a 00 00 00 03 00 00 00 07 00 6c 6f 67 69 6e 3a 20'],
      ['C', '28 00 00 00 03 00 00 00 01 00 61'],
      ['C', '28 00 00 00 04 00 00 00 02 00 0d 0a'],
      ['C', '2b 00 00 00 05 00 00 00'],
    ]);
    expect(typed.text).toBe('a\r\n');
    expect(await console.heard()).toBe('');
    expect(console.ended).toBe(false);
  });

  test('with amtterm, to its polite end', async () => {
    const { enter, pc, simulator } = await desk();
    const typed = typing(pc.port);
    const console = await enter('sol');
    console.pieces = pieces;
    await console.talk([
      ['C', AMTTERM],
      ['F', REPLY],
      ['F', ON],
    ]);
    await print(pc.port, 'login: ');
    await console.talk([
      ['wait', 100],
      ['F', '2a 00 00 00 03 00 00 00 07 00 6c 6f 67 69 6e 3a 20'],
      ['wait', 4900],
      ['F', '2b 00 00 00 04 00 00 00'],
      ['C', '2b 00 00 00 04 00 00 00'],
      ['C', '28 00 00 00 00 00 00 00 03 00 6c 73 0d'],
      ['C', '22 00 00 00 00 00 00 00'],
      ['F', '23 00 00 00 05 00 00 00'],
      ['C', '28 00 00 00 00 00 00 00 01 00 1d'],
    ]);
    expect(console.ended).toBe(false);
    await console.talk([['C', '12 00 00 00']]);
    expect(console.ended).toBe(true);
    expect(typed.text).toBe('ls\r');
    expect(simulator.received.nonsense).toEqual([]);
  });
});

test('what opens a session goes out apart in time: amtterm loses what it reads along with it', async () => {
  const { enter, pc, clock } = await desk();
  const console = await enter('sol');
  await console.say(MESH);
  await print(pc.port, 'early');
  expect(toHex(await console.take(23))).toBe(REPLY);
  clock.advance(19);
  expect(await console.heard()).toBe('');
  clock.advance(1);
  expect(await console.heard()).toBe(ON);
  await console.take(10);
  clock.advance(60);
  expect(await console.heard()).toBe('');
  clock.advance(40);
  expect(await console.heard()).toBe('2a 00 00 00 03 00 00 00 05 00 65 61 72 6c 79');
});

describe('what the PC writes', () => {
  test('is sent when the buffer is full or its time is over', async () => {
    const { console, pc, clock } = await opened(start({ tx: 4, txMs: 50 }));
    await print(pc.port, 'abcdefghij');
    expect(await console.heard()).toBe(
      '2a 00 00 00 03 00 00 00 04 00 61 62 63 64 2a 00 00 00 04 00 00 00 04 00 65 66 67 68',
    );
    await console.take(28);
    clock.advance(49);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe('2a 00 00 00 05 00 00 00 02 00 69 6a');
  });

  test('without a time is sent after a tenth of a second', async () => {
    const { console, pc, clock } = await opened(start({ txMs: 0 }));
    await print(pc.port, 'a');
    clock.advance(99);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe('2a 00 00 00 03 00 00 00 01 00 61');
  });

  test('comes in messages of 8192 bytes at most', async () => {
    const { console, pc } = await opened(start({ tx: 0xffff }));
    await print(pc.port, 'x'.repeat(10_000));
    expect(toHex((await console.take(10)).subarray(8))).toBe('00 20');
  });

  test('while nobody listens is gone', async () => {
    const { enter, pc } = await desk();
    await print(pc.port, 'x'.repeat(1_000_000));
    const console = await enter('sol');
    await console.talk([
      ['C', MESH],
      ['F', REPLY],
      ['F', ON],
      ['wait', 500],
    ]);
    expect(await console.heard()).toBe('');
  });

  test('holds the PC up while the console reads nothing', async () => {
    const { enter, pc, simulator } = await desk();
    const console = await enter('sol');
    await console.talk([
      ['C', start({ tx: 4096 })],
      ['F', REPLY],
      ['F', ON],
      ['wait', 20],
    ]);
    console.pause();
    let written = 0;
    const flood = async () => {
      for (; written < 500; written++) await pc.port.write(new Uint8Array(1024));
    };
    void flood();
    await settled();
    const stuck = written;
    expect(stuck).toBeLessThan(300);
    await settled();
    expect(written).toBe(stuck);
    console.resume();
    await expect.poll(() => written).toBe(500);
    expect(simulator.received.nonsense).toEqual([]);
  });

  test('is dropped when the console reads nothing for too long, and that is told', async () => {
    const { enter, pc, clock } = await desk();
    const console = await enter('sol');
    await console.talk([
      ['C', start({ tx: 8192, overMs: 200 })],
      ['F', REPLY],
      ['F', ON],
      ['wait', 20],
    ]);
    console.pause();
    let written = 0;
    const flood = async () => {
      for (; written < 50; written++) await pc.port.write(new Uint8Array(8192));
    };
    void flood();
    await settled();
    expect(written).toBeLessThan(50);
    while (written < 50) {
      clock.advance(200);
      await settled();
    }
    console.resume();
    await settled();
    const told = (await console.heard()).includes('03 05');
    expect(told).toBe(true);
  });
});

describe('what is typed', () => {
  const data = (text: string) => {
    const head = Buffer.from(fromHex('28 00 00 00 00 00 00 00 00 00'));
    head.writeUInt16LE(text.length, 8);
    return Buffer.concat([head, Buffer.from(text, 'latin1')]);
  };

  test('reaches the PC as it is, in any portion', async () => {
    const { console, pc } = await opened();
    const typed = typing(pc.port);
    await console.say(data('a'), data(''), data('\x1b[OP'), data('z'.repeat(0xffff)));
    expect(typed.text).toBe(`a\x1b[OP${'z'.repeat(0xffff)}`);
  });

  test('is dropped when the PC does not read it in time, and that is told', async () => {
    const { console, pc, clock } = await opened(start({ flushMs: 100 }));
    for (let i = 0; i < 4; i++) await console.say(data('z'.repeat(0xffff)));
    clock.advance(99);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe('29 00 00 00 03 00 00 00 03 0c');
    await console.take(10);
    // The bit stays until the console clears it.
    await console.say('27 00 00 00 02 00 00 00 00 00 1b 00 00 00');
    const typed = typing(pc.port);
    await settled();
    await console.say(data('after'));
    expect(typed.text.endsWith('zafter')).toBe(true);
    expect(typed.text.length).toBeLessThan(3 * 0xffff);
    pc.tell({ kind: 'power', power: 'off' });
    await settled();
    clock.advance(20);
    expect(await console.heard()).toBe('29 00 00 00 04 00 00 00 03 00');
  });

  test('ends the connection when there is too much of it and no time was set', async () => {
    const { console } = await opened(start({ flushMs: 0 }));
    for (let i = 0; i < 4; i++) await console.say(data('z'.repeat(0xffff))).catch(() => {});
    expect(console.ended).toBe(true);
  });
});

describe('time', () => {
  test('without a word from the console ends the session; any message counts', async () => {
    const { console, clock, simulator } = await opened(AMTTERM);
    for (let i = 0; i < 5; i++)
      await console.talk([
        ['wait', 9000],
        ['C', '2b 00 00 00 00 00 00 00'],
      ]);
    clock.advance(9999);
    await settled();
    expect(console.ended).toBe(false);
    clock.advance(1);
    await settled();
    expect(console.ended).toBe(true);
    expect(simulator.firmware.state.sessions.sol).toBe(0);
  });

  test('brings heartbeats as often as asked for, and none where none were', async () => {
    const { console, clock } = await opened(start({ beatMs: 1000 }));
    for (let i = 3; i < 6; i++)
      await console.talk([
        ['wait', i === 3 ? 940 : 1000],
        ['F', `2b 00 00 00 0${i} 00 00 00`],
      ]);
    const quiet = await opened();
    quiet.clock.advance(9000);
    expect(await quiet.console.heard()).toBe('');
    clock.advance(0);
  });

  test('after the farewell is short', async () => {
    const { console, clock } = await opened();
    await console.talk([
      ['C', '22 00 00 00 00 00 00 00'],
      ['F', '23 00 00 00 03 00 00 00'],
    ]);
    clock.advance(2000);
    await settled();
    expect(console.ended).toBe(true);
  });
});

describe('power', () => {
  test.each<[string, SimulatorOptions['power'], readonly Line[]]>([
    ['off', 'off', [['F', '29 00 00 00 02 00 00 00 03 00']]],
    ['asleep', 'sleep', [['F', '29 00 00 00 02 00 00 00 03 00']]],
  ])('of a PC that is %s is told at the start', async (_, power, lines) => {
    const { enter, simulator } = await desk();
    simulator.firmware.change((state) => {
      state.power = power ?? 'off';
    });
    const console = await enter('sol');
    await console.talk([['C', MESH], ['F', REPLY], ...lines]);
  });

  test('and starts are told as they change', async () => {
    const { console, pc, clock } = await opened();
    pc.tell({ kind: 'starting' });
    await settled();
    expect(await console.heard()).toBe('29 00 00 00 03 00 00 00 03 04');
    await console.take(10);
    clock.advance(20);
    pc.tell({ kind: 'power', power: 'off' });
    await settled();
    expect(await console.heard()).toBe('29 00 00 00 04 00 00 00 03 00');
    await console.take(10);
    clock.advance(20);
    pc.tell({ kind: 'booted', from: 'disk' });
    await settled();
    expect(await console.heard()).toBe('');
  });

  test('is kept to itself by firmware that tells nothing', async () => {
    const { console, pc } = await opened(MESH, { quirks: { solControls: false } });
    pc.tell({ kind: 'starting' });
    await print(pc.port, 'a');
    await console.talk([
      ['wait', 100],
      ['F', '2a 00 00 00 02 00 00 00 01 00 61'],
    ]);
  });
});

test('a keep-alive is answered in kind', async () => {
  const { console } = await opened();
  await console.talk([
    ['C', '24 00 00 00 09 00 00 00'],
    ['F', '25 00 00 00 03 00 00 00'],
  ]);
});

test('every message is on record', async () => {
  const { console, simulator } = await opened();
  await console.say('28 00 00 00 03 00 00 00 01 00 61');
  expect(simulator.received.messages('SolDataToHost')).toEqual([
    {
      connection: 1,
      service: 'sol',
      message: { type: 'SolDataToHost', status: 0, sequence: 3, data: Uint8Array.of(97) },
    },
  ]);
  expect(simulator.received.messages('StartSolRedirection')).toMatchObject([
    { message: { maxTxBuffer: 10_000, txTimeoutMs: 100, rxTimeoutMs: 10_000, rxFlushTimeoutMs: 100, heartbeatMs: 0 } },
  ]);
});

test.each([
  ['an unknown message', '26 00 00 00 00 00 00 00', 'Message number 0x26 is unknown'],
  ['a second start', MESH, 'StartSolRedirection while its serial session was open'],
  ['a message of the firmware', '2a 00 00 00 00 00 00 00 00 00', 'SolDataFromHost while its serial session was open'],
  ['a message of drives', '40 00 00 00', 'Message number 0x40 is unknown'],
])('%s makes no sense and ends the connection', async (_, bytes, text) => {
  const { console, simulator } = await opened();
  await console.say(bytes);
  await settled();
  expect(console.ended).toBe(true);
  expect(simulator.received.nonsense.map(({ message }) => message)).toEqual([expect.stringContaining(text)]);
  expect(simulator.firmware.state.sessions.sol).toBe(0);
});

test('data before the session is open makes no sense', async () => {
  const { enter, simulator } = await desk();
  const console = await enter('sol');
  await console.say('28 00 00 00 00 00 00 00 01 00 61');
  await settled();
  expect(console.ended).toBe(true);
  expect(simulator.received.nonsense[0]?.message).toContain('SolDataToHost while its serial session was waiting');
});
