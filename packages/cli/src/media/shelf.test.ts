import type { BlockSource } from '@amtkit/core';
import { memoryImage } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { Shelf } from './shelf.ts';

describe('A shelf', () => {
  it('lends one image to many, of whom none closes it for the others', async () => {
    let closed = 0;
    const opens: string[] = [];
    const open = async (): Promise<BlockSource> => {
      opens.push('debian');
      return {
        ...memoryImage(Uint8Array.of(1, 2, 3, 4), { name: 'Debian' }),
        [Symbol.asyncDispose]: async () => {
          closed++;
        },
      };
    };
    {
      await using shelf = new Shelf();
      await shelf.put('./debian.iso', open);
      await shelf.put('./debian.iso', open);
      expect(opens).toHaveLength(1);
      expect(shelf.names()).toEqual(['./debian.iso']);
      const [one, other] = [await shelf.open('./debian.iso'), await shelf.open('./debian.iso')];
      await one[Symbol.asyncDispose]();
      expect(other).toMatchObject({ name: 'Debian', size: 4 });
      const read = new Uint8Array(2);
      await other.read(1, read);
      expect(read).toEqual(Uint8Array.of(2, 3));
      expect(closed).toBe(0);
      await expect(shelf.open('win')).rejects.toThrow('There is no image win.');
    }
    expect(closed).toBe(1);
  });
});
