import { describe, expect, test } from 'vitest';
import { vncResponse } from '../auth/vnc-challenge.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { de } from '../redirection/kvm/layouts/de.ts';
import { chunksOf, joined } from '../testing/bytes.ts';
import { type VncEvent, VncServer, type VncServerOptions } from './server.ts';

const version = (minor: string): string => `52 46 42 20 30 30 33 2e 30 30 ${minor} 0a`;
const V33 = version('33');
const V37 = version('37');
const V38 = version('38');

/** 128 × 64, 32 bits of which 24 are colour, blue in the lowest, "PC". */
const serverInit = '00 80 00 40 20 18 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00 00 00 00 02 50 43';

/** A screen whose picture has arrived. */
function paintedScreen(): Framebuffer {
  const framebuffer = new Framebuffer(128, 64);
  framebuffer.painted(0, 0, 128, 64);
  return framebuffer;
}

function serve(options: Partial<VncServerOptions> = {}): VncServer {
  const framebuffer = options.framebuffer ?? paintedScreen();
  return new VncServer({ framebuffer, title: 'PC', ...options });
}

function sent(server: VncServer): string {
  return toHex(joined(server.takeOutgoing()));
}

/** A viewer that is in. */
function joinedServer(options: Partial<VncServerOptions> = {}): VncServer {
  const server = serve(options);
  server.receive(fromHex(`${V38} 01 01`));
  server.takeOutgoing();
  return server;
}

describe.each([
  { how: 'whole', size: 1000 },
  { how: 'one byte at a time', size: 1 },
])('getting in, $how', ({ size }) => {
  const talk = (options: Partial<VncServerOptions>, ...said: string[]) => {
    const server = serve(options);
    const answers = [sent(server)];
    const events: VncEvent[] = [];
    for (const hex of said) {
      for (const chunk of chunksOf(fromHex(hex), size)) events.push(...server.receive(chunk));
      answers.push(sent(server));
    }
    return { answers, events };
  };
  const challenge = fromHex('00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f');
  const password = { password: 'secret', challenge };
  const right = toHex(vncResponse('secret', challenge));
  const wrong = toHex(vncResponse('Secret', challenge));

  test.each([
    ['3.8', {}, [V38, '01', '01'], [V38, '01 01', '00 00 00 00', serverInit]],
    ['3.7, which says nothing of None', {}, [V37, '01', '01'], [V38, '01 01', '', serverInit]],
    ['3.3, where we decide', {}, [V33, '01'], [V38, '00 00 00 01', serverInit]],
    ['3.5, which is 3.3', {}, [version('35'), '01'], [V38, '00 00 00 01', serverInit]],
    [
      '3.889 of Apple',
      {},
      ['52 46 42 20 30 30 33 2e 38 38 39 0a', '01', '01'],
      [V38, '01 01', '00 00 00 00', serverInit],
    ],
    ['4.1', {}, ['52 46 42 20 30 30 34 2e 30 30 31 0a', '01', '01'], [V38, '01 01', '00 00 00 00', serverInit]],
    [
      '3.8 with a password',
      { password },
      [V38, '02', right, '01'],
      [V38, '01 02', toHex(challenge), '00 00 00 00', serverInit],
    ],
    [
      '3.7 with a password',
      { password },
      [V37, '02', right, '01'],
      [V38, '01 02', toHex(challenge), '00 00 00 00', serverInit],
    ],
    [
      '3.3 with a password',
      { password },
      [V33, right, '01'],
      [V38, `00 00 00 02 ${toHex(challenge)}`, '00 00 00 00', serverInit],
    ],
  ] as const)('%s', (_version, options, said, answers) => {
    const conversation = talk(options, ...said);
    expect(conversation.answers).toEqual(answers);
    expect(conversation.events).toEqual([{ type: 'joined', shared: true }]);
  });

  test('a viewer that wants to be alone', () => {
    expect(talk({}, V38, '01', '00').events).toEqual([{ type: 'joined', shared: false }]);
  });

  test('a wrong password is told in words to 3.8, and with a number to others', () => {
    const reason = 'the password is not right';
    const told = `00 00 00 01 00 00 00 19 ${toHex(new TextEncoder().encode(reason))}`;
    const conversation = talk({ password }, V38, '02', wrong, '01');
    expect(conversation.answers.slice(-2)).toEqual([told, '']);
    expect(conversation.events).toEqual([{ type: 'rejected', reason, cause: 'password' }]);
    expect(talk({ password }, V37, '02', wrong).answers.at(-1)).toBe('00 00 00 01');
    expect(talk({ password }, V33, wrong).answers.at(-1)).toBe('00 00 00 01');
  });

  test('a type that was not offered is refused, None most of all', () => {
    const { events } = talk({ password }, V38, '01', '01');
    expect(events).toEqual([{ type: 'rejected', reason: 'security type 1 was not offered', cause: 'type' }]);
  });
});

