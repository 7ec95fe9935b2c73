/** Raw: pixels in rows, no padding. [RFC 6143 §7.7.1] Encoding 0, and tiles that nothing else would make smaller. */
import type { Canvas, Decoder } from './decoder.ts';
import type { PixelTable } from './pixels.ts';

/** Rows of tiles: rows are painted together up to the end of one, so that cells of the screen are painted whole. */
const BAND = 64;

/** Rectangles of any size; the firmware sends tiles here, too. */
export function rawDecoder(canvas: Canvas): Decoder {
  let [left, top, columns, rows, band] = [0, 0, 0, 0, 0];
  const next = (): number => {
    band = Math.min(rows, BAND - (top % BAND));
    return band * columns * canvas.colours.bytesPerPixel;
  };
  return {
    begin(x, y, width, height) {
      [left, top, columns, rows] = [x, y, width, height];
      return next();
    },
    take(bytes, at) {
      const { words, width } = canvas.framebuffer;
      paintRaw(canvas.colours, bytes, at, words, top * width + left, width, columns, band);
      canvas.framebuffer.painted(left, top, columns, band);
      top += band;
      rows -= band;
      return next();
    },
  };
}

/**
 * Paints rows of pixels.
 * @param at of the first byte; width × height pixels lie behind it
 * @param words of the framebuffer, `stride` of them a row, the first of these pixels at `origin`
 */
export function paintRaw(
  { bytesPerPixel, words: colours }: PixelTable,
  bytes: Uint8Array,
  at: number,
  words: Int32Array,
  origin: number,
  stride: number,
  width: number,
  height: number,
): void {
  const last = origin + height * stride;
  let from = at;
  if (bytesPerPixel === 2) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let row = origin; row < last; row += stride) {
      const end = row + width;
      for (let to = row; to < end; to++, from += 2) words[to] = colours[view.getUint16(from, true)] as number;
    }
  } else {
    for (let row = origin; row < last; row += stride) {
      const end = row + width;
      for (let to = row; to < end; to++, from++) words[to] = colours[bytes[from] as number] as number;
    }
  }
}
