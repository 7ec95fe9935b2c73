/** Storage redirection from the firmware's side: sessions, with bytes written by hand. */
import { describe, expect, test } from 'vitest';
import { frame, GOOD, lendCd, OPENED, opened, quiet, read, tur } from '../testing/drive-session.ts';
import { NOW, OPEN } from '../testing/field-console.ts';
import { type Desk, desk, settled } from '../testing/redirection.ts';

describe.each([
  ['whole', Number.POSITIVE_INFINITY],
  ['byte by byte', 1],
  ['in sevens', 7],
])('the worked session %s', (_, pieces) => {
  test('reaches the PC as a CD of 300 blocks', { timeout: 60_000 }, async () => {
    const { console, pc, simulator } = await opened();
    console.pieces = pieces;
    await console.talk(lendCd);
    expect(pc.inserted).toEqual(['cd 300×2048']);
    expect(pc.media.cd?.writable).toBe(false);
    const cd = pc.media.cd;
    const one = cd?.read(0x11, 1);
    await console.talk([['F', read('06', '00 11', '01')]]);
    await console.say(frame('03', '05', '00 08', true), new Uint8Array(2048).fill(0x17));
    expect(await one).toEqual(new Uint8Array(2048).fill(0x17));
    if (pieces > 1) {
      const ten = cd?.read(0x10, 10);
      await console.talk([['F', read('07', '00 10', '0a')]]);
      await console.say(frame('01', '0d', '00 20', false), new Uint8Array(8192).fill(1));
      await console.say(frame('01', '0e', '00 20', false), new Uint8Array(8192).fill(2));
      await console.say(frame('03', '0f', '00 10', true), new Uint8Array(4096).fill(3));
      const bytes = (await ten) ?? new Uint8Array(0);
      expect([bytes.length, bytes[0], bytes[8192], bytes[16384], bytes[20479]]).toEqual([20480, 1, 2, 3, 3]);
      const beyond = expect(cd?.read(300, 1)).rejects.toMatchObject({ sense: [5, 0x21, 0] });
      await console.talk([
        ['F', read('08', '01 2c', '01')],
        ['C', '51 00 00 02 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 87 50 03 00 00 00 b0 51 05 21 00'],
      ]);
      await beyond;
      pc.tell({ kind: 'starting' });
      await console.talk([
        ['F', '46 00 00 00 09 00 00 00 01'],
        ['C', '47 00 00 00 11 00 00 00'],
        ['wait', 15_100],
        ['F', '44 00 00 00 0a 00 00 00'],
        ['C', '45 00 00 00 12 00 00 00'],
        ['C', '42 00 00 00 13 00 00 00'],
        ['F', '43 00 00 00 0b 00 00 00'],
      ]);
      expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
    }
    expect(simulator.received.nonsense).toEqual([]);
  });
});

describe('an opening', () => {
  test('of amtider, whose fields stand elsewhere, gets times that hold', async () => {
    const { enter, clock } = await desk(quiet);
    const console = await enter('ider');
    await console.talk([
      ['C', '40 64 00 10 27 88 13 01 00 00 00 00 00 00 00 00 00 00'],
      ['F', OPENED],
      ['wait', 4900],
    ]);
    expect(await console.heard()).toBe('');
    clock.advance(200);
    expect(await console.heard()).toBe('4b 00 00 00 01 00 00 00');
    await console.take(8);
    await console.talk([
      ['wait', 4900],
      ['F', '4b 00 00 00 02 00 00 00'],
      ['wait', 5000],
      ['F', '44 00 00 00 03 00 00 00 4b 00 00 00 04 00 00 00'],
    ]);
  });

  test('is answered apart from what follows', async () => {
    const { enter, clock } = await desk(quiet);
    const console = await enter('ider');
    await console.say(OPEN, NOW);
    expect(await console.heard()).toBe(OPENED);
    await console.take(30);
    clock.advance(19);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe('49 00 00 00 01 00 00 00 03 01 00 00 00');
    await console.take(13);
    clock.advance(19);
    expect(await console.heard()).toBe('');
    clock.advance(1);
    expect(await console.heard()).toBe(tur('02', 'b0'));
  });

  test('announces the buffers asked for', async () => {
    const { enter } = await desk({ quirks: { iderPollSeconds: 0, iderBuffers: { read: 4096, write: 512 } } });
    const console = await enter('ider');
    await console.talk([['C', OPEN]]);
    expect((await console.heard()).split(' ').slice(16, 20)).toEqual(['00', '10', '00', '02']);
  });
});