describe('a viewer that is to be refused', () => {
  const challenge = fromHex('00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f');
  const password = { password: 'secret', challenge };
  const rejected: VncEvent = { type: 'rejected', reason: 'Later.', cause: 'refusal' };
  const reason = '00 00 00 06 4c 61 74 65 72 2e';

  test.each([
    ['3.8', V38, `00 ${reason}`],
    ['3.7', V37, `00 ${reason}`],
    ['3.3', V33, `00 00 00 00 ${reason}`],
  ])('is told why before it is asked for anything, %s', (_version, said, answer) => {
    const server = serve({ password });
    server.refuse('Later.');
    expect(server.receive(fromHex(said))).toEqual([rejected]);
    expect(sent(server)).toBe(`${V38} ${answer}`);
  });

  test('is told so instead of being judged, even if it knows the password', () => {
    const server = serve({ password });
    server.receive(fromHex(`${V38} 02`));
    sent(server);
    server.refuse('Later.');
    expect(server.receive(vncResponse('secret', challenge))).toEqual([rejected]);
    expect(sent(server)).toBe(`00 00 00 01 ${reason}`);
    expect(server.receive(fromHex('01'))).toEqual([]);
  });

  test('may come in once it is not to be refused any more, and stays where it is in', () => {
    const server = serve({ password });
    server.refuse('Later.');
    server.refuse(undefined);
    server.receive(fromHex(`${V38} 02`));
    expect(server.receive(vncResponse('secret', challenge))).toEqual([]);
    server.refuse('Later.');
    expect(server.receive(fromHex('01'))).toEqual([{ type: 'joined', shared: true }]);
  });
});

describe('viewers that make no sense', () => {
  test.each([
    ['no version', '47 45 54 20 2f 20 48 54 54 50 2f 31', 'does not begin with a version'],
    ['a message that was never agreed on', `${V38} 01 01 fa 00`, '0xfa is unknown'],
    ['a message that does not exist', `${V38} 01 01 01`, '0x01 is unknown'],
    [
      '24 bits a pixel',
      `${V38} 01 01 00 00 00 00 18 18 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00`,
      'that RFB does not have',
    ],
    [
      'shifts that lead out of a pixel',
      `${V38} 01 01 00 00 00 00 10 10 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00`,
      'that RFB does not have',
    ],
    [
      'a palette of 16 bits',
      `${V38} 01 01 00 00 00 00 10 10 00 00 00 ff 00 ff 00 ff 10 08 00 00 00 00`,
      'that RFB does not have',
    ],
    ['a clipboard of gigabytes', `${V38} 01 01 06 00 00 00 7f ff ff ff`, 'a clipboard of 2147483647 bytes'],
    ['an extended clipboard of gigabytes', `${V38} 01 01 06 00 00 00 80 00 00 00`, 'a clipboard of 2147483648 bytes'],
  ])('%s', (_what, hex, text) => {
    for (const size of [1, 1000]) {
      const server = serve();
      const talk = (): void => {
        for (const chunk of chunksOf(fromHex(hex), size)) server.receive(chunk);
      };
      expect(talk).toThrow(ProtocolError);
    }
    expect(() => serve().receive(fromHex(hex))).toThrow(text);
  });

  test('one that asks and never reads is not answered twice', () => {
    const server = joinedServer();
    for (let i = 0; i < 1000; i++) server.receive(fromHex('03 00 00 00 00 00 00 80 00 40'));
    const first = joined(server.takeOutgoing());
    expect(first.length).toBe(4 + 12 + 128 * 64 * 4);
    expect(sent(server)).toBe('');
  });
});

