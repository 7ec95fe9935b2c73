import { describe, expect, it } from 'vitest';
import { ImageFailed } from '../../errors.ts';
import { testImage } from '../../testing/served-ider.ts';
import { type BlockSource, mediumOf, memoryImage, readInto } from './image.ts';

const bytes = testImage(10_000, 1);

describe('Reading into several places', () => {
  it.each<[string, (source: BlockSource) => BlockSource]>([
    ['by a source that can', (source) => source],
    ['by one that cannot', (source) => ({ ...source, readInto: undefined as never })],
  ])('fills them in order, %s', async (_, shape) => {
    const targets = [new Uint8Array(100), new Uint8Array(1), new Uint8Array(3000)];
    await readInto(shape(memoryImage(bytes)), 500, targets);
    expect(Buffer.concat(targets)).toEqual(Buffer.from(bytes.subarray(500, 3601)));
  });
});

describe('An image as a medium', () => {
  const sized = (size: number, writable = false): BlockSource => ({
    ...memoryImage(bytes, { name: 'a' }),
    size,
    writable,
  });

  it.each([
    ['cd', 2048 * 7, 7],
    ['cd', 2048 * 7 + 512, 8],
    ['cd', 512, 1],
    ['cd', 6 * 1024 ** 3, 3_145_728],
    ['floppy', 1_474_560, 2880],
    ['floppy', 512, 1],
  ] as const)('%s of %i bytes has %i blocks', (unit, size, blocks) => {
    expect(mediumOf(unit, sized(size))).toEqual({ blocks, writable: false });
  });

  it('may be written where it is a floppy', () => {
    expect(mediumOf('floppy', sized(512, true)).writable).toBe(true);
    expect(mediumOf('cd', sized(2048, true)).writable).toBe(false);
  });

  it.each([
    ['cd', 0, 'a is empty.'],
    ['cd', 2049, 'a is no image of a CD: 2049 bytes are no whole number of sectors.'],
    ['floppy', 511, 'a is no image of a floppy: 511 bytes are no whole number of sectors.'],
  ] as const)('%s of %i bytes is none', (unit, size, text) => {
    expect(() => mediumOf(unit, sized(size))).toThrow(ImageFailed);
    expect(() => mediumOf(unit, sized(size))).toThrow(text);
  });
});
