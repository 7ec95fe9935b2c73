/** Pixels as a console wants them: any colours in 8 or 16 bits, or shades of grey. [RFC 6143 §7.4] [REDIR §KVM 3.5] */
import type { PixelFormat } from '@amtkit/core/wire';

/** Turns colours 0xRRGGBB into the numbers of one format. */
export class PixelPacker {
  /** On the wire. */
  readonly bytesPerPixel: 1 | 2;
  readonly bigEndian: boolean;
  readonly #red: Uint16Array;
  readonly #green: Uint16Array;
  readonly #blue: Uint16Array;
  readonly #grey: Uint16Array | undefined;

  /** @param format one that {@link servable} accepts */
  constructor(format: PixelFormat) {
    this.bytesPerPixel = format.bitsPerPixel === 8 ? 1 : 2;
    this.bigEndian = format.bigEndian !== 0;
    this.#red = levels(format.redMax, format.redShift);
    this.#green = levels(format.greenMax, format.greenShift);
    this.#blue = levels(format.blueMax, format.blueShift);
    this.#grey = isGrey(format) ? this.#red : undefined;
  }

  /** Packs the first `count` pixels. */
  pack(pixels: Uint32Array, into: Uint16Array, count: number): void {
    const [red, green, blue, grey] = [this.#red, this.#green, this.#blue, this.#grey];
    for (let i = 0; i < count; i++) {
      const pixel = pixels[i] as number;
      const [r, g, b] = [(pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255];
      into[i] =
        grey === undefined
          ? (red[r] as number) | (green[g] as number) | (blue[b] as number)
          : (grey[(77 * r + 150 * g + 29 * b) >> 8] as number);
    }
  }
}

/** Shades instead of colours: only the first of the three levels is there. AMT 16 and later know it. */
export function isGrey({ redMax, greenMax, blueMax }: PixelFormat): boolean {
  return redMax > 0 && greenMax === 0 && blueMax === 0;
}

/** Whether firmware can serve a format at all: 8 or 16 bits, no palette, levels that fit. */
export function servable(format: PixelFormat): boolean {
  const { bitsPerPixel, trueColour } = format;
  if ((bitsPerPixel !== 8 && bitsPerPixel !== 16) || trueColour === 0) return false;
  const top = 2 ** bitsPerPixel;
  const { redMax, greenMax, blueMax, redShift, greenShift, blueShift } = format;
  return redMax * 2 ** redShift < top && greenMax * 2 ** greenShift < top && blueMax * 2 ** blueShift < top;
}

/** What each of 256 levels of one colour becomes, its low bits cut off. */
function levels(max: number, shift: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, level) => Math.floor((level * (max + 1)) / 256) << shift);
}
