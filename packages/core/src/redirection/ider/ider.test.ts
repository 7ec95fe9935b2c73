import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes/hex.ts';
import { ProtocolError } from '../../errors.ts';
import { IderSession } from '../../testing/ider-session.ts';
import { hex, oneByteAtATime, parseRecording, replay } from '../../testing/recording.ts';
import { ServedIder, testImage } from '../../testing/served-ider.ts';
import type { IderEvent } from './events.ts';
import { IderClient, type IderOptions } from './ider.ts';

const cd = testImage(300 * 2048, 1);

/** Every conversation is told as it was recorded, and one byte at a time. */
const CUTS = { 'in whole messages': (bytes: Uint8Array) => [bytes], 'one byte at a time': oneByteAtATime };

/** The opening of most of them. */
const OPENING = `
  > 40 00 00 00 00 00 00 00 30 75 00 00 20 4E 01 00 00 00
  < 41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00
  > 48 00 00 00 01 00 00 00 03 19 00 00 00
  < 49 00 00 00 01 00 00 00 03 01 00 00 00`;

const OPENED: IderEvent = { type: 'opened', firmware: { major: 12, minor: 0 } };
const ENABLED: IderEvent = { type: 'enabled' };

interface Conversation {
  readonly what: string;
  readonly start?: IderOptions['start'];
  readonly lines: string;
  readonly events: readonly IderEvent[];
}

const conversations: readonly Conversation[] = [
  { what: 'shows its drives at once', lines: OPENING, events: [OPENED, ENABLED] },
  {
    what: 'shows its drives at the next start',
    start: 'onreboot',
    lines: OPENING.replace('03 19', '03 09'),
    events: [OPENED, ENABLED],
  },
  {
    what: 'shows its drives when no command is under way',
    start: 'graceful',
    lines: OPENING.replace('03 19', '03 11'),
    events: [OPENED, ENABLED],
  },
  {
    what: 'is told that its drives are not shown',
    lines: OPENING.replace('03 01 00 00 00', '03 00 00 00 00'),
    events: [OPENED, { type: 'rejected', value: 0 }],
  },
  {
    what: 'asks again when it hears that there are drives to show',
    lines: `${OPENING.split('\n').slice(0, 4).join('\n')}
      < 49 00 00 00 01 00 00 00 01 01 00 00 00
      > 48 00 00 00 02 00 00 00 03 19 00 00 00
      < 49 00 00 00 02 00 00 00 03 01 00 00 00`,
    events: [OPENED, ENABLED],
  },
  {
    what: 'is not let in',
    lines: `
      > 40 00 00 00 00 00 00 00 30 75 00 00 20 4E 01 00 00 00
      < 41 04 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00`,
    events: [{ type: 'refused', status: 4 }],
  },
  {
    what: 'answers pings and lets heartbeats, pongs, echoes and errors pass',
    lines: `${OPENING}
      < 44 00 00 00 02 00 00 00
      > 45 00 00 00 02 00 00 00
      < 4B 00 00 00 03 00 00 00
      < 45 00 00 00 04 00 00 00
      < 4A 00 00 00 05 00 00 00 03 00 00
      < 44 00 00 00 06 00 00 00
      > 45 00 00 00 03 00 00 00`,
    events: [OPENED, ENABLED],
  },
  {
    what: 'serves a host that looks before the drives are said to be shown',
    lines: `${OPENING.split('\n').slice(0, 4).join('\n')}
      < 50 00 00 00 01 00 00 00 00 01 00 00 FE FF B0 A0 00 00 00 00 00 00 00 00 00 00 00 00
      > 51 00 00 02 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C5 00 03 00 00 00 B0 50 00 00 00
      < 49 00 00 00 02 00 00 00 03 01 00 00 00`,
    events: [OPENED, ENABLED],
  },
  {
    what: 'tells drives apart by one bit of the device register',
    lines: `${OPENING}
      < 50 00 00 00 02 00 00 00 00 01 00 00 FE FF 10 A0 00 00 00 00 00 00 00 00 00 00 00 00
      > 51 00 00 02 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C5 00 03 00 00 00 B0 50 00 00 00
      < 50 00 00 00 03 00 00 00 00 01 00 00 FE FF 00 A0 00 00 00 00 00 00 00 00 00 00 00 00
      > 51 00 00 02 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 87 20 03 00 00 00 A0 51 02 3A 00`,
    events: [OPENED, ENABLED],
  },
  {
    what: 'answers what it does not know',
    lines: `${OPENING}
      < 50 00 00 00 02 00 00 00 00 01 00 00 FE FF B0 A0 9E 10 00 00 00 00 00 00 00 00 00 00
      > 51 00 00 02 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 87 50 03 00 00 00 B0 51 05 20 00`,
    events: [OPENED, ENABLED],
  },
  {
    what: 'hears that the host opened the tray and reset its bus',
    lines: `${OPENING}
      < 50 00 00 00 02 00 00 00 00 01 00 00 FE FF B0 A0 1B 00 00 00 02 00 00 00 00 00 00 00
      > 51 00 00 02 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 C5 00 03 00 00 00 B0 50 00 00 00
      < 46 00 00 00 03 00 00 00 01
      > 47 00 00 00 03 00 00 00`,
    events: [OPENED, ENABLED, { type: 'ejected', unit: 'cd' }, { type: 'reset' }],
  },
  {
    what: 'is told that the session is over',
    lines: `${OPENING}
      < 43 00 00 00 02 00 00 00
      > 12 00 00 00`,
    events: [OPENED, ENABLED, { type: 'closed', by: 'firmware' }],
  },
];

