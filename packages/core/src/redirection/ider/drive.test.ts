import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../bytes/hex.ts';
import { Drive, type DriveAnswer } from './drive.ts';
import type { DriveUnit, Medium } from './replies.ts';

const GB = 1024 ** 3;
const CD: Medium = { blocks: 300, writable: false };

/** What a command comes to, on one line: `good`, `2/3a/0`, data in hex, or the range of a transfer. */
function say(drive: Drive, hex: string): string {
  const cdb = new Uint8Array(12);
  cdb.set(fromHex(hex));
  return lineOf(drive.answer(cdb));
}

function lineOf(answer: DriveAnswer): string {
  switch (answer.type) {
    case 'good':
      return answer.ejected === true ? 'good, ejected' : 'good';
    case 'sense':
      return [answer.sense.key, answer.sense.asc, answer.sense.ascq].map((code) => code.toString(16)).join('/');
    case 'data':
      return toHex(answer.bytes);
    default:
      return `${answer.type} ${answer.length} at ${answer.offset}`;
  }
}

const TUR = '00';
const CAPACITY = '25';
const EVENTS = '4a 01 00 00 10 00 00 00 08';
const SENSE = '03 00 00 00 12';
const EJECT = '1b 00 00 00 02';
const LOAD = '1b 00 00 00 03';

describe('Sizes', () => {
  it.each<[string, DriveUnit, number, string]>([
    ['of 2 GiB', 'cd', (2 * GB) / 2048, '00 0f ff ff 00 00 08 00'],
    ['of 5 GiB', 'cd', (5 * GB) / 2048, '00 27 ff ff 00 00 08 00'],
    ['of 8 TiB', 'cd', 2 ** 32, 'ff ff ff ff 00 00 08 00'],
    ['beyond what can be addressed', 'cd', 2 ** 33, 'ff ff ff ff 00 00 08 00'],
    ['of a floppy', 'floppy', 2880, '00 00 0b 3f 00 00 02 00'],
    ['of a large one', 'floppy', (3 * GB) / 512, '00 5f ff ff 00 00 02 00'],
  ])('%s are told in full', (_, unit, blocks, reply) => {
    expect(say(new Drive(unit, { blocks, writable: false }), CAPACITY)).toBe(reply);
  });

  it('reach as far as addresses do', () => {
    const drive = new Drive('cd', { blocks: 2 ** 32, writable: false });
    expect(say(drive, '28 00 ff ff ff ff 00 00 01')).toBe(`read 2048 at ${8 * 1024 * GB - 2048}`);
    expect(say(drive, 'a8 00 80 00 00 00 80 00 00 00')).toBe(`read ${4 * 1024 * GB} at ${4 * 1024 * GB}`);
    expect(say(drive, 'a8 00 80 00 00 00 80 00 00 01')).toBe('5/21/0');
    expect(say(drive, '28 00 ff ff ff ff 00 00 02')).toBe('5/21/0');
  });

  it('are told in minutes as far as there are minutes', () => {
    const toc = (blocks: number) =>
      say(new Drive('cd', { blocks, writable: false }), '43 02 00 00 00 00 aa 00 14')
        .split(' ')
        .slice(-4)
        .join(' ');
    expect(toc(300)).toBe('00 00 06 00');
    expect(toc(333_000)).toBe('00 4a 02 00');
    expect(toc(255 * 4500 + 59 * 75 + 74 - 150)).toBe('00 ff 3b 4a');
    expect(toc((6 * GB) / 2048)).toBe('00 ff 3b 4a');
  });

  it('make a floppy of 1.44 MB or an LS-120', () => {
    const type = (blocks: number) => say(new Drive('floppy', { blocks, writable: true }), '5a 00 05 00 00 00 00 00 04');
    expect(type(2880)).toBe('00 26 24 00');
    expect(type(2881)).toBe('00 26 31 00');
  });
});

