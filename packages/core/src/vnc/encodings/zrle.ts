/** ZRLE: tiles of 64 × 64, each in its smallest form, in a zlib stream that spans the session. [RFC 6143 §7.7.6] */
import type { Deflater } from '../deflate.ts';
import { VncEncoding } from '../messages.ts';
import type { PixelWriter } from '../pixels.ts';
import type { Encoder } from './encoder.ts';
import { MAX_COLOURS, TILE, TileContent } from './tile.ts';

/** Bytes of the largest tile: its kind and 4096 pixels of four bytes. */
const MAX_TILE = 1 + TILE * TILE * 4;

/** For viewers far away. @param pixels compact ones */
export function zrleEncoder(pixels: PixelWriter, deflater: Deflater): Encoder {
  const tiles = new TileWriter(pixels);
  return {
    number: VncEncoding.ZRLE,
    maxColumns: Number.POSITIVE_INFINITY,
    maxRows: TILE,
    encode({ words, stride }, origin, width, height) {
      tiles.begin(Math.ceil(width / TILE) * Math.ceil(height / TILE));
      for (let y = 0; y < height; y += TILE) {
        for (let x = 0; x < width; x += TILE) {
          tiles.add(words, origin + y * stride + x, stride, Math.min(TILE, width - x), Math.min(TILE, height - y));
        }
      }
      const piece = deflater.deflate(tiles.bytes, tiles.length);
      const out = new Uint8Array(4 + piece.length);
      new DataView(out.buffer).setUint32(0, piece.length);
      out.set(piece, 4);
      return out;
    },
  };
}

/** Tiles one behind the other. */
class TileWriter {
  bytes = new Uint8Array(MAX_TILE);
  length = 0;
  readonly #pixels: PixelWriter;
  readonly #tile = new TileContent();

  constructor(pixels: PixelWriter) {
    this.#pixels = pixels;
  }

  /** Makes room for so many tiles. */
  begin(tiles: number): void {
    this.length = 0;
    if (this.bytes.length < tiles * MAX_TILE) this.bytes = new Uint8Array(tiles * MAX_TILE);
  }

  add(words: Int32Array, origin: number, stride: number, width: number, height: number): void {
    const tile = this.#tile;
    tile.read(words, origin, stride, width, height);
    const { colourCount: colours, runCount: runs } = tile;
    const size = this.#pixels.bytesPerPixel;
    const pixels = width * height;
    if (colours === 1) {
      this.#put(1);
      this.#putColours(tile.colours, 1);
      return;
    }
    let [longRuns, lengths] = [0, 0];
    for (let i = 0; i < runs; i++) {
      const length = tile.runLengths[i] as number;
      const bytes = 1 + Math.floor((length - 1) / 255);
      lengths += bytes;
      if (length > 1) longRuns += bytes;
    }
    const bits = colours === 2 ? 1 : colours <= 4 ? 2 : 4;
    const plain = runs * size + lengths;
    const palette = colours <= MAX_COLOURS ? colours * size + runs + longRuns : Number.POSITIVE_INFINITY;
    const packed = colours <= 16 ? colours * size + height * Math.ceil((width * bits) / 8) : Number.POSITIVE_INFINITY;
    const least = Math.min(pixels * size, plain, palette, packed);
    if (least === packed) this.#packed(bits);
    else if (least === palette) this.#paletteRuns();
    else if (least === plain) this.#runs();
    else this.#raw();
  }

  #put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  #putColours(words: Int32Array, count: number, from = 0): void {
    this.#pixels.write(this.bytes, this.length, words, from, count);
    this.length += count * this.#pixels.bytesPerPixel;
  }

  #raw(): void {
    this.#put(0);
    this.#putColours(this.#tile.words, this.#tile.width * this.#tile.height);
  }

  /** Rows are filled up to a byte. */
  #packed(bits: number): void {
    const { colours, colourCount, runColours, runLengths, runCount, width } = this.#tile;
    this.#put(colourCount);
    this.#putColours(colours, colourCount);
    let [byte, free, column] = [0, 8, 0];
    for (let run = 0; run < runCount; run++) {
      const colour = runColours[run] as number;
      for (let left = runLengths[run] as number; left > 0; left--) {
        free -= bits;
        byte |= colour << free;
        column++;
        if (free === 0 || column === width) {
          this.#put(byte);
          byte = 0;
          free = 8;
        }
        if (column === width) column = 0;
      }
    }
  }

  #runs(): void {
    const { runWords, runLengths, runCount } = this.#tile;
    this.#put(128);
    for (let run = 0; run < runCount; run++) {
      this.#putColours(runWords, 1, run);
      this.#putLength(runLengths[run] as number);
    }
  }

  #paletteRuns(): void {
    const { colours, colourCount, runColours, runLengths, runCount } = this.#tile;
    this.#put(128 + colourCount);
    this.#putColours(colours, colourCount);
    for (let run = 0; run < runCount; run++) {
      const length = runLengths[run] as number;
      const colour = runColours[run] as number;
      this.#put(length === 1 ? colour : 128 + colour);
      if (length > 1) this.#putLength(length);
    }
  }

  #putLength(length: number): void {
    let rest = length - 1;
    for (; rest >= 255; rest -= 255) this.#put(255);
    this.#put(rest);
  }
}
