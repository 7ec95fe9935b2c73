import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationFailed,
  ConnectFailed,
  ConsentRequired,
  NotSupported,
  ProtocolError,
  RedirectionRefused,
  Untrusted,
} from '../../errors.ts';
import { hex, oneByteAtATime, parseRecording, replay } from '../../testing/recording.ts';
import { RedirectionSession, type SessionEvent, type SessionOptions } from './session.ts';

const md5 = (data: string | Uint8Array) => createHash('md5').update(data).digest('hex');

function open(options: Partial<SessionOptions> = {}): RedirectionSession {
  return new RedirectionSession({
    host: 'office-pc',
    service: 'sol',
    user: 'admin',
    password: 'P@ssw0rd',
    md5,
    cnonce: '2'.repeat(32),
    ...options,
  });
}

function recording(name: string) {
  return parseRecording(readFileSync(new URL(`../../../recordings/${name}.txt`, import.meta.url), 'utf8'));
}

/** What the session said, in one piece. */
function said(session: RedirectionSession): Uint8Array {
  return Uint8Array.from(session.takeOutgoing().flatMap((chunk) => [...chunk]));
}

/** What the firmware said in the recorded log-in, line by line. */
const FIRMWARE = recording('session-digest-qop').flatMap(({ from, bytes }) => (from === 'firmware' ? [bytes] : []));
const [STARTED, METHODS, CHALLENGE, ACCEPTED] = FIRMWARE as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const REFUSED = hex`14 01 00 00 04 00 00 00 00`;

/** The error a conversation comes to, and what was said until then. */
function outcome(session: RedirectionSession, chunks: readonly Uint8Array[]): { error: unknown; messages: number } {
  let messages = session.takeOutgoing().length;
  try {
    for (const chunk of chunks) {
      session.receive(chunk);
      messages += session.takeOutgoing().length;
    }
    session.receiveEnd();
  } catch (error) {
    return { error, messages };
  }
  return { error: undefined, messages };
}

describe('A log-in', () => {
  const cases: readonly [recorded: string, options: Partial<SessionOptions>, opened: Partial<SessionEvent>][] = [
    ['session-digest-qop', {}, { method: 'DigestQop', firmware: { major: 11, minor: 8 } }],
    ['session-digest', { service: 'ider' }, { method: 'Digest', firmware: { major: 7, minor: 1 } }],
    ['session-user-password', { clearText: true }, { method: 'UserPassword', firmware: { major: 7, minor: 1 } }],
  ];

  it.each(cases)('is that of %s, whole and byte by byte', (recorded, options, opened) => {
    for (const cut of [(bytes: Uint8Array) => [bytes], oneByteAtATime]) {
      const events = replay(open(options), recording(recorded), { cut });
      expect(events).toEqual([{ type: 'open', rest: new Uint8Array(0), ...opened }]);
    }
  });

  it('opens the screen with another variant', () => {
    expect(said(open({ service: 'kvm' }))).toEqual(hex`10 01 00 00 4b 56 4d 52`);
  });

  it('hands over what came behind it', () => {
    const session = open();
    for (const chunk of [STARTED, METHODS, CHALLENGE]) session.receive(chunk);
    expect(session.receive(hex`${ACCEPTED} 21 00 00`)).toMatchObject([{ type: 'open', rest: hex`21 00 00` }]);
    expect(session.receiveEnd()).toEqual([]);
    expect(() => session.receive(hex`00`)).toThrow(TypeError);
  });

  it('prefers digest with qop to digest without, and that to a password in clear', () => {
    for (const [methods, chosen] of [
      [hex`14 00 00 00 00 03 00 00 00 01 03 04`, 4],
      [hex`14 00 00 00 00 04 00 00 00 02 03 01 63`, 3],
      [hex`14 00 00 00 00 02 00 00 00 02 01`, 1],
    ] as const) {
      const session = open({ clearText: true });
      session.receive(STARTED);
      said(session);
      session.receive(methods);
      expect(said(session)[4]).toBe(chosen);
    }
  });

  it('never sends the password in clear unasked', () => {
    const session = open();
    session.receive(STARTED);
    said(session);
    expect(() => session.receive(hex`14 00 00 00 00 01 00 00 00 01`)).toThrow(NotSupported);
    expect(said(session)).toEqual(hex``);
  });

  it.each([
    ['Kerberos only', hex`14 00 00 00 00 01 00 00 00 02`, 'office-pc offers only Kerberos to log in'],
    ['something newer', hex`14 00 00 00 00 01 00 00 00 09`, 'office-pc offers only 9 to log in'],
    ['nothing', hex`14 00 00 00 00 00 00 00 00`, 'office-pc offers no way to log in'],
  ])('gives up where the firmware offers %s', (_what, methods, text) => {
    const { error } = outcome(open(), [STARTED, methods]);
    expect(error).toBeInstanceOf(NotSupported);
    expect((error as Error).message).toContain(text);
  });

  it('is over at once with a wrong password', () => {
    const { error, messages } = outcome(open(), [STARTED, METHODS, CHALLENGE, REFUSED]);
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect((error as Error).message).toBe(
      'office-pc refused the user "admin" with this password for the serial port (SOL).',
    );
    expect(messages).toBe(4);
  });

  it('answers one challenge and no second one', () => {
    const { error, messages } = outcome(open(), [STARTED, METHODS, CHALLENGE, CHALLENGE, CHALLENGE]);
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect(messages).toBe(4);
  });

  it('answers nobody who is not the machine of WS-Management', () => {
    const { error, messages } = outcome(open({ realm: 'Digest:0' }), [STARTED, METHODS, CHALLENGE]);
    expect(error).toBeInstanceOf(Untrusted);
    expect(messages).toBe(3);
  });

  it('never tells the password', () => {
    const { error } = outcome(open(), [STARTED, METHODS, CHALLENGE, REFUSED]);
    const { message, hint, stack } = error as AuthenticationFailed;
    expect([message, hint, stack].join()).not.toContain('P@ssw0rd');
  });
});