describe('updates', () => {
  const askAll = fromHex('03 00 00 00 00 00 00 80 00 40');
  const askChanges = fromHex('03 01 00 00 00 00 00 80 00 40');
  const headOf = (server: VncServer): string => toHex(joined(server.takeOutgoing()).subarray(0, 16));

  test('come when they are asked for, at once where all is wanted', () => {
    const server = joinedServer();
    expect(sent(server)).toBe('');
    server.receive(askAll);
    expect(headOf(server)).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
  });

  test('come once something changed, with the newest of everything that did', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(askChanges);
    expect(sent(server)).toBe('');
    framebuffer.painted(0, 0, 64, 64);
    framebuffer.words.fill(0x010203);
    framebuffer.painted(64, 0, 64, 64);
    const update = joined(server.takeOutgoing());
    expect(toHex(update.subarray(0, 20))).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00 01 02 03 00');
    framebuffer.painted(0, 0, 64, 64);
    expect(sent(server)).toBe('');
    server.receive(askChanges);
    expect(headOf(server)).toBe('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 00');
  });

  test('go to several viewers, each in its own time', () => {
    const framebuffer = paintedScreen();
    const [quick, slow] = [joinedServer({ framebuffer }), joinedServer({ framebuffer })];
    for (const viewer of [quick, slow]) viewer.receive(askChanges);
    framebuffer.painted(0, 0, 64, 64);
    expect(headOf(quick)).toBe('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 00');
    quick.receive(askChanges);
    framebuffer.painted(64, 0, 64, 64);
    expect(headOf(quick)).toBe('00 00 00 01 00 40 00 00 00 40 00 40 00 00 00 00');
    expect(headOf(slow)).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
  });

  test('stay within what is asked for; the rest comes when it is', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(fromHex('03 01 00 40 00 00 00 40 00 40'));
    framebuffer.painted(0, 0, 64, 64);
    expect(sent(server)).toBe('');
    framebuffer.painted(0, 0, 128, 64);
    expect(headOf(server)).toBe('00 00 00 01 00 40 00 00 00 40 00 40 00 00 00 00');
    server.receive(askChanges);
    expect(headOf(server)).toBe('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 00');
  });

  test('are of everything that was asked for meanwhile', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(fromHex('03 01 00 00 00 00 00 40 00 40 03 01 00 40 00 00 00 40 00 40'));
    framebuffer.painted(0, 0, 64, 64);
    expect(headOf(server)).toBe('00 00 00 01 00 00 00 00 00 40 00 40 00 00 00 00');
  });

  test('are deflated as hard as the viewer asks', () => {
    const framebuffer = paintedScreen();
    framebuffer.words.forEach((_, i) => {
      framebuffer.words[i] = (i * i) % 251;
    });
    const sizeAt = (level: string): number => {
      const server = joinedServer({ framebuffer });
      server.receive(fromHex(`02 00 00 02 00 00 00 10 ${level}`));
      server.receive(askAll);
      return joined(server.takeOutgoing()).length;
    };
    const [stored, quick, best] = [sizeAt('ff ff ff 00'), sizeAt('ff ff ff 01'), sizeAt('ff ff ff 09')];
    expect(stored).toBeGreaterThan(quick);
    expect(quick).toBeGreaterThanOrEqual(best);
  });

  test('go on in the same stream when the pixels change', () => {
    const server = joinedServer();
    const streamOf = (): string => toHex(joined(server.takeOutgoing()).subarray(20, 22));
    server.receive(fromHex('02 00 00 01 00 00 00 10'));
    server.receive(askAll);
    expect(streamOf()).toBe('78 01');
    server.receive(fromHex('00 00 00 00 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00'));
    server.receive(askAll);
    expect(streamOf()).not.toBe('78 01');
  });

  test('of an area beyond the screen are of what there is', () => {
    const server = joinedServer();
    server.receive(fromHex('03 00 00 00 00 00 ff ff ff ff'));
    expect(headOf(server)).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
    server.receive(fromHex('03 00 ff 00 ff 00 00 10 00 10'));
    expect(sent(server)).toBe('');
  });

  test('are in the first encoding of the list that there is: ZRLE here', () => {
    const server = joinedServer();
    // CopyRect, Hextile, ZRLE, Raw; and one tile of black.
    server.receive(fromHex('02 00 00 04 00 00 00 01 00 00 00 05 00 00 00 10 00 00 00 00'));
    server.receive(askAll);
    const update = joined(server.takeOutgoing());
    expect(toHex(update.subarray(0, 16))).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 10');
    expect(toHex(update.subarray(20, 22))).toBe('78 01');
    expect(update.length).toBeLessThan(60);
  });

  test('come in the pixels that were asked for', () => {
    const framebuffer = paintedScreen();
    framebuffer.words.fill(new Int32Array(Uint8Array.of(255, 128, 0, 255).buffer)[0] ?? 0);
    const server = joinedServer({ framebuffer });
    server.receive(fromHex('00 00 00 00 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00'));
    server.receive(askAll);
    expect(toHex(joined(server.takeOutgoing()).subarray(16, 18))).toBe('00 fc');
  });

  test('begin with a palette for those who want one', () => {
    const server = joinedServer();
    server.receive(fromHex('00 00 00 00 08 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00'));
    server.receive(askAll);
    const update = joined(server.takeOutgoing());
    expect(toHex(update.subarray(0, 18))).toBe('01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 55 55');
    expect(toHex(update.subarray(6 + 6 * 255, 12 + 6 * 255))).toBe('ff ff ff ff ff ff');
    expect(update.length).toBe(6 + 6 * 256 + 4 + 12 + 128 * 64);
    server.receive(askAll);
    expect(joined(server.takeOutgoing()).length).toBe(4 + 12 + 128 * 64);
  });
});

