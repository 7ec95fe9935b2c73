import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConnectFailed, ProtocolError, RedirectionRefused, TimedOut } from '../../errors.ts';
import { hex, oneByteAtATime, parseRecording, replay } from '../../testing/recording.ts';
import { SolControl } from './messages.ts';
import { SolClient, type SolEvent, type SolSettings } from './sol.ts';

const REPLY = hex`21 00 00 00 01 00 00 00 01 00 0c 00 00 01 00 00 00 00 57 01 00 00 00`;
const CONTROLS = hex`29 00 00 00 02 00 00 00 03 04`;
const LOGIN = hex`2a 00 00 00 03 00 00 00 07 00 6c 6f 67 69 6e 3a 20`;
const HEARTBEAT = hex`2b 00 00 00 04 00 00 00`;

function client(settings: Partial<SolSettings> = {}): SolClient {
  return new SolClient({ host: 'office-pc', settings });
}

/** A port that is open, with nothing left to send. */
function openPort(reply: Uint8Array = REPLY): SolClient {
  const sol = client();
  sol.receive(reply);
  said(sol);
  return sol;
}

function said(sol: SolClient): Uint8Array {
  return Uint8Array.from(sol.takeOutgoing().flatMap((chunk) => [...chunk]));
}

function text(events: readonly SolEvent[]): string {
  return events.map((event) => (event.type === 'data' ? new TextDecoder().decode(event.data) : '')).join('');
}

/** What comes of bytes, whole and one at a time: the same. */
function heard(sol: () => SolClient, bytes: Uint8Array): SolEvent[] {
  const whole = sol().receive(bytes);
  const slow = sol();
  expect(oneByteAtATime(bytes).flatMap((byte) => slow.receive(byte))).toEqual(whole);
  return whole;
}