describe('Replies', () => {
  const cd = () => new Drive('cd', CD);

  it.each([
    ['READ TOC of the lead-out', '43 00 00 00 00 00 aa 00 ff', '00 0a 01 01 00 14 aa 00 00 00 01 2c'],
    [
      'READ TOC of track 1',
      '43 00 00 00 00 00 01 00 14',
      '00 12 01 01 00 14 01 00 00 00 00 00 00 14 aa 00 00 00 01 2c',
    ],
    ['READ TOC of a track that is none', '43 00 00 00 00 00 02 00 14', '5/24/0'],
    ['READ TOC of a form that is none', '43 00 03 00 00 00 00 00 14', '5/24/0'],
    ['READ TOC of sessions in minutes', '43 02 01 00 00 00 00 00 0c', '00 0a 01 01 00 14 01 00 00 00 02 00'],
    [
      'GET CONFIGURATION from a feature on',
      '46 00 01 00 00 00 00 00 20',
      '00 00 00 0c 00 00 00 08 01 00 03 00 01 05 03 00',
    ],
    ['GET CONFIGURATION of a feature that is none', '46 02 00 21 00 00 00 00 20', '00 00 00 04 00 00 00 08'],
    ['GET CONFIGURATION of a type that is none', '46 03 00 00 00 00 00 00 20', '5/24/0'],
    ['MECHANISM STATUS', 'bd 00 00 00 00 00 00 00 00 08', '00 00 00 00 00 01 00 00'],
    ['INQUIRY, cut to what its first bytes are', '12 00 00 00 05', '05 80 05 02 1f'],
    ['INQUIRY of vital product data', '12 01 00 00 24', '5/24/0'],
    ['MODE SENSE(10) of saved values', '5a 00 ea 00 00 00 00 00 80', '5/39/0'],
    [
      'MODE SENSE(10) of what can be changed',
      '5a 00 41 00 00 00 00 00 80',
      '00 0e 01 80 00 00 00 00 01 06 00 00 00 00 00 00',
    ],
    ['MODE SENSE(10) of a subpage', '5a 00 2a 01 00 00 00 00 80', '5/24/0'],
    ['READ(6) of nothing, which is 256 blocks', '08 00 00 00 00', 'read 524288 at 0'],
    ['READ(12)', 'a8 00 00 00 00 02 00 00 00 03', 'read 6144 at 4096'],
    ['GET EVENT STATUS of all classes', '4a 01 00 00 ff 00 00 00 08', '00 06 04 10 00 02 00 00'],
    ['REQUEST SENSE when all is well', SENSE, '70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00'],
    ['START STOP UNIT without the tray', '1b 00 00 00 00', 'good'],
  ])('%s', (_, cdb, reply) => {
    expect(say(cd(), cdb)).toBe(reply);
  });

  it('are never longer than the host has room for', () => {
    const asks = [
      ['12 00 00 00', 1],
      ['03 00 00 00', 1],
      ['1a 00 3f 00', 1],
      ['5a 00 3f 00 00 00 00', 2],
      ['43 00 00 00 00 00 00', 2],
      ['46 00 00 00 00 00 00', 2],
      ['4a 01 00 00 10 00 00', 2],
      ['bd 00 00 00 00 00 00 00', 2],
    ] as const;
    for (const [begin, width] of asks) {
      const whole = say(cd(), `${begin} ${width === 1 ? 'ff' : '00 ff'}`).split(' ');
      expect(whole.length).toBeGreaterThan(3);
      for (let room = 0; room <= whole.length; room++) {
        const size = room.toString(16).padStart(2, '0');
        const reply = say(cd(), `${begin} ${width === 1 ? size : `00 ${size}`}`);
        expect(reply).toBe(room === 0 ? 'good' : whole.slice(0, room).join(' '));
      }
    }
  });

  it('hold all pages of a floppy, each as long as it says', () => {
    for (const blocks of [2880, 246_528]) {
      const reply = fromHex(say(new Drive('floppy', { blocks, writable: false }), '5a 00 3f 00 00 00 00 01 00'));
      expect(reply.length).toBe(96);
      expect((reply[0] as number) * 256 + (reply[1] as number)).toBe(94);
      const codes: number[] = [];
      for (let at = 8; at < reply.length; at += 2 + (reply[at + 1] as number)) codes.push(reply[at] as number);
      expect(codes).toEqual([1, 3, 5, 8, 11]);
    }
  });

  it('say of a floppy that may be written that it may', () => {
    const drive = new Drive('floppy', { blocks: 2880, writable: true });
    expect(say(drive, '1a 00 3f 00 04')).toBe('03 00 00 00');
    expect(say(drive, '2a 00 00 00 00 0a 00 00 02')).toBe('write 1024 at 5120');
    expect(say(drive, '2a 00 00 00 0b 3f 00 00 02')).toBe('5/21/0');
    expect(say(drive, 'aa 00 00 00 00 0a 00 00 00 00')).toBe('good');
  });

  it('tell after a failure why it failed, once', () => {
    const drive = cd();
    say(drive, '28 00 00 00 01 2c 00 00 01');
    expect(say(drive, SENSE)).toBe('70 00 05 00 00 00 00 0a 00 00 00 00 21 00 00 00 00 00');
    expect(say(drive, SENSE)).toBe('70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00');
  });
});

