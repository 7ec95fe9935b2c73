import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import { hex } from '../../testing/recording.ts';
import { ServedIder, testImage } from '../../testing/served-ider.ts';
import { seededRandom } from '../../transport/faulty.ts';
import type { IderEvent, IderTransfer } from './events.ts';
import { IderClient } from './ider.ts';
import { iderMessages } from './messages.ts';

const cd = testImage(300 * 2048, 1);
const floppy = testImage(2880 * 512, 2);
const OPENED = hex`41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 00 20 00 20 00 00 00 00 00 57 01 00 00 00
  49 00 00 00 01 00 00 00 03 01 00 00 00`;

/** A command block as a host may send it, or nearly: mostly of operations that mean something. */
function anyCommand(random: () => number, sequence: number): Uint8Array {
  const byte = () => Math.floor(random() * 256);
  const known = [
    0x00, 0x03, 0x08, 0x0a, 0x12, 0x1a, 0x1b, 0x1e, 0x23, 0x25, 0x28, 0x2a, 0x43, 0x46, 0x4a, 0x5a, 0xa8, 0xbd,
  ];
  const operation = random() < 0.9 ? (known[Math.floor(random() * known.length)] as number) : byte();
  const cdb = Uint8Array.from({ length: 12 }, (_, i) => (i === 0 ? operation : random() < 0.6 ? 0 : byte()));
  const unit = random() < 0.5 ? 0xb0 : 0xa0;
  return hex`50 00 00 00 ${sequence & 0xff} 00 00 00 00 ${random() < 0.5 ? 1 : 0} 00 00 FE FF ${unit} A0 ${cdb}`;
}

/** Ends of commands among what was said. */
function ends(chunks: readonly Uint8Array[]): number {
  const reader = new Reader(Buffer.concat(chunks));
  let count = 0;
  while (reader.remaining > 0) {
    const message = iderMessages.decode(reader);
    if (message === undefined) throw new Error('Half a message was said.');
    if (message.type === 'IderDataToHost') reader.take(message.length);
    const last = message.type === 'IderDataToHost' || message.type === 'CommandEndResponse';
    if (last && (message.attributes & 2) !== 0) count++;
  }
  return count;
}

test('answers every command block once, whatever stands in it', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 40; round++) {
    const session = new ServedIder({ cd, floppy });
    session.receive(OPENED);
    session.takeOutgoing();
    for (let i = 0; i < 100; i++) {
      session.receive(anyCommand(random, i));
      expect(ends(session.takeOutgoing())).toBe(1);
    }
  }
});

test('throws nothing but ProtocolError at noise, and then is quiet', () => {
  const random = seededRandom(12);
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const session = new ServedIder({ cd, floppy, writable: true });
    if (round % 4 > 0) session.receive(OPENED);
    const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 200) }, () => Math.floor(random() * 256));
    // Half of it begins like a message.
    if (round % 2 === 0) noise[0] = 0x40 + Math.floor(random() * 0x15);
    try {
      session.receive(noise);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      refused++;
      expect(session.receive(OPENED)).toEqual([]);
    }
    session.receiveEnd();
  }
  expect(refused).toBeGreaterThan(1000);
});