describe('A serial port', () => {
  it('says what MeshCommander says, byte for byte', () => {
    const text = readFileSync(new URL('../../../recordings/sol-meshcommander.txt', import.meta.url), 'utf8');
    for (const cut of [(bytes: Uint8Array) => [bytes], oneByteAtATime]) {
      const sol = client({ heartbeatMs: 0 });
      const prompt = (expected: Uint8Array) => {
        if (expected[0] === 0x28) sol.send(expected.subarray(10));
        else sol.heartbeat(2000);
      };
      expect(replay(sol, parseRecording(text), { cut, prompt })).toEqual([
        { type: 'open' },
        { type: 'controls', control: 3, state: 4 },
        { type: 'data', data: hex`6c 6f 67 69 6e 3a 20` },
      ]);
    }
  });

  it('understands what a firmware says to amtterm', () => {
    const text = readFileSync(new URL('../../../recordings/sol-amtterm.txt', import.meta.url), 'utf8');
    const sol = client();
    const firmware = parseRecording(text).filter(({ from }) => from === 'firmware');
    expect(firmware.flatMap(({ bytes }) => sol.receive(bytes)).map(({ type }) => type)).toEqual([
      'open',
      'controls',
      'data',
      'closed',
    ]);
  });

  it('asks for heartbeats, and for no byte to be dropped while we are slow', () => {
    expect(said(client())).toEqual(hex`20 00 00 00 01 00 00 00 10 27 64 00 00 00 10 27 64 00 88 13 00 00 00 00`);
  });

  it('opens with controls and data in front of, and behind the reply', () => {
    expect(heard(client, hex`${CONTROLS} ${LOGIN} ${REPLY} ${HEARTBEAT} ${CONTROLS} ${LOGIN}`)).toMatchObject([
      { type: 'controls' },
      { type: 'data' },
      { type: 'open' },
      { type: 'controls' },
      { type: 'data' },
    ]);
  });

  it('passes OEM data behind the reply, whether it is there or only announced', () => {
    const announced = (length: number) => hex`${REPLY.subarray(0, 22)} ${length}`;
    expect(text(heard(client, hex`${announced(5)} de ad be ef 2a ${LOGIN}`))).toBe('login: ');
    expect(text(heard(client, hex`${announced(2)} 00 00 ${LOGIN}`))).toBe('login: ');
    expect(text(heard(client, hex`${announced(87)} ${LOGIN}`))).toBe('login: ');
    expect(heard(client, announced(5)).map(({ type }) => type)).toEqual(['open']);
  });

  it('is refused by a status, however short the reply', () => {
    for (const length of [2, 8, 23]) {
      expect(() => client().receive(hex`21 04 ${REPLY.subarray(2)}`.subarray(0, length))).toThrow(RedirectionRefused);
    }
  });

  it('hands over bytes without changing any', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(openPort().receive(hex`2a 00 00 00 00 00 00 00 00 01 ${all}`)).toEqual([{ type: 'data', data: all }]);
    expect(openPort().receive(hex`2a 00 00 00 00 00 00 00 00 00`)).toEqual([]);
  });

  it('types in messages of 256 bytes, or fewer where the firmware holds fewer', () => {
    const sol = openPort();
    sol.send(new Uint8Array(600));
    expect(sol.takeOutgoing().map((chunk) => chunk.length)).toEqual([266, 266, 98]);
    const small = openPort(hex`21 00 00 00 01 00 00 00 01 00 0c 00 40 00 00 00 00 00 57 01 00 00 00`);
    expect(small.pieceLength).toBe(64);
    for (const [low, high] of [
      [0, 0],
      [0, 0x27],
    ] as const) {
      const odd = openPort(hex`21 00 00 00 01 00 00 00 01 00 0c 00 ${low} ${high} 00 00 00 00 57 01 00 00 00`);
      expect(odd.pieceLength).toBe(256);
    }
  });

  it('counts its messages', () => {
    const sol = openPort();
    sol.send(hex`61`);
    sol.send(hex`62`);
    expect(said(sol)).toEqual(hex`28 00 00 00 03 00 00 00 01 00 61 28 00 00 00 04 00 00 00 01 00 62`);
  });

  it('answers a ping with a pong of the same number, and a heartbeat or a pong with nothing', () => {
    const sol = openPort();
    expect(sol.receive(hex`24 00 00 00 09 00 00 00 ${HEARTBEAT} 25 00 00 00 09 00 00 00`)).toEqual([]);
    expect(said(sol)).toEqual(hex`25 00 00 00 09 00 00 00`);
  });

  it('begins and ends a break with the bit in which firmware reports one', () => {
    const sol = openPort();
    sol.setBreak(true);
    sol.setBreak(false);
    expect(said(sol)).toEqual(hex`27 00 00 00 03 00 00 00 04 04 00 00 00 00 27 00 00 00 04 00 00 00 00 04 00 00 00 00`);
    expect(SolControl.BREAK).toBe(4);
  });

  it('takes nothing before it is open, and nothing behind its end', () => {
    const sol = client();
    expect(() => sol.send(hex`61`)).toThrow('The serial port of office-pc is not open yet.');
    sol.receive(REPLY);
    sol.close();
    expect(() => sol.send(hex`61`)).toThrow('The serial port of office-pc is closed.');
    expect(() => sol.setBreak(true)).toThrow(ConnectFailed);
  });
});

describe('The end of a serial port', () => {
  it('is asked for, answered, and followed by the end of the session', () => {
    const sol = openPort();
    sol.close();
    sol.close();
    expect(said(sol)).toEqual(hex`22 00 00 00 03 00 00 00`);
    expect(heard(() => closing(), hex`${LOGIN} 23 00 00 00 05 00 00 00 ff ff`)).toEqual([{ type: 'closed' }]);
    sol.receive(hex`23 00 00 00 05 00 00 00`);
    expect(said(sol)).toEqual(hex`12 00 00 00`);
    expect(sol.receive(hex`ff`)).toEqual([]);
    expect(sol.receiveEnd()).toEqual([]);
    sol.close();
    expect(said(sol)).toEqual(hex``);
  });

  it('may be the close of the connection once it was asked for', () => {
    const sol = closing();
    expect(sol.receiveEnd()).toEqual([{ type: 'closed' }]);
  });

  it('is a lost connection when nobody asked for it', () => {
    expect(() => openPort().receiveEnd()).toThrow('office-pc closed the connection of the serial port (SOL).');
    expect(() => client().receiveEnd()).toThrow('instead of opening');
    expect(() => client().receiveEnd()).toThrow(ConnectFailed);
  });

  it('is what firmware may say unasked', () => {
    expect(openPort().receive(hex`23 00 00 00 05 00 00 00`)).toEqual([{ type: 'closed' }]);
  });

  it('before the port was open waits for no reply', () => {
    const sol = client();
    sol.close();
    expect(sol.receive(hex`${REPLY} 23 00 00 00 05 00 00 00`)).toEqual([{ type: 'closed' }]);
  });

  function closing(): SolClient {
    const sol = openPort();
    sol.close();
    return sol;
  }
});