describe('A drive without a medium', () => {
  it.each<[DriveUnit, string, string]>([
    ['cd', TUR, '2/3a/0'],
    ['cd', CAPACITY, '2/3a/0'],
    ['cd', '28 00 00 00 00 00 00 00 01', '2/3a/0'],
    ['cd', '43 00 00 00 00 00 00 00 0c', '2/3a/0'],
    ['cd', '1a 00 3f 00 04', '2/3a/0'],
    ['cd', '46 00 00 00 00 00 00 00 08', '00 00 00 3c 00 00 00 00'],
    ['cd', '46 01 00 00 00 00 00 00 08', '00 00 00 30 00 00 00 00'],
    ['cd', '46 02 00 10 00 00 00 00 20', '00 00 00 10 00 00 00 00 00 10 00 08 00 00 08 00 00 01 00 00'],
    ['cd', '5a 00 2a 00 00 00 00 00 04', '00 20 70 80'],
    ['cd', EVENTS, '00 06 04 10 00 00 00 00'],
    ['cd', EJECT, 'good'],
    ['floppy', TUR, '2/3a/0'],
    ['floppy', '5a 00 3f 00 00 00 00 00 c0', '2/3a/0'],
    ['floppy', '23 00 00 00 00 00 00 00 0c', '00 00 00 08 00 00 0b 40 03 00 02 00'],
    ['floppy', '2a 00 00 00 00 00 00 00 01', '2/3a/0'],
  ])('%s: %s', (unit, cdb, reply) => {
    expect(say(new Drive(unit, undefined), cdb)).toBe(reply);
  });
});

describe('Another medium', () => {
  it('is told by attention to the first command that may hear of it, and by events', () => {
    const drive = new Drive('cd', CD);
    drive.insert({ blocks: 100, writable: false });
    expect(say(drive, '12 00 00 00 01')).toBe('05');
    expect(say(drive, '46 02 00 00 00 00 00 00 04')).toBe('00 00 00 0c');
    expect(say(drive, CAPACITY)).toBe('6/28/0');
    expect(say(drive, CAPACITY)).toBe('00 00 00 63 00 00 08 00');
    expect([say(drive, EVENTS), say(drive, EVENTS), say(drive, EVENTS)]).toEqual([
      '00 06 04 10 03 02 00 00',
      '00 06 04 10 02 02 00 00',
      '00 06 04 10 00 02 00 00',
    ]);
  });

  it('is told by REQUEST SENSE where the host asks for that', () => {
    const drive = new Drive('cd', undefined);
    drive.insert(CD);
    expect(say(drive, SENSE)).toBe('70 00 06 00 00 00 00 0a 00 00 00 00 28 00 00 00 00 00');
    expect(say(drive, TUR)).toBe('good');
  });

  it('that is none is told by an event', () => {
    const drive = new Drive('cd', CD);
    drive.insert(undefined);
    expect(say(drive, TUR)).toBe('2/3a/0');
    expect(say(drive, EVENTS)).toBe('00 06 04 10 03 00 00 00');
  });
});

describe('The tray', () => {
  it('opens and closes on what lies in it', () => {
    const drive = new Drive('cd', CD);
    expect(say(drive, EJECT)).toBe('good, ejected');
    expect(say(drive, EJECT)).toBe('good');
    expect(say(drive, TUR)).toBe('2/3a/0');
    expect(say(drive, EVENTS)).toBe('00 06 04 10 03 01 00 00');
    expect(say(drive, 'bd 00 00 00 00 00 00 00 00 08')).toBe('00 10 00 00 00 01 00 00');
    expect(say(drive, LOAD)).toBe('good');
    expect(say(drive, TUR)).toBe('6/28/0');
    expect(say(drive, TUR)).toBe('good');
    expect(say(drive, EVENTS)).toBe('00 06 04 10 02 02 00 00');
  });

  it('stays closed while the host has locked it, until it lets go or resets its bus', () => {
    for (const release of ['1e 00 00 00 00', 'reset']) {
      const drive = new Drive('cd', CD);
      expect(say(drive, '1e 00 00 00 01')).toBe('good');
      expect(say(drive, EJECT)).toBe('5/53/2');
      if (release === 'reset') drive.reset();
      else say(drive, release);
      expect(say(drive, EJECT)).toBe('good, ejected');
    }
  });

  it('closes when a medium is put in from our side', () => {
    const drive = new Drive('cd', CD);
    say(drive, EJECT);
    drive.insert({ blocks: 7, writable: false });
    expect(say(drive, TUR)).toBe('6/28/0');
    expect(say(drive, CAPACITY)).toBe('00 00 00 06 00 00 08 00');
  });
});
