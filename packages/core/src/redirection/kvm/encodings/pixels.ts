/** The colours that pixels on the wire stand for, as words of a framebuffer: red, green, blue, 255 in memory. */
import type { PixelFormatName } from '../messages.ts';

/** Every pixel value of one format and its word. */
export interface PixelTable {
  /** 1, or 2 with the low byte first. */
  readonly bytesPerPixel: 1 | 2;
  /** Word by pixel value: 256, or 65,536 of them. */
  readonly words: Int32Array;
}

const made = new Map<PixelFormatName, PixelTable>();

/** The table of a format. Levels are spread over 0 to 255, so that white is white. */
export function pixelTable(format: PixelFormatName): PixelTable {
  const known = made.get(format);
  if (known !== undefined) return known;
  const table = tables[format]();
  made.set(format, table);
  return table;
}

const tables: Readonly<Record<PixelFormatName, () => PixelTable>> = {
  rgb565: () => table(2, (value) => [spread(value >> 11, 5), spread(value >> 5, 6), spread(value, 5)]),
  rgb332: () => table(1, (value) => [spread(value >> 5, 3), spread(value >> 2, 3), spread(value, 2)]),
  grey8: () => table(1, (value) => [value, value, value]),
  // The upper half of the byte means nothing.
  grey4: () => table(1, (value) => [spread(value, 4), spread(value, 4), spread(value, 4)]),
};

/** The lowest `bits` bits as a level of 0 to 255: the high bits once more behind them, rounded for less than four. */
function spread(value: number, bits: number): number {
  const max = (1 << bits) - 1;
  const level = value & max;
  return bits > 4 ? (level << (8 - bits)) | (level >> (2 * bits - 8)) : Math.round((level * 255) / max);
}

function table(
  bytesPerPixel: 1 | 2,
  colourOf: (value: number) => readonly [red: number, green: number, blue: number],
): PixelTable {
  const words = new Int32Array(1 << (8 * bytesPerPixel));
  const bytes = new Uint8Array(words.buffer);
  for (let value = 0; value < words.length; value++) bytes.set([...colourOf(value), 255], 4 * value);
  return { bytesPerPixel, words };
}