describe('another size of the screen', () => {
  const askChanges = fromHex('03 01 00 00 00 00 00 80 00 40');
  test('is told alone to viewers that know DesktopSize', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(fromHex('02 00 00 02 00 00 00 00 ff ff ff 21'));
    server.receive(askChanges);
    framebuffer.resize(100, 50);
    expect(sent(server)).toBe('00 00 00 01 00 00 00 00 00 64 00 32 ff ff ff 21');
    server.receive(fromHex('03 01 00 00 00 00 00 64 00 32'));
    framebuffer.painted(0, 0, 100, 50);
    expect(joined(server.takeOutgoing()).length).toBe(4 + 12 + 100 * 50 * 4);
  });

  test('is told with its monitors to those that know ExtendedDesktopSize, and once before', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(fromHex('02 00 00 03 00 00 00 00 ff ff ff 21 ff ff fe cc'));
    server.receive(askChanges);
    const screens = (size: string): string => `01 00 00 00 00 00 00 00 00 00 00 00 ${size} 00 00 00 00`;
    expect(sent(server)).toBe(`00 00 00 01 00 00 00 00 00 80 00 40 ff ff fe cc ${screens('00 80 00 40')}`);
    server.receive(askChanges);
    expect(sent(server)).toBe('');
    framebuffer.resize(100, 50);
    expect(sent(server)).toBe(`00 00 00 01 00 00 00 00 00 64 00 32 ff ff fe cc ${screens('00 64 00 32')}`);
  });

  test('is not the viewer’s to choose', () => {
    const server = joinedServer();
    server.receive(fromHex('02 00 00 01 ff ff fe cc'));
    server.receive(askChanges);
    server.takeOutgoing();
    server.receive(fromHex(`fb 00 04 00 03 00 01 00 ${'00 '.repeat(16)}`));
    server.receive(askChanges);
    expect(sent(server).slice(0, 48)).toBe('00 00 00 01 00 01 00 01 00 80 00 40 ff ff fe cc ');
  });

  test('leaves the screen of those that know neither as large as it was, black where there is nothing', () => {
    const framebuffer = paintedScreen();
    const server = joinedServer({ framebuffer });
    server.receive(askChanges);
    framebuffer.resize(100, 80);
    framebuffer.words.fill(-1);
    framebuffer.painted(0, 0, 100, 80);
    const update = joined(server.takeOutgoing());
    expect(toHex(update.subarray(0, 16))).toBe('00 00 00 02 00 64 00 00 00 1c 00 40 00 00 00 00');
    const second = 16 + 28 * 64 * 4;
    expect(toHex(update.subarray(second, second + 12))).toBe('00 00 00 00 00 64 00 40 00 00 00 00');
    expect(update.subarray(16, second).some((byte) => byte !== 0)).toBe(false);
    expect(update.length).toBe(second + 12 + 100 * 64 * 4);
    server.receive(askChanges);
    expect(sent(server)).toBe('');
  });
});