describe('life', () => {
  test('is asked for after half of the time, and given up after all of it', async () => {
    const { console, clock, pc } = await opened();
    await console.talk(lendCd);
    clock.advance(14_900);
    expect(await console.heard()).toBe('');
    clock.advance(100);
    expect(await console.heard()).toBe('44 00 00 00 06 00 00 00');
    clock.advance(14_999);
    await settled();
    expect(console.ended).toBe(false);
    clock.advance(1);
    await settled();
    expect(console.ended).toBe(true);
    expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
  });

  test.each([
    ['a pong', '45 00 00 00 09 00 00 00'],
    ['the ping itself', 'same'],
    ['a heartbeat of its own', '4b 00 00 00 09 00 00 00'],
  ])('is %s, for ten minutes', async (_, word) => {
    const { console, simulator } = await opened();
    for (let minutes = 0; minutes < 10; ) {
      await console.talk([['wait', 15_000]]);
      const heard = await console.heard();
      const length = heard.split(' ').length;
      await console.take(length);
      const ping = /44 00 00 00 .. .. .. ../.exec(heard)?.[0] ?? '4b 00 00 00 00 00 00 00';
      await console.say(word === 'same' ? ping : word);
      minutes += 0.25;
    }
    expect(console.ended).toBe(false);
    // A pong to its own echo would end that console.
    if (word === 'same') expect(await console.heard()).toBe('');
    expect(simulator.received.nonsense).toEqual([]);
  });

  test('asked for by the console is answered', async () => {
    const { console } = await opened();
    await console.talk([
      ['C', '44 00 00 00 05 00 00 00'],
      ['F', '45 00 00 00 01 00 00 00'],
    ]);
  });

  test('comes as heartbeats, as often as asked for', async () => {
    const { enter } = await desk(quiet);
    const console = await enter('ider');
    await console.talk([
      ['C', '40 00 00 00 00 00 00 00 30 75 00 00 e8 03 01 00 00 00'],
      ['F', OPENED],
      ['wait', 1000],
      ['F', '4b 00 00 00 01 00 00 00'],
      ['wait', 1000],
      ['F', '4b 00 00 00 02 00 00 00'],
    ]);
  });
});

