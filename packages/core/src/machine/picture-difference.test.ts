import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { pictureDifference } from './picture-difference.ts';

/** A picture of one grey, with other pixels where it is told. */
function picture(width: number, height: number, others: readonly number[] = [], channels: 1 | 3 | 4 = 3): Uint8Array {
  const data = new Uint8Array(width * height * channels).fill(100);
  for (const at of others) data.fill(200, at * channels, at * channels + Math.min(channels, 3));
  return encode({ width, height, channels, data });
}

describe('Two pictures', () => {
  it('differ in the share of pixels that are others', () => {
    expect(pictureDifference(picture(10, 10), picture(10, 10))).toEqual({ share: 0, sameSize: true });
    expect(pictureDifference(picture(10, 10), picture(10, 10, [0, 57]))).toEqual({ share: 0.02, sameSize: true });
  });

  it('are the same within what is lost on a screen of fewer bits', () => {
    const near = encode({ width: 1, height: 1, channels: 3, data: Uint8Array.of(107, 97, 108) });
    expect(pictureDifference(picture(1, 1), near).share).toBe(0);
    expect(pictureDifference(picture(1, 1), near, { tolerance: 7 }).share).toBe(1);
  });

  it('are compared in a part, where that is all that matters', () => {
    const area = { x: 5, y: 0, width: 5, height: 10 };
    expect(pictureDifference(picture(10, 10), picture(10, 10, [0]), { area }).share).toBe(0);
    expect(pictureDifference(picture(10, 10), picture(10, 10, [5]), { area }).share).toBe(0.02);
    const outside = { x: 5, y: 0, width: 6, height: 10 };
    expect(() => pictureDifference(picture(10, 10), picture(10, 10), { area: outside })).toThrow(
      'There is no area 5,0,6,10 in a picture of 10 × 10.',
    );
  });

  it('of two sizes have nothing in common', () => {
    expect(pictureDifference(picture(10, 10), picture(10, 11))).toEqual({ share: 1, sameSize: false });
  });

  it('may be saved in other ways: with transparency, or grey', () => {
    expect(pictureDifference(picture(4, 4, [3]), picture(4, 4, [3], 4)).share).toBe(0);
    expect(pictureDifference(picture(4, 4, [3]), picture(4, 4, [3], 1)).share).toBe(0);
  });

  it('that are none are refused', () => {
    expect(() => pictureDifference(picture(1, 1), Uint8Array.of(1, 2, 3))).toThrow(/^The reference is no PNG: /);
  });
});