test('a screen that grew is cut for those that cannot follow', () => {
  const framebuffer = paintedScreen();
  const server = joinedServer({ framebuffer });
  framebuffer.resize(200, 100);
  framebuffer.painted(0, 0, 200, 100);
  server.receive(fromHex('03 00 00 00 00 00 00 80 00 40'));
  expect(toHex(joined(server.takeOutgoing()).subarray(0, 16))).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
});

describe('what a viewer does', () => {
  const does = (hex: string, options: Partial<VncServerOptions> = {}): VncEvent[] =>
    joinedServer(options).receive(fromHex(hex));

  test('keys are keys of the machine', () => {
    expect(does('04 01 00 00 00 00 00 61 04 00 00 00 00 00 00 61')).toEqual([
      { type: 'key', keysym: 0x61, pressed: true },
      { type: 'key', keysym: 0x61, pressed: false },
    ]);
  });

  test('a key with its place is that key, whatever it means to the viewer', () => {
    // Y of a German keyboard, where US keyboards have Z.
    expect(does('ff 00 00 01 00 00 00 79 00 00 00 2c', { layout: de })).toEqual([
      { type: 'key', keysym: 0x7a, pressed: true },
    ]);
  });

  test('is offered to tell places once it says that it can', () => {
    const server = joinedServer();
    server.receive(fromHex('02 00 00 01 ff ff fe fe 03 01 00 00 00 00 00 80 00 40'));
    expect(sent(server)).toBe('00 00 00 01 00 00 00 00 00 00 00 00 ff ff fe fe');
    server.receive(fromHex('02 00 00 01 ff ff fe fe 03 01 00 00 00 00 00 80 00 40'));
    expect(sent(server)).toBe('');
  });

  test('the pointer stays on the screen, and has five buttons', () => {
    expect(does('05 ff ff ff 00 05')).toEqual([{ type: 'pointer', x: 127, y: 5, buttons: 31 }]);
  });

  test('its clipboard is text; an extended one is none', () => {
    expect(does('06 00 00 00 00 00 00 05 61 0d 0a e4 62')).toEqual([{ type: 'clipboard', text: 'a\näb' }]);
    expect(does('06 00 00 00 ff ff ff fc 01 02 03 04')).toEqual([]);
  });

  test('nothing, where it may only look', () => {
    const hex =
      '04 01 00 00 00 00 00 61 05 01 00 01 00 01 06 00 00 00 00 00 00 01 61 ff 00 00 01 00 00 00 61 00 00 00 1e';
    expect(does(hex, { viewOnly: true })).toEqual([]);
  });

  test('when it leaves, everything it held is let go, the last first', () => {
    const server = joinedServer();
    server.receive(fromHex('04 01 00 00 00 00 ff e3 ff 00 00 01 00 00 00 64 00 00 00 20 05 01 00 07 00 08'));
    expect(server.receiveEnd()).toEqual([
      { type: 'key', keysym: 0x64, pressed: false },
      { type: 'key', keysym: 0xffe3, pressed: false },
      { type: 'pointer', x: 7, y: 8, buttons: 0 },
      { type: 'left' },
    ]);
    expect(server.receiveEnd()).toEqual([]);
    expect(server.receive(fromHex('04 01 00 00 00 00 00 61'))).toEqual([]);
  });

  test('one that holds nothing just leaves', () => {
    const server = joinedServer();
    server.receive(fromHex('05 01 00 07 00 08 05 00 00 07 00 08'));
    expect(server.receiveEnd()).toEqual([{ type: 'left' }]);
  });

  test('one that was not in leaves without a word', () => {
    expect(serve().receiveEnd()).toEqual([]);
  });

  test('hears a bell', () => {
    const server = joinedServer();
    server.bell();
    expect(sent(server)).toBe('02');
  });
});

test('a challenge of another length is a mistake of the caller', () => {
  expect(() => serve({ password: { password: 'x', challenge: new Uint8Array(8) } })).toThrow(TypeError);
});