describe.each(Object.entries(CUTS))('A session %s', (_, cut) => {
  it.each(conversations)('$what', ({ lines, start = 'now', events }) => {
    const recording = parseRecording(lines.replace(/^ +(?=[<>])/gm, ''));
    expect(replay(new ServedIder({ cd, start }), recording, { cut })).toEqual(events);
  });
});

const CD = { blocks: 600_000, writable: false };
const FLOPPY = { blocks: 2880, writable: true };

describe('The end', () => {
  it('is asked for once, gives up what is under way, and is followed by that of the connection', () => {
    const session = new IderSession({ cd: CD });
    const transfer = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    session.client.close();
    session.client.close();
    expect(session.said()).toEqual(['2 CloseSession']);
    expect(session.client.supply(transfer, true)).toEqual([]);
    expect(session.command('cd', '00')).toEqual([]);
    session.client.heartbeat();
    session.client.ping();
    expect(session.said()).toEqual([]);
    expect(session.client.receive(hex`43 00 00 00 09 00 00 00`)).toEqual([{ type: 'closed', by: 'console' }]);
    expect(session.client.takeOutgoing().map((chunk) => toHex(chunk))).toEqual(['12 00 00 00']);
    expect(session.client.receiveEnd()).toEqual([]);
    expect(session.client.receive(hex`FF`)).toEqual([]);
  });

  it('may come without a word', () => {
    const session = new IderSession({ cd: CD });
    expect(session.client.receiveEnd()).toEqual([{ type: 'closed', by: 'stream' }]);
    const other = new IderSession({ cd: CD });
    other.client.close();
    expect(other.client.receiveEnd()).toEqual([{ type: 'closed', by: 'console' }]);
  });
});

describe('Heartbeats and pings', () => {
  it('are sent when they are due, numbered like everything else', () => {
    const client = new IderClient({ media: {}, start: 'now' });
    client.heartbeat();
    expect(client.takeOutgoing()).toHaveLength(1);
    const session = new IderSession({ cd: CD });
    session.client.heartbeat();
    session.client.ping();
    session.command('cd', '00');
    expect(session.said()).toEqual(['2 IderHeartbeat', '3 IderKeepAlivePing', '4 end cd 0/0/0']);
    expect(session.client.commands).toBe(1);
  });
});

describe('What makes no sense', () => {
  it.each<[string, (session: IderSession) => unknown, string]>([
    ['an unknown message', ({ client }) => client.receive(hex`99`), 'Message number 0x99 is unknown: 99.'],
    ['a message of a console', ({ client }) => client.receive(hex`42 00 00 00 00 00 00 00`), 'Unexpected CloseSession'],
    [
      'data nobody asked for',
      (session) => session.data(new Uint8Array(1)),
      'The host sends 1 bytes where 0 were asked for.',
    ],
    [
      'more data than was asked for',
      (session) => {
        session.command('floppy', '2A 00 00 00 00 05 00 00 01');
        session.data(new Uint8Array(513));
      },
      'The host sends 513 bytes where 512 were asked for.',
    ],
    [
      'more data than the firmware can send',
      (session) => {
        session.command('floppy', '2A 00 00 00 00 05 00 00 64');
        session.data(new Uint8Array(8193));
      },
      'The host sends 8193 bytes where 8192 were asked for.',
    ],
    [
      'commands without end',
      (session) => {
        for (let i = 0; i < 40; i++) session.command('cd', '28 00 00 00 00 10 00 00 01');
      },
      'More than 32 commands wait for a drive that does one at a time.',
    ],
  ])('ends the session: %s', (_, act, text) => {
    const session = new IderSession({ cd: CD, floppy: FLOPPY });
    expect(() => act(session)).toThrow(ProtocolError);
    expect(() => act(new IderSession({ cd: CD, floppy: FLOPPY }))).toThrow(text);
    expect(session.client.receive(hex`44 00 00 00 00 00 00 00`)).toEqual([]);
  });

  it('ends the opening: a command before it, or buffers that hold nothing', () => {
    const client = () => new IderClient({ media: {}, start: 'now' });
    const command = hex`50 00 00 00 00 00 00 00 00 01 00 00 FE FF B0 A0 00 00 00 00 00 00 00 00 00 00 00 00`;
    expect(() => client().receive(command)).toThrow('Unexpected CommandWritten');
    const reply = hex`41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 00 00 20 00 00 00 00 00 57 01 00 00 00`;
    expect(() => client().receive(reply)).toThrow(new ProtocolError('Buffers of 0 and 8192 bytes hold no data.'));
  });
});