test('throws nothing but ProtocolError at conversations with flipped bits, cut anywhere', () => {
  const random = seededRandom(13);
  for (let round = 0; round < 500; round++) {
    const session = new ServedIder({ cd, floppy: floppy.slice(), writable: true });
    const commands = Array.from({ length: 10 }, (_, i) => anyCommand(random, i + 2));
    const conversation = Buffer.concat([OPENED, ...commands]);
    for (let flips = 0; flips < 3; flips++) {
      const at = Math.floor(random() * conversation.length);
      conversation[at] = (conversation[at] as number) ^ (1 << Math.floor(random() * 8));
    }
    try {
      for (let at = 0; at < conversation.length; ) {
        const size = 1 + Math.floor(random() * 60);
        session.receive(conversation.subarray(at, at + size));
        session.takeOutgoing();
        at += size;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
  }
});

test('delivers the same bytes through resets at any moment and cuts at any place', () => {
  const random = seededRandom(14);
  const session = new ServedIder({ cd });
  session.receive(OPENED);
  session.takeOutgoing();
  const received = new Uint8Array(cd.length);
  for (let lba = 0; lba < 300; ) {
    const blocks = Math.min(1 + Math.floor(random() * 64), 300 - lba);
    const command = hex`50 00 00 00 02 00 00 00 00 01 00 00 FE FF B0 A0 28 00 00 00 ${lba >> 8} ${lba & 0xff} 00 00 ${blocks}
      00 00 00`;
    const reset = random() < 0.3;
    const bytes = reset ? Buffer.concat([command.subarray(0, 1 + Math.floor(random() * 27))]) : command;
    for (let at = 0; at < bytes.length; at += 9) session.receive(bytes.subarray(at, at + 9));
    if (reset) {
      // The rest of the command, and then a reset: its answer is of no use any more.
      session.receive(command.subarray(bytes.length));
      session.receive(hex`46 00 00 00 03 00 00 00 01`);
      session.takeOutgoing();
      continue;
    }
    const reader = new Reader(Buffer.concat(session.takeOutgoing()));
    let at = lba * 2048;
    while (reader.remaining > 0) {
      const message = iderMessages.decode(reader);
      if (message?.type !== 'IderDataToHost') throw new Error(`${message?.type} where data belongs.`);
      received.set(reader.take(message.length) as Uint8Array, at);
      at += message.length;
    }
    expect(at).toBe((lba + blocks) * 2048);
    lba += blocks;
  }
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  expect(sha256(received)).toBe(sha256(cd));
});

test('keeps count, whatever comes between a command and its answer', () => {
  const random = seededRandom(15);
  const pick = (most: number) => Math.floor(random() * most);
  let [ended, refused] = [0, 0];
  for (let round = 0; round < 400; round++) {
    const client = new IderClient({
      media: { cd: { blocks: 300, writable: false }, floppy: { blocks: 2880, writable: true } },
      start: 'now',
      sent: () => random() < 0.5,
    });
    const open: IderTransfer[] = [];
    const take = (events: readonly IderEvent[]) => {
      for (const event of events) if (event.type === 'transfer') open.push(event.transfer);
    };
    /** What was said last, and the data the host was asked for. */
    let [sequence, asked, commands, answers] = [-1, 0, 0, 0];
    const listen = () => {
      const reader = new Reader(Buffer.concat(client.takeOutgoing()));
      while (reader.remaining > 0) {
        const message = iderMessages.decode(reader);
        if (message === undefined) throw new Error('Half a message was said.');
        expect(message.sequence).toBe(++sequence);
        if (message.type === 'IderDataToHost') reader.take(message.length);
        if (message.type === 'GetDataFromHost') asked = message.length;
        const ends = message.type === 'IderDataToHost' || message.type === 'CommandEndResponse';
        if (ends && (message.attributes & 2) !== 0) answers++;
      }
    };
    const reads = (unit: number, operation: number, blocks: number) =>
      hex`50 00 00 00 00 00 00 00 00 ${pick(2)} 00 00 ${pick(256)} ${pick(256)} ${unit} A0 ${operation} 00 00 00 00 ${pick(200)} 00 00 ${blocks} 00 00 00`;
    try {
      take(client.receive(OPENED));
      for (let step = 0; step < 60; step++) {
        listen();
        switch (pick(8)) {
          case 0:
          case 1:
            commands++;
            take(client.receive(reads(pick(2) === 0 ? 0xa0 : 0xb0, 0x28, pick(100))));
            break;
          case 2:
            commands++;
            take(client.receive(reads(0xa0, 0x2a, pick(100))));
            break;
          case 3: {
            const length = random() < 0.8 ? Math.min(asked, 1 + pick(8192)) : pick(9000);
            asked -= Math.min(asked, length);
            take(
              client.receive(
                hex`53 00 00 00 00 00 00 00 00 ${length & 255} ${length >> 8} 00 00 00 ${new Uint8Array(length)}`,
              ),
            );
            break;
          }
          case 4:
            take(client.receive(hex`46 00 00 00 00 00 00 00 01`));
            break;
          case 5:
            take(
              client.insert(
                pick(2) === 0 ? 'cd' : 'floppy',
                pick(2) === 0 ? undefined : { blocks: 300, writable: true },
              ),
            );
            break;
          default: {
            const [transfer] = open.splice(pick(open.length), 1);
            if (transfer !== undefined) take(client.supply(transfer, random() < 0.8));
          }
        }
        expect(answers).toBeLessThanOrEqual(commands);
      }
      listen();
      ended++;
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      refused++;
    }
  }
  expect(ended).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(20);
});
