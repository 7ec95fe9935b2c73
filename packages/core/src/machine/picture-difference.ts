/** How far two pictures of a screen differ. */
import { type DecodedPng, decode } from 'fast-png';
import type { Area } from '../redirection/kvm/damage.ts';

/** How closely they are compared. */
export interface DifferenceOptions {
  /** How far red, green and blue may be off. @default 8, which is what is lost on a screen of 16 bits */
  readonly tolerance?: number;
  /** The part that is compared. @default all of it */
  readonly area?: Area;
}

/** What two pictures have apart. */
export interface PictureDifference {
  /** Of the pixels that were compared, those that differ; 1 where the pictures are not of one size. 0 to 1. */
  readonly share: number;
  readonly sameSize: boolean;
}

/** Compares two PNG files. @throws TypeError for what is no PNG, and for an area that is not in the picture */
export function pictureDifference(
  picture: Uint8Array,
  reference: Uint8Array,
  { tolerance = 8, area }: DifferenceOptions = {},
): PictureDifference {
  const [a, b] = [pixelsOf(picture, 'The picture'), pixelsOf(reference, 'The reference')];
  const { x, y, width, height } = area ?? { x: 0, y: 0, width: a.width, height: a.height };
  if (!(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= a.width && y + height <= a.height)) {
    throw new TypeError(`There is no area ${x},${y},${width},${height} in a picture of ${a.width} × ${a.height}.`);
  }
  if (a.width !== b.width || a.height !== b.height) return { share: 1, sameSize: false };
  let others = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const at = row * a.width + column;
      if (!alike(a.colour(at), b.colour(at), tolerance)) others++;
    }
  }
  return { share: others / (width * height), sameSize: true };
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB. */
  colour(at: number): number;
}

function pixelsOf(png: Uint8Array, what: string): Pixels {
  const { width, height, data, channels, depth, palette } = decoded(png, what);
  // Depths below eight have their pixels packed; screens and what people edit them with have no such files.
  if (depth < 8) throw new TypeError(`${what} has ${depth} bits for a colour: save it with 8.`);
  const shift = depth === 16 ? 8 : 0;
  const value = (at: number): number => (data[at] ?? 0) >> shift;
  return {
    width,
    height,
    colour: (at) => {
      if (palette !== undefined) {
        const [red = 0, green = 0, blue = 0] = palette[data[at] ?? 0] ?? [];
        return (red << 16) | (green << 8) | blue;
      }
      const from = at * channels;
      const grey = channels < 3;
      return (value(from) << 16) | (value(grey ? from : from + 1) << 8) | value(grey ? from : from + 2);
    },
  };
}

function decoded(png: Uint8Array, what: string): DecodedPng {
  try {
    return decode(png);
  } catch (error) {
    throw new TypeError(`${what} is no PNG: ${(error as Error).message}.`, { cause: error });
  }
}

function alike(a: number, b: number, tolerance: number): boolean {
  return (
    Math.abs((a >> 16) - (b >> 16)) <= tolerance &&
    Math.abs(((a >> 8) & 0xff) - ((b >> 8) & 0xff)) <= tolerance &&
    Math.abs((a & 0xff) - (b & 0xff)) <= tolerance
  );
}
