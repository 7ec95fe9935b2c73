/** Raw: pixels in rows. [RFC 6143 §7.7.1] */
import { VncEncoding } from '../messages.ts';
import type { PixelWriter } from '../pixels.ts';
import type { Encoder } from './encoder.ts';

/** For viewers near by, and for those that know nothing else. */
export function rawEncoder(pixels: PixelWriter): Encoder {
  return {
    number: VncEncoding.Raw,
    maxColumns: Number.POSITIVE_INFINITY,
    // As a tile: memory for more at once costs more to have and to let go than heads of rectangles do.
    maxRows: 64,
    encode({ words, stride }, origin, width, height) {
      const rowBytes = width * pixels.bytesPerPixel;
      const out = new Uint8Array(rowBytes * height);
      for (let row = 0; row < height; row++) pixels.write(out, row * rowBytes, words, origin + row * stride, width);
      return out;
    },
  };
}
