import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes/hex.ts';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import { hex, oneByteAtATime, parseRecording, replay } from '../../testing/recording.ts';
import { ServedIder, testImage } from '../../testing/served-ider.ts';
import type { IderEvent, IderTransfer } from './events.ts';
import { IderClient, type IderOptions } from './ider.ts';
import { iderMessages } from './messages.ts';

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

/** A session that was opened, and what a test needs to talk to it. */
class Session {
  readonly client: IderClient;
  #sequence = 2;

  constructor(
    media: IderOptions['media'],
    { readBuffer = 8192, writeBuffer = 8192, sent = (): boolean => false } = {},
  ) {
    this.client = new IderClient({ media, start: 'now', sent });
    this.client.receive(hex`41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 ${le16(readBuffer)} ${le16(writeBuffer)} 00
      00 00 00 00 57 01 00 00 00`);
    this.client.receive(hex`49 00 00 00 01 00 00 00 03 01 00 00 00`);
    this.said();
  }

  /** The host sends a command block; what that leads to. */
  command(unit: 'cd' | 'floppy', cdb: string, { dma = true, byteCount = 0xfffe } = {}): IderEvent[] {
    const block = new Uint8Array(12);
    block.set(hex([cdb] as unknown as TemplateStringsArray));
    return this.client.receive(hex`50 00 00 00 ${this.#next()} 00 00 00 00 ${dma ? 1 : 0} 00 00 ${le16(byteCount)}
      ${unit === 'cd' ? 0xb0 : 0xa0} A0 ${block}`);
  }

  /** The transfer that a command leads to. */
  transfer(...args: Parameters<Session['command']>): IderTransfer {
    return transferIn(this.command(...args));
  }

  /** The host sends some of what it writes. */
  data(bytes: Uint8Array): IderEvent[] {
    return this.client.receive(hex`53 00 00 00 ${this.#next()} 00 00 00 00 ${le16(bytes.length)} 00 00 00 ${bytes}`);
  }

  reset(): IderEvent[] {
    return this.client.receive(hex`46 00 00 00 ${this.#next()} 00 00 00 01`);
  }

  /** What was said since the last time, message by message, each on a line; data is given as its length. */
  said(): string[] {
    const reader = new Reader(Uint8Array.from(this.client.takeOutgoing().flatMap((chunk) => [...chunk])));
    const lines: string[] = [];
    while (reader.remaining > 0) {
      const message = iderMessages.decode(reader);
      if (message === undefined) throw new Error('Half a message was said.');
      const { sequence } = message;
      if (message.type === 'IderDataToHost') {
        reader.take(message.length);
        const last = (message.attributes & 2) !== 0 ? ' last' : '';
        lines.push(`${sequence} data ${message.inputDevice === 0xb0 ? 'cd' : 'floppy'} ${message.length}${last}`);
      } else if (message.type === 'CommandEndResponse') {
        const unit = message.outputDevice === 0xb0 ? 'cd' : 'floppy';
        const sense = [message.senseKey, message.asc, message.ascq].map((code) => code.toString(16)).join('/');
        lines.push(`${sequence} end ${unit} ${sense}`);
      } else if (message.type === 'GetDataFromHost') {
        lines.push(`${sequence} ask ${message.length}`);
      } else {
        lines.push(`${sequence} ${message.type}`);
      }
    }
    return lines;
  }

  #next(): number {
    return this.#sequence++;
  }
}

function transferIn(events: readonly IderEvent[]): IderTransfer {
  const [event] = events;
  if (events.length !== 1 || event?.type !== 'transfer') throw new Error(`No transfer: ${JSON.stringify(events)}`);
  return event.transfer;
}

function le16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

const CD = { blocks: 600_000, writable: false };
const FLOPPY = { blocks: 2880, writable: true };

