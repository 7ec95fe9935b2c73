import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../bytes/hex.ts';
import { ProtocolError } from '../../errors.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { PieceReader } from './inflate.ts';

const flush = { finishFlush: constants.Z_SYNC_FLUSH } as const;

function read(reader: PieceReader, piece: Uint8Array): Uint8Array {
  reader.read(piece, 0, piece.length);
  return tileOf(reader);
}

function tileOf({ bytes, start, end }: PieceReader): Uint8Array {
  return bytes.slice(start, end);
}

function stored(content: Uint8Array): Uint8Array {
  const [low, high] = [content.length & 255, content.length >> 8];
  return Uint8Array.of(0, low, high, low ^ 255, high ^ 255, ...content);
}

/** As a deflater whose history is `before`. */
function deflated(content: Uint8Array, before: Uint8Array = new Uint8Array(0)): Uint8Array {
  const dictionary = before.length > 0 ? { dictionary: before } : {};
  return deflateRawSync(content, { level: 9, ...flush, ...dictionary });
}

function noise(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

describe('pieces as firmware sends them', () => {
  test('two deflated tiles of AMT, the header in front of the first', () => {
    const reader = new PieceReader();
    expect(toHex(read(reader, fromHex('78 9c 62 64 00 00 00 00 ff ff')))).toBe('01 00');
    expect(toHex(read(reader, fromHex('62 64 00 00 00 00 ff ff')))).toBe('01 00');
  });

  test('stored tiles of AMT 16.1, with and without a header', () => {
    for (const header of ['78 01', '']) {
      const reader = new PieceReader();
      expect(toHex(read(reader, fromHex(`${header} 00 02 00 fd ff 01 e0`)))).toBe('01 e0');
      expect(toHex(read(reader, fromHex('00 02 00 fd ff 01 00')))).toBe('01 00');
    }
  });

  test('a stored tile is used where it lies', () => {
    const reader = new PieceReader();
    const piece = Uint8Array.of(9, 9, ...stored(Uint8Array.of(1, 0xe0)), 9);
    reader.read(piece, 2, 9);
    expect(reader.bytes).toBe(piece);
    expect([reader.start, reader.end]).toEqual([7, 9]);
  });

  test('a stored block behind which zlib put its flush', () => {
    const reader = new PieceReader();
    const piece = deflateRawSync(Uint8Array.of(1, 0xe0), { level: 0, ...flush });
    expect(toHex(read(reader, piece))).toBe('01 e0');
  });

  test('tiles that refer to earlier ones, beyond what a window holds', () => {
    const reader = new PieceReader();
    let history = new Uint8Array(0);
    for (let i = 0; i < 30; i++) {
      const tile = noise(2000 + 37 * i, i % 7);
      expect(read(reader, deflated(tile, history.slice(-32768)))).toEqual(tile);
      history = Uint8Array.of(...history, ...tile);
    }
  });
});

describe('stored pieces between deflated ones', () => {
  const [first, second, third] = [noise(3000, 1), noise(4000, 2), noise(5000, 3)];

  test('count as history, as zlib has it', () => {
    const reader = new PieceReader();
    read(reader, deflated(first));
    read(reader, stored(second));
    const last = Uint8Array.of(...second.slice(100, 300), ...first.slice(0, 300));
    const piece = deflated(last, Uint8Array.of(...first, ...second));
    expect(piece.length).toBeLessThan(60);
    expect(read(reader, piece)).toEqual(last);
  });

  test('do not, once that made no sense', () => {
    const reader = new PieceReader();
    read(reader, deflated(first));
    read(reader, stored(second));
    const piece = deflated(first.slice(5, 400), first);
    expect(read(reader, piece)).not.toEqual(first.slice(5, 400));
    expect(reader.readAgain()).toBe(true);
    expect(tileOf(reader)).toEqual(first.slice(5, 400));
    // And from now on.
    read(reader, stored(third));
    const next = deflated(first.slice(50, 500), Uint8Array.of(...first, ...first.slice(5, 400)));
    expect(read(reader, next)).toEqual(first.slice(50, 500));
    expect(reader.readAgain()).toBe(false);
  });

  test('a deflater that begins afresh behind stored pieces', () => {
    const reader = new PieceReader();
    read(reader, Uint8Array.of(0x78, 1, ...stored(second)));
    expect(read(reader, deflated(first))).toEqual(first);
    expect(read(reader, deflated(third, first))).toEqual(third);
  });

  test('more of them than a window holds', () => {
    const reader = new PieceReader();
    const all = Array.from({ length: 12 }, (_, i) => noise(9000, 40 + i));
    for (const tile of all) read(reader, stored(tile));
    const last = (all.at(-1) ?? first).slice(0, 2000);
    const history = all.flatMap((tile) => [...tile]).slice(-32768);
    expect(read(reader, deflated(last, Uint8Array.from(history)))).toEqual(last);
  });

  test('there is no other history without them', () => {
    const reader = new PieceReader();
    read(reader, deflated(first));
    read(reader, deflated(second, first));
    expect(reader.readAgain()).toBe(false);
  });
});

describe('pieces that are none', () => {
  test('one that inflates to more than a tile', () => {
    const bomb = deflateRawSync(new Uint8Array(10_000_000), flush);
    expect(bomb.length).toBeLessThan(16 * 1024);
    expect(inflateRawSync(bomb, flush).length).toBe(10_000_000);
    expect(() => read(new PieceReader(), bomb)).toThrow('inflates to more than the 12289 bytes of a tile');
  });

  test('one byte more than a tile', () => {
    expect(read(new PieceReader(), deflated(noise(12_289, 5))).length).toBe(12_289);
    expect(() => read(new PieceReader(), deflated(noise(12_290, 5)))).toThrow(ProtocolError);
  });

  test.each([
    ['a block type that does not exist', '07 00'],
    ['a stored block whose length is not said twice', '00 02 00 00 00 01 e0'],
    ['the last block of a stream, and more behind it', '03 00 00'],
    ['the last block of a stream', '63 64 00 00'],
    ['a distance that leads before the start', '62 04 11 00 00 00 ff ff'],
  ])('%s', (_what, hex) => {
    expect(() => read(new PieceReader(), fromHex(hex))).toThrow(ProtocolError);
  });

  test('nothing but ProtocolError for any bytes', () => {
    const random = seededRandom(4);
    for (let i = 0; i < 3000; i++) {
      const reader = new PieceReader();
      try {
        for (let j = 0; j < 4; j++) read(reader, noise(Math.floor(random() * 60), Math.floor(random() * 1e9)));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
  });
});