describe('A refusal', () => {
  it.each([
    [1, RedirectionRefused, 'office-pc does not know the serial port (SOL).'],
    [
      2,
      RedirectionRefused,
      'Somebody has the serial port (SOL) of office-pc open; it is lent to one console at a time.',
    ],
    [3, RedirectionRefused, 'office-pc refused to open the serial port (SOL): the feature is switched off.'],
    [4, RedirectionRefused, 'office-pc refused to open the serial port (SOL) without a reason (status 4).'],
    [5, ConsentRequired, 'office-pc opens the serial port (SOL) only with the consent of the person at it.'],
    [255, RedirectionRefused, 'office-pc refused to open the serial port (SOL) without a reason (status 255).'],
  ] as const)('with status %i is told in words, however short the reply', (status, kind, text) => {
    for (const length of [2, 3, 4, 13]) {
      const reply = hex`11 ${status} 00 00 01 00 0c 00 57 01 00 00 00`.subarray(0, length);
      for (const chunks of [[reply], oneByteAtATime(reply)]) {
        const { error, messages } = outcome(open(), chunks);
        expect(error).toBeInstanceOf(kind);
        expect(error).toMatchObject({ message: text, host: 'office-pc', hint: expect.stringMatching(/\w/) });
        expect(messages).toBe(1);
      }
    }
  });

  it('for somebody else is busy, and for a switch says which', () => {
    expect(outcome(open(), [hex`11 02`]).error).toMatchObject({ busy: true });
    expect(outcome(open({ service: 'ider' }), [hex`11 03`]).error).toMatchObject({
      busy: false,
      hint: expect.stringContaining('amt features TARGET --ider on'),
    });
  });

  it('of the log-in it offered is told apart from a wrong password', () => {
    expect(outcome(open(), [STARTED, METHODS, hex`14 02 00 00 04 00 00 00 00`]).error).toBeInstanceOf(NotSupported);
    expect(outcome(open(), [STARTED, METHODS, CHALLENGE, hex`14 09 00 00 04 00 00 00 00`]).error).toMatchObject({
      name: 'AuthenticationFailed',
      message: expect.stringContaining('(status 9)'),
    });
  });
});

describe('A broken conversation', () => {
  it('is a lost connection wherever it is cut', () => {
    const all = Uint8Array.from(FIRMWARE.flatMap((bytes) => [...bytes]));
    for (let length = 0; length < all.length; length++) {
      const { error } = outcome(open(), [all.subarray(0, length)]);
      expect(error, `cut after ${length} bytes`).toBeInstanceOf(ConnectFailed);
    }
  });

  it('cut where the verdict was due does not invite to try again', () => {
    expect(outcome(open(), [STARTED, METHODS, CHALLENGE]).error).toMatchObject({
      hint: expect.stringContaining('check user, password'),
    });
  });

  it.each([
    ['a number nobody knows', [hex`48 54 54 50 2f 31 2e 31`]],
    ['a message of the console', [hex`10 00 00 00 53 4f 4c 20`]],
    ['a log-in before the start', [REFUSED]],
    ['a second start', [STARTED, STARTED]],
    ['a length nobody would send', [STARTED, hex`14 00 00 00 00 ff ff ff ff`]],
    ['texts that end behind their data', [STARTED, METHODS, hex`14 01 00 00 04 02 00 00 00 09 41`]],
    ['a challenge without a nonce', [STARTED, METHODS, hex`14 01 00 00 04 02 00 00 00 01 41`]],
    [
      'a challenge for another qop',
      [STARTED, METHODS, hex`14 01 00 00 04 0d 00 00 00 01 41 01 42 08 61 75 74 68 2d 69 6e 74`],
    ],
  ])('ends with %s', (_what, chunks) => {
    expect(outcome(open(), chunks).error).toBeInstanceOf(ProtocolError);
  });

  it('is not listened to any more', () => {
    const session = open();
    expect(() => session.receive(hex`11 02`)).toThrow(RedirectionRefused);
    expect(session.receive(STARTED)).toEqual([]);
    expect(session.receiveEnd()).toEqual([]);
  });
});