describe('a reset', () => {
  const start = async ({ pc }: Desk) => {
    pc.tell({ kind: 'starting' });
    await settled();
  };

  test('gives up what is under way, and goes on when the console has noticed', async () => {
    const made = await opened();
    const { console, pc, simulator } = made;
    await console.talk(lendCd);
    const under = pc.media.cd?.read(0, 32);
    const failed = expect(under).rejects.toMatchObject({ sense: [6, 0x29, 0] });
    await console.talk([['F', read('06', '00 00', '20')]]);
    await console.say(frame('01', '05', '00 20', false), new Uint8Array(8192));
    await start(made);
    await failed;
    const next = pc.media.cd?.read(5, 1);
    await console.talk([
      ['wait', 20],
      ['F', '46 00 00 00 07 00 00 00 01'],
      ['wait', 1000],
    ]);
    // What a console had in hand may still come; it belongs to nobody.
    await console.say(frame('01', '06', '00 20', false), new Uint8Array(8192));
    expect(await console.heard()).toBe('');
    await console.talk([
      ['C', '47 00 00 00 07 00 00 00'],
      ['F', read('08', '00 05', '01')],
    ]);
    await console.say(frame('03', '08', '00 08', true), new Uint8Array(2048).fill(5));
    expect(await next).toEqual(new Uint8Array(2048).fill(5));
    expect(simulator.received.commands.map(({ failed: why }) => why)).toContain('reset');
  });

  test('that the console does not notice ends the session', async () => {
    const made = await opened();
    const { console, clock, pc } = made;
    await console.talk(lendCd);
    await start(made);
    await console.talk([
      ['F', '46 00 00 00 06 00 00 00 01'],
      ['wait', 9000],
    ]);
    expect(console.ended).toBe(false);
    clock.advance(1000);
    await settled();
    expect(console.ended).toBe(true);
    expect(pc.media.cd).toBeUndefined();
  });

  test('that comes while another one is being told is told once', async () => {
    const made = await opened();
    await start(made);
    await start(made);
    await made.console.talk([
      ['F', '46 00 00 00 01 00 00 00 01'],
      ['C', '47 00 00 00 00 00 00 00'],
      ['wait', 100],
    ]);
    expect(await made.console.heard()).toBe('');
    await made.console.say('47 00 00 00 00 00 00 00');
    expect(made.console.ended).toBe(false);
  });
});

test.each([
  ['an unknown message', '4c 00 00 00 00 00 00 00', 'Message number 0x4c is unknown'],
  ['a second opening', OPEN, 'OpenSession while its drive session was open'],
  ['a message of the firmware', '43 00 00 00 00 00 00 00', 'CloseSessionReply while its drive session was open'],
  ['more data than the buffer holds', '54 00 00 01 00 00 00 00 00 01 20 '.padEnd(34 * 3, '00 '), 'the limit is 8192'],
])('%s makes no sense and ends the session', async (_, bytes, text) => {
  const { console, simulator, pc } = await opened();
  await console.talk(lendCd);
  await console.say(bytes);
  await settled();
  expect(console.ended).toBe(true);
  expect(simulator.received.nonsense.map(({ message }) => message)).toEqual([expect.stringContaining(text)]);
  expect(simulator.firmware.state.sessions.ider).toBe(false);
  expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
});

test('replies that nobody waits for are passed over', async () => {
  const { console, simulator } = await opened();
  await console.say(GOOD);
  await console.say(frame('03', '05', '04 00', true), new Uint8Array(4));
  await console.say('52 00 00 00 12 00 00 00 00 00 02 00 b5 00 00 00 00 02 a0 58 00 00 00 00 00 00 00 00 00 00 00');
  expect(console.ended).toBe(false);
  expect(simulator.received.nonsense).toEqual([]);
});

test('a connection that is lost takes the drives with it, and what is under way', async () => {
  const { console, pc } = await opened();
  await console.talk(lendCd);
  const cd = pc.media.cd;
  const under = cd?.read(0, 1);
  const waits = cd?.read(1, 1);
  const failed = Promise.all(
    [under, waits].map((each) => expect(each).rejects.toMatchObject({ name: 'MediumFailed', sense: [2, 0x3a, 0] })),
  );
  await console.close();
  await failed;
  expect(pc.inserted).toEqual(['cd 300×2048', 'cd out']);
  await expect(cd?.read(0, 1)).rejects.toMatchObject({ sense: [2, 0x3a, 0] });
});

test('a line that carries nothing any more ends the session by its silence', async () => {
  const { console, clock, pc, simulator } = await opened();
  await console.talk(lendCd);
  await simulator.unplug({ silent: true });
  await console.say('45 00 00 00 09 00 00 00');
  clock.advance(29_999);
  await settled();
  expect(simulator.firmware.state.sessions.ider).toBe(true);
  clock.advance(1);
  await settled();
  expect(simulator.firmware.state.sessions.ider).toBe(false);
  expect(pc.media.cd).toBeUndefined();
});