describe('A read', () => {
  it('asks for the range, piece by piece where it is long, and ends with its last frame', () => {
    const session = new Session({ cd: CD });
    // 300 blocks are 614,400 bytes.
    const first = session.transfer('cd', '28 00 00 01 00 00 00 01 2C');
    expect(first).toMatchObject({ kind: 'read', unit: 'cd', offset: 65_536 * 2048, length: 262_144 });
    expect(first.parts.map((part) => part.length)).toEqual(Array(32).fill(8192));
    expect(session.said()).toEqual([]);
    const second = transferIn(session.client.supply(first, true));
    expect(second).toMatchObject({ offset: 65_536 * 2048 + 262_144, length: 262_144 });
    expect(session.said()).toEqual(Array.from({ length: 32 }, (_, i) => `${i + 2} data cd 8192`));
    const third = transferIn(session.client.supply(second, true));
    expect(third).toMatchObject({ offset: 65_536 * 2048 + 524_288, length: 90_112 });
    session.said();
    expect(session.client.supply(third, true)).toEqual([]);
    expect(session.said().at(-1)).toBe('76 data cd 8192 last');
  });

  it('uses frames no larger than the firmware takes, in whole sectors', () => {
    for (const [readBuffer, frames] of [
      [4096, [4096, 2048]],
      [5000, [4608, 1536]],
      [65_535, [6144]],
      [100, [...Array(61).fill(100), 44]],
    ] as const) {
      const session = new Session({ cd: CD }, { readBuffer });
      let transfer = session.transfer('cd', '28 00 00 00 00 00 00 00 03');
      const lengths: number[] = [];
      for (let events = session.client.supply(transfer, true); ; events = session.client.supply(transfer, true)) {
        lengths.push(...session.said().map((line) => Number(/cd (\d+)/.exec(line)?.[1])));
        if (events.length === 0) break;
        transfer = transferIn(events);
      }
      expect(lengths).toEqual(frames);
    }
  });

  it('without DMA uses frames no larger than the host fetches at once', () => {
    for (const [byteCount, frames] of [
      [2048, [2048, 2048]],
      [3001, [3000, 1096]],
      [0xfffe, [4096]],
      [0, [4096]],
      [1, [4096]],
    ] as const) {
      const session = new Session({ cd: CD });
      const transfer = session.transfer('cd', '28 00 00 00 00 00 00 00 02', { dma: false, byteCount });
      session.client.supply(transfer, true);
      expect(session.said().map((line) => Number(/cd (\d+)/.exec(line)?.[1]))).toEqual(frames);
    }
  });

  it('that the source cannot answer ends with a read error, also behind data', () => {
    const session = new Session({ cd: CD });
    session.client.supply(session.transfer('cd', '28 00 00 00 00 00 00 00 01'), false);
    expect(session.said()).toEqual(['2 end cd 3/11/0']);
    const first = session.transfer('cd', '28 00 00 00 00 00 00 01 00');
    const second = transferIn(session.client.supply(first, true));
    expect(session.client.supply(second, false)).toEqual([]);
    expect(session.said().at(-1)).toBe('35 end cd 3/11/0');
  });

  it('waits for the one of the other drive, while short answers do not', () => {
    const session = new Session({ cd: CD, floppy: FLOPPY });
    const first = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    expect(session.command('floppy', '28 00 00 00 00 00 00 00 01')).toEqual([]);
    expect(session.said()).toEqual([]);
    const second = transferIn(session.client.supply(first, true));
    expect(second).toMatchObject({ unit: 'floppy', offset: 0, length: 512 });
    expect(session.command('cd', '25')).toEqual([]);
    expect(session.said()).toEqual(['2 data cd 2048 last', '3 data cd 8 last']);
    session.client.supply(second, true);
    expect(session.said()).toEqual(['4 data floppy 512 last']);
  });

  it('is followed by what the same drive was asked meanwhile, in that order', () => {
    const session = new Session({ cd: CD });
    const first = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    session.command('cd', '00');
    session.command('cd', '28 00 00 00 00 11 00 00 01');
    session.command('cd', '25');
    expect(session.said()).toEqual([]);
    const second = transferIn(session.client.supply(first, true));
    expect(session.said()).toEqual(['2 data cd 2048 last', '3 end cd 0/0/0']);
    session.client.supply(second, true);
    expect(session.said()).toEqual(['4 data cd 2048 last', '5 data cd 8 last']);
  });

  it('is given up by a reset, with all that waits; what its source still says is forgotten', () => {
    const session = new Session({ cd: CD, floppy: FLOPPY });
    const first = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    session.command('cd', '00');
    session.command('floppy', '28 00 00 00 00 00 00 00 01');
    expect(session.reset()).toEqual([{ type: 'reset' }]);
    expect(session.said()).toEqual(['2 ResetOccurredResponse']);
    for (const ok of [true, false]) expect(session.client.supply(first, ok)).toEqual([]);
    expect(session.said()).toEqual([]);
    session.client.supply(session.transfer('floppy', '28 00 00 00 00 00 00 00 01'), true);
    expect(session.said()).toEqual(['3 data floppy 512 last']);
  });

  it('uses memory again only when it has left, and never what a source may still write', () => {
    let sent = true;
    const session = new Session({ cd: CD }, { sent: () => sent });
    const read = () => session.transfer('cd', '28 00 00 00 00 10 00 00 04');
    const first = read();
    const memory = ({ parts: [part] }: IderTransfer) => part?.buffer;
    session.client.supply(first, true);
    session.said();
    const second = read();
    expect(memory(second)).toBe(memory(first));
    session.client.supply(second, true);
    // Not taken yet, so not sent either.
    const third = read();
    expect(memory(third)).not.toBe(memory(first));
    session.client.supply(third, true);
    session.said();
    sent = false;
    const fourth = read();
    expect(memory(fourth)).not.toBe(memory(third));
    sent = true;
    session.reset();
    session.said();
    expect(memory(read())).not.toBe(memory(fourth));
  });
});