describe('The heartbeat of a serial port', () => {
  it('is sent while it is open, at least three times before the firmware gives up', () => {
    const sol = client();
    expect(sol.heartbeatMs).toBeLessThan(10_000 / 3);
    said(sol);
    sol.heartbeat(3000);
    expect(said(sol)).toEqual(hex``);
    sol.receive(REPLY);
    said(sol);
    sol.heartbeat(0);
    expect(said(sol)).toEqual(hex`2b 00 00 00 03 00 00 00`);
    sol.close();
    said(sol);
    sol.heartbeat(0);
    expect(said(sol)).toEqual(hex``);
  });

  it('clears what was lost, so that the next loss is told, too, and only once each time', () => {
    const sol = openPort();
    sol.receive(hex`29 00 00 00 02 00 00 00 03 0d`);
    sol.heartbeat(0);
    expect(said(sol)).toEqual(hex`2b 00 00 00 03 00 00 00 27 00 00 00 04 00 00 00 00 00 09 00 00 00`);
    sol.heartbeat(0);
    expect(said(sol)).toEqual(hex`2b 00 00 00 05 00 00 00`);
  });

  it('gives up on a firmware that was heard beating and is silent now, and on no other', () => {
    const sol = openPort();
    sol.heartbeat(3_600_000);
    sol.receive(HEARTBEAT);
    sol.heartbeat(19_000);
    expect(() => sol.heartbeat(20_000)).toThrow(TimedOut);
    expect(() => sol.heartbeat(21_400)).toThrow('no heartbeat for 21 seconds');
  });

  it('gives up on a firmware that does not open the port', () => {
    const sol = client();
    sol.heartbeat(9_000);
    expect(() => sol.heartbeat(10_000)).toThrow(TimedOut);
  });
});

describe('Bytes that are no serial port', () => {
  it.each([
    ['a number nobody knows', hex`26 00 00 00 00 00 00 00`],
    ['a message of the console', hex`28 00 00 00 00 00 00 00 01 00 61`],
    ['a second start', REPLY],
    ['a log-in', hex`14 00 00 00 04 00 00 00 00`],
  ])('end it: %s', (_what, bytes) => {
    expect(() => openPort().receive(bytes)).toThrow(ProtocolError);
    const slow = openPort();
    expect(() => oneByteAtATime(bytes).flatMap((byte) => slow.receive(byte))).toThrow(ProtocolError);
  });

  it('take nothing from the good ones before them', () => {
    const sol = openPort();
    expect(text(sol.receive(hex`${LOGIN} ff`))).toBe('login: ');
    expect(() => sol.heartbeat(0)).toThrow(ProtocolError);
    expect(() => sol.receive(LOGIN)).toThrow(ProtocolError);
    expect(() => sol.receiveEnd()).toThrow(ProtocolError);
  });

  it('come to no more than was whole, wherever they are cut', () => {
    const all = hex`${REPLY} ${CONTROLS} ${LOGIN}`;
    for (let length = 0; length < all.length; length++) {
      const events = client().receive(all.subarray(0, length));
      expect(events.length).toBe(length < REPLY.length ? 0 : length < REPLY.length + CONTROLS.length ? 1 : 2);
    }
  });
});
