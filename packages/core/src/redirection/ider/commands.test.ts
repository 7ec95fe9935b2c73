import { describe, expect, it } from 'vitest';
import { IderSession, transferIn } from '../../testing/ider-session.ts';
import { testImage } from '../../testing/served-ider.ts';
import type { IderTransfer } from './events.ts';

const CD = { blocks: 600_000, writable: false };
const FLOPPY = { blocks: 2880, writable: true };

describe('A read', () => {
  it('asks for the range, piece by piece where it is long, and ends with its last frame', () => {
    const session = new IderSession({ cd: CD });
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
      const session = new IderSession({ cd: CD }, { readBuffer });
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
      const session = new IderSession({ cd: CD });
      const transfer = session.transfer('cd', '28 00 00 00 00 00 00 00 02', { dma: false, byteCount });
      session.client.supply(transfer, true);
      expect(session.said().map((line) => Number(/cd (\d+)/.exec(line)?.[1]))).toEqual(frames);
    }
  });

  it('that the source cannot answer ends with a read error, also behind data', () => {
    const session = new IderSession({ cd: CD });
    session.client.supply(session.transfer('cd', '28 00 00 00 00 00 00 00 01'), false);
    expect(session.said()).toEqual(['2 end cd 3/11/0']);
    const first = session.transfer('cd', '28 00 00 00 00 00 00 01 00');
    const second = transferIn(session.client.supply(first, true));
    expect(session.client.supply(second, false)).toEqual([]);
    expect(session.said().at(-1)).toBe('35 end cd 3/11/0');
  });

  it('waits for the one of the other drive, while short answers do not', () => {
    const session = new IderSession({ cd: CD, floppy: FLOPPY });
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
    const session = new IderSession({ cd: CD });
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
    const session = new IderSession({ cd: CD, floppy: FLOPPY });
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
    const session = new IderSession({ cd: CD }, { sent: () => sent });
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
    const session = new IderSession({ floppy: FLOPPY }, { writeBuffer: 30_000 });
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
    const session = new IderSession({ floppy: FLOPPY }, { writeBuffer: 65_535 });
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
    const session = new IderSession({ floppy: FLOPPY });
    session.command('floppy', '2A 00 00 00 00 05 00 00 01');
    session.client.supply(transferIn(session.data(new Uint8Array(512))), false);
    expect(session.said()).toEqual(['2 ask 512', '3 end floppy 3/c/0']);
  });

  it('is given up by a reset; what the host still sends of it is thrown away', () => {
    const session = new IderSession({ floppy: FLOPPY });
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
    const session = new IderSession({ cd: CD, floppy: FLOPPY });
    session.command('floppy', WRITE_100);
    session.reset();
    const read = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    expect(session.data(new Uint8Array(8192))).toEqual([]);
    session.client.supply(read, true);
    expect(session.said().slice(-1)).toEqual(['4 data cd 2048 last']);
  });

  it('is given up when the floppy is taken out under it', () => {
    const session = new IderSession({ floppy: FLOPPY });
    session.command('floppy', WRITE_100);
    expect(session.client.insert('floppy', undefined)).toEqual([]);
    expect(session.data(new Uint8Array(8192))).toEqual([]);
    expect(session.said()).toEqual(['2 ask 8192', '3 end floppy 2/3a/0']);
  });
});

describe('Another medium', () => {
  it('fails the read under way and is told by that; what waits for the drive finds it', () => {
    const session = new IderSession({ cd: CD });
    const first = session.transfer('cd', '28 00 00 00 00 10 00 00 01');
    session.command('cd', '25');
    session.client.insert('cd', { blocks: 16, writable: false });
    expect(session.said()).toEqual(['2 end cd 6/28/0', '3 data cd 8 last']);
    expect(session.client.supply(first, true)).toEqual([]);
    expect(session.said()).toEqual([]);
  });
});