describe('A write', () => {
  const WRITE_100 = '2A 00 00 00 00 05 00 00 64';

  it('asks for its data piece by piece, however that is cut, and ends when it is stored', () => {
    const session = new Session({ floppy: FLOPPY }, { writeBuffer: 30_000 });
    const data = testImage(51_200, 3);
    expect(session.command('floppy', WRITE_100)).toEqual([]);
    expect(session.said()).toEqual(['2 ask 30000']);
    expect(session.data(data.subarray(0, 10_000))).toEqual([]);
    expect(session.said()).toEqual([]);
    expect(session.data(data.subarray(10_000, 30_000))).toEqual([]);
    expect(session.said()).toEqual(['3 ask 21200']);
    const transfer = transferIn(session.data(data.subarray(30_000)));
    expect(transfer).toMatchObject({ kind: 'write', unit: 'floppy', offset: 2560, length: 51_200 });
    expect(Buffer.concat(transfer.parts)).toEqual(Buffer.from(data));
    expect(session.client.supply(transfer, true)).toEqual([]);
    expect(session.said()).toEqual(['4 end floppy 0/0/0']);
  });

  it('of much is stored in pieces of 64 KiB', () => {
    const session = new Session({ floppy: FLOPPY }, { writeBuffer: 65_535 });
    session.command('floppy', '2A 00 00 00 00 00 00 00 C8');
    expect(session.said()).toEqual(['2 ask 65535']);
    session.data(new Uint8Array(65_535));
    expect(session.said()).toEqual(['3 ask 1']);
    const first = transferIn(session.data(new Uint8Array(1)));
    expect(first).toMatchObject({ offset: 0, length: 65_536 });
    expect(session.client.supply(first, true)).toEqual([]);
    expect(session.said()).toEqual(['4 ask 36864']);
    const second = transferIn(session.data(new Uint8Array(36_864)));
    expect(second).toMatchObject({ offset: 65_536, length: 36_864 });
    session.client.supply(second, true);
    expect(session.said()).toEqual(['5 end floppy 0/0/0']);
  });

  it('that cannot be stored ends with a write error', () => {
    const session = new Session({ floppy: FLOPPY });
    session.command('floppy', '2A 00 00 00 00 05 00 00 01');
    session.client.supply(transferIn(session.data(new Uint8Array(512))), false);
    expect(session.said()).toEqual(['2 ask 512', '3 end floppy 3/c/0']);
  });

  it('is given up by a reset; what the host still sends of it is thrown away', () => {
    const session = new Session({ floppy: FLOPPY });
    session.command('floppy', WRITE_100);
    session.data(new Uint8Array(4000));
    session.reset();
    expect(session.data(new Uint8Array(4192))).toEqual([]);
    expect(session.said()).toEqual(['2 ask 8192', '3 ResetOccurredResponse']);
    session.command('floppy', '2A 00 00 00 00 05 00 00 01');
    const transfer = transferIn(session.data(testImage(512, 8)));
    expect(transfer.parts).toEqual([testImage(512, 8)]);
  });

  it('that was given up may still send data while the host reads already', () => {
    const session = new Session({ cd: CD, floppy: FLOPPY });
    session.command('floppy', WRITE_100);
    session.reset();
    const read = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    expect(session.data(new Uint8Array(8192))).toEqual([]);
    session.client.supply(read, true);
    expect(session.said().slice(-1)).toEqual(['4 data cd 2048 last']);
  });

  it('is given up when the floppy is taken out under it', () => {
    const session = new Session({ floppy: FLOPPY });
    session.command('floppy', WRITE_100);
    expect(session.client.insert('floppy', undefined)).toEqual([]);
    expect(session.data(new Uint8Array(8192))).toEqual([]);
    expect(session.said()).toEqual(['2 ask 8192', '3 end floppy 2/3a/0']);
  });
});

