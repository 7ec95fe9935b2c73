/** Two pictures, compared as closely as the pixels of a screen session allow. */
import { decode } from 'fast-png';

/** Red, green, blue and something for each pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: ArrayLike<number>;
}

/** How far a colour may be off, for red, green and blue: what is lost on the way to so many bits and back. */
const ROUNDING = { 16: [7, 3, 7], 8: [31, 31, 63] } as const;

/**
 * What of `shown` is not to be seen, as one sentence; `undefined` where all is.
 * @param bits of a pixel on its way
 */
export function difference(seen: Picture, shown: Picture, bits: keyof typeof ROUNDING = 16): string | undefined {
  if (seen.width !== shown.width || seen.height !== shown.height) {
    return `${seen.width} × ${seen.height} are to be seen, ${shown.width} × ${shown.height} are shown.`;
  }
  let wrong = 0;
  let first = -1;
  for (let at = 0; at < 4 * shown.width * shown.height; at += 4) {
    if (alike(seen.pixels, shown.pixels, at, ROUNDING[bits])) continue;
    if (first < 0) first = at;
    wrong++;
  }
  if (wrong === 0) return undefined;
  const [x, y] = [(first / 4) % shown.width, Math.floor(first / 4 / shown.width)];
  const colour = ({ pixels }: Picture) => [0, 1, 2].map((i) => pixels[first + i]).join(' ');
  return `${wrong} pixels are others, the first at ${x}, ${y}: ${colour(seen)} for ${colour(shown)}.`;
}

/** A picture of numbers 0xRRGGBB. */
export function pictureOf(width: number, height: number, colours: ArrayLike<number>): Picture {
  const pixels = new Uint8Array(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < width * height; from++, to += 4) {
    const colour = colours[from] as number;
    pixels[to] = colour >> 16;
    pixels[to + 1] = colour >> 8;
    pixels[to + 2] = colour;
  }
  return { width, height, pixels };
}

/** A picture out of a PNG of red, green and blue. */
export function pngPicture(png: Uint8Array): Picture {
  const { width, height, data, channels } = decode(png);
  if (channels !== 3) throw new TypeError(`A screenshot has three channels, not ${channels}.`);
  return pictureOf(
    width,
    height,
    Array.from({ length: width * height }, (_, at) => {
      const [red = 0, green = 0, blue = 0] = data.subarray(3 * at, 3 * at + 3);
      return (red << 16) | (green << 8) | blue;
    }),
  );
}

/** A picture in the format that QEMU dumps its screen in: colours of eight bits. */
export function ppmPicture(ppm: Uint8Array): Picture {
  const bytes = Buffer.from(ppm);
  const [head = '', width = '', height = ''] =
    /^P6\n(?:#.*\n)*(\d+) (\d+)\n255\n/.exec(bytes.toString('latin1', 0, 200)) ?? [];
  const count = Number(width) * Number(height);
  const colours = Array.from({ length: count }, (_, i) => bytes.readUIntBE(head.length + 3 * i, 3));
  return pictureOf(Number(width), Number(height), colours);
}

function alike(a: ArrayLike<number>, b: ArrayLike<number>, at: number, rounding: readonly number[]): boolean {
  for (let i = 0; i < 3; i++) {
    const off = (a[at + i] as number) - (b[at + i] as number);
    if (off > (rounding[i] as number) || -off > (rounding[i] as number)) return false;
  }
  return true;
}
