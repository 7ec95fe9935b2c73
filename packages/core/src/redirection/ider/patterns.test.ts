import { describe, expect, it } from 'vitest';
import { type Extent, Patterns } from './patterns.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 64 * MIB;

/** What is fetched at each of these reads, as `offset+length`. */
function fetched(reads: readonly Extent[], size = SIZE): string[][] {
  const patterns = new Patterns(size);
  return reads.map((read) => patterns.next(read).map(({ offset, length }) => `${offset}+${length}`));
}

/** Reads of one length, one behind the other. */
function onward(from: number, length: number, count: number): Extent[] {
  return Array.from({ length: count }, (_, i) => ({ offset: from + i * length, length }));
}

describe('Who reads on', () => {
  it('is read ahead of from the second read on, in larger and larger pieces', () => {
    expect(fetched(onward(0, 64 * KIB, 4))).toEqual([
      [],
      [`${128 * KIB}+${64 * KIB}`],
      [`${192 * KIB}+${64 * KIB}`, `${256 * KIB}+${64 * KIB}`],
      [`${320 * KIB}+${64 * KIB}`, `${384 * KIB}+${64 * KIB}`, `${448 * KIB}+${64 * KIB}`],
    ]);
  });

  it('finds everything fetched once and without a gap, never more than two megabytes ahead', () => {
    const reads = onward(0, 2 * KIB, 8192);
    let end = 4 * KIB;
    for (const [i, extents] of fetched(reads).entries()) {
      for (const extent of extents) {
        const [offset, length] = extent.split('+').map(Number) as [number, number];
        expect(offset).toBe(end);
        expect(length).toBeLessThanOrEqual(512 * KIB);
        end += length;
      }
      expect(end - (i + 1) * 2 * KIB).toBeLessThanOrEqual(2 * MIB + 512 * KIB);
    }
  });

  it('may change the size of the reads', () => {
    const reads: Extent[] = [];
    for (const [i, sectors] of [1, 2, 4, 8, 16, 32].entries()) {
      const { offset, length } = reads[i - 1] ?? { offset: 0, length: 0 };
      reads.push({ offset: offset + length, length: sectors * 2 * KIB });
    }
    const extents = fetched(reads);
    expect(extents[0]).toEqual([]);
    expect(extents[1]).toEqual([`${6 * KIB}+${64 * KIB}`]);
    expect(extents.flat()[1]).toBe(`${70 * KIB}+${64 * KIB}`);
  });

  it('is not read ahead of beyond the end', () => {
    const size = 100 * KIB;
    expect(fetched(onward(0, 10 * KIB, 10), size).flat()).toEqual([
      `${20 * KIB}+${64 * KIB}`,
      `${84 * KIB}+${16 * KIB}`,
    ]);
  });

  it('is told from another one who reads on elsewhere in turns', () => {
    const one = onward(0, 2 * KIB, 20);
    const other = onward(32 * MIB, 2 * KIB, 20);
    const reads = one.flatMap((read, i) => [read, other[i] as Extent]);
    const offsets = fetched(reads)
      .flat()
      .map((extent) => Number(extent.split('+')[0]));
    expect(offsets.some((offset) => offset < MIB)).toBe(true);
    expect(offsets.some((offset) => offset > 32 * MIB)).toBe(true);
  });

  it('may read the same again without being lost', () => {
    const [first, second, third] = onward(0, 2 * KIB, 3) as [Extent, Extent, Extent];
    expect(fetched([first, first, second, second, third]).map((extents) => extents.length > 0)).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('Who leaps', () => {
  const leaps = (stride: number, count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => ({ offset: from + i * stride, length: 2 * KIB }));

  it('is read ahead of when the leaps have become a habit, each range once', () => {
    const found = fetched(leaps(MIB, 6));
    expect(found).toEqual([
      [],
      [],
      [`${3 * MIB}+2048`, `${4 * MIB}+2048`],
      [`${5 * MIB}+2048`, `${6 * MIB}+2048`],
      [`${7 * MIB}+2048`, `${8 * MIB}+2048`],
      [`${9 * MIB}+2048`, `${10 * MIB}+2048`],
    ]);
  });

  it('may do so backwards, and no further than the image', () => {
    expect(fetched(leaps(-MIB, 4, 4 * MIB))).toEqual([[], [], [`${MIB}+2048`, '0+2048'], []]);
    expect(fetched(leaps(16 * MIB, 4))).toEqual([[], [], [`${48 * MIB}+2048`], []]);
  });

  it('and then reads on is read ahead of at once', () => {
    const reads = [...leaps(MIB, 4), { offset: 3 * MIB + 2 * KIB, length: 2 * KIB }];
    expect(fetched(reads)[4]).toEqual([`${3 * MIB + 4 * KIB}+${64 * KIB}`]);
  });

  it('without a habit is left alone', () => {
    const reads = [0, 5, 6.5, 20, 3, 40, 11].map((at) => ({ offset: at * MIB, length: 2 * KIB }));
    expect(fetched(reads).flat()).toEqual([]);
  });
});

it('knows nothing any more after it was told to forget', () => {
  const patterns = new Patterns(SIZE);
  const reads = onward(0, 2 * KIB, 4);
  for (const read of reads.slice(0, 3)) patterns.next(read);
  patterns.forget();
  expect(patterns.next(reads[3] as Extent)).toEqual([]);
});