describe('Another medium', () => {
  it('fails the read under way and is told by that; what waits for the drive finds it', () => {
    const session = new Session({ cd: CD });
    const first = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    session.command('cd', '25');
    session.client.insert('cd', { blocks: 16, writable: false });
    expect(session.said()).toEqual(['2 end cd 6/28/0', '3 data cd 8 last']);
    expect(session.client.supply(first, true)).toEqual([]);
    expect(session.said()).toEqual([]);
  });
});

describe('The end', () => {
  it('is asked for once, gives up what is under way, and is followed by that of the connection', () => {
    const session = new Session({ cd: CD });
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
    const session = new Session({ cd: CD });
    expect(session.client.receiveEnd()).toEqual([{ type: 'closed', by: 'stream' }]);
    const other = new Session({ cd: CD });
    other.client.close();
    expect(other.client.receiveEnd()).toEqual([{ type: 'closed', by: 'console' }]);
  });
});

describe('Heartbeats and pings', () => {
  it('are sent when they are due, numbered like everything else', () => {
    const client = new IderClient({ media: {}, start: 'now' });
    client.heartbeat();
    expect(client.takeOutgoing()).toHaveLength(1);
    const session = new Session({ cd: CD });
    session.client.heartbeat();
    session.client.ping();
    session.command('cd', '00');
    expect(session.said()).toEqual(['2 IderHeartbeat', '3 IderKeepAlivePing', '4 end cd 0/0/0']);
    expect(session.client.commands).toBe(1);
  });
});

describe('What makes no sense', () => {
  it.each<[string, (session: Session) => unknown, string]>([
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
    const session = new Session({ cd: CD, floppy: FLOPPY });
    expect(() => act(session)).toThrow(ProtocolError);
    expect(() => act(new Session({ cd: CD, floppy: FLOPPY }))).toThrow(text);
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
