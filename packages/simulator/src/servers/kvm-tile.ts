/**
 * One tile of the screen in the fewest bytes: a single colour, a palette, runs, or plain pixels. [RFC 6143 §7.7.6]
 * Which of them suits is found in one pass over the tile.
 */

/** Pixels of the largest tile. */
export const TILE_PIXELS = 64 * 64;
/** Bytes that the worst tile takes: a run for each of its pixels, of which plain pixels are always shorter. */
const TILE_BYTES = 1 + 2 * TILE_PIXELS;

/** Most colours in a palette with runs, and in one whose indexes are packed. */
const MOST_COLOURS = 127;
const MOST_PACKED = 16;

/** How rows of a packed palette end that do not fill their last byte: padded, run on into the next row, or never made. */
export type PackedRows = 'avoided' | 'padded' | 'continued';

/** A tile's pixels as numbers of the wire's format. */
export interface Tile {
  readonly pixels: Uint16Array;
  readonly width: number;
  readonly height: number;
}

/** How the numbers go on the wire. */
export interface TileFormat {
  readonly bytesPerPixel: 1 | 2;
  readonly bigEndian: boolean;
  readonly packedRows: PackedRows;
}

/** Encodes tiles, one after the other, into the same memory. */
export class TileEncoder {
  readonly #out = new Uint8Array(TILE_BYTES);
  /** Colour → its place in the palette, from 1. */
  readonly #places = new Uint8Array(65_536);
  readonly #palette = new Uint16Array(MOST_COLOURS);
  #length = 0;

  /** The encoded tile, valid until the next one. */
  encode(tile: Tile, format: TileFormat): Uint8Array {
    this.#length = 0;
    const counted = this.#count(tile);
    this.#choose(tile, format, counted);
    const kept = Math.min(counted.colours, MOST_COLOURS);
    for (let i = 0; i < kept; i++) this.#places[this.#palette[i] as number] = 0;
    return this.#out.subarray(0, this.#length);
  }

  /** The tile's pixels and nothing else, valid until the next one. */
  raw(tile: Tile, format: TileFormat): Uint8Array {
    this.#length = 0;
    this.#pixels(tile, format);
    return this.#out.subarray(0, this.#length);
  }

  #choose(tile: Tile, format: TileFormat, { colours, runs, singles, lengthBytes }: Counted): void {
    const bytes = format.bytesPerPixel;
    if (colours === 1 && runs === 1) {
      this.#byte(1);
      this.#pixel(tile.pixels[0] as number, format);
      return;
    }
    const few = colours <= MOST_COLOURS;
    const raw = tile.width * tile.height * bytes;
    const plain = runs * bytes + lengthBytes;
    // A run of one pixel is an index alone, without a length.
    const palette = few ? colours * bytes + runs + lengthBytes - singles : raw;
    const packed = colours * bytes + packedBytes(tile, colours, format.packedRows);
    const least = Math.min(raw, plain, palette, packed);
    if (packed === least) this.#packed(tile, format, colours);
    else if (few && palette === least) this.#paletteRuns(tile, format, colours);
    else if (plain === least) this.#plainRuns(tile, format);
    else this.#plain(tile, format);
  }

  /** Runs and colours. Of colours no more are counted than a palette may hold, and one. */
  #count({ pixels, width, height }: Tile): Counted {
    const end = width * height;
    let [colours, runs, singles, lengthBytes] = [0, 0, 0, 0];
    for (let from = 0; from < end; ) {
      const pixel = pixels[from] as number;
      let to = from + 1;
      while (to < end && pixels[to] === pixel) to++;
      runs++;
      lengthBytes += Math.floor((to - from - 1) / 255) + 1;
      if (to === from + 1) singles++;
      from = to;
      if (colours > MOST_COLOURS || this.#places[pixel] !== 0) continue;
      if (colours < MOST_COLOURS) {
        this.#palette[colours] = pixel;
        this.#places[pixel] = colours + 1;
      }
      colours++;
    }
    return { colours, runs, singles, lengthBytes };
  }

  #plain(tile: Tile, format: TileFormat): void {
    this.#byte(0);
    this.#pixels(tile, format);
  }

  #pixels({ pixels, width, height }: Tile, format: TileFormat): void {
    for (let i = 0; i < width * height; i++) this.#pixel(pixels[i] as number, format);
  }

  #packed({ pixels, width, height }: Tile, format: TileFormat, colours: number): void {
    this.#byte(colours);
    for (let i = 0; i < colours; i++) this.#pixel(this.#palette[i] as number, format);
    const bits = indexBits(colours);
    let [byte, filled] = [0, 0];
    for (let i = 0; i < width * height; i++) {
      byte = (byte << bits) | ((this.#places[pixels[i] as number] as number) - 1);
      filled += bits;
      const rowEnds = format.packedRows !== 'continued' && (i + 1) % width === 0;
      if (filled < 8 && !rowEnds) continue;
      this.#byte(byte << (8 - filled));
      [byte, filled] = [0, 0];
    }
    if (filled > 0) this.#byte(byte << (8 - filled));
  }

  #plainRuns(tile: Tile, format: TileFormat): void {
    this.#byte(128);
    this.#runs(tile, (pixel, length) => {
      this.#pixel(pixel, format);
      this.#runLength(length);
    });
  }

  #paletteRuns(tile: Tile, format: TileFormat, colours: number): void {
    this.#byte(128 + colours);
    for (let i = 0; i < colours; i++) this.#pixel(this.#palette[i] as number, format);
    this.#runs(tile, (pixel, length) => {
      const index = (this.#places[pixel] as number) - 1;
      this.#byte(length === 1 ? index : 128 + index);
      if (length > 1) this.#runLength(length);
    });
  }

  #runs({ pixels, width, height }: Tile, each: (pixel: number, length: number) => void): void {
    const end = width * height;
    for (let from = 0; from < end; ) {
      const pixel = pixels[from] as number;
      let to = from + 1;
      while (to < end && pixels[to] === pixel) to++;
      each(pixel, to - from);
      from = to;
    }
  }

  #runLength(length: number): void {
    let left = length - 1;
    for (; left >= 255; left -= 255) this.#byte(255);
    this.#byte(left);
  }

  #pixel(pixel: number, { bytesPerPixel, bigEndian }: TileFormat): void {
    if (bytesPerPixel === 1) this.#byte(pixel);
    else if (bigEndian) {
      this.#byte(pixel >> 8);
      this.#byte(pixel);
    } else {
      this.#byte(pixel);
      this.#byte(pixel >> 8);
    }
  }

  #byte(value: number): void {
    this.#out[this.#length++] = value;
  }
}

interface Counted {
  readonly colours: number;
  readonly runs: number;
  /** Runs of one pixel. */
  readonly singles: number;
  /** Bytes that the lengths of all runs take. */
  readonly lengthBytes: number;
}

function indexBits(colours: number): number {
  return colours === 2 ? 1 : colours <= 4 ? 2 : 4;
}

/** Bytes of packed indexes; none where they may not be used. */
function packedBytes({ width, height }: Tile, colours: number, rows: PackedRows): number {
  if (colours < 2 || colours > MOST_PACKED) return Number.POSITIVE_INFINITY;
  const bits = indexBits(colours);
  if ((width * bits) % 8 !== 0 && rows === 'avoided') return Number.POSITIVE_INFINITY;
  return rows === 'continued' ? Math.ceil((width * height * bits) / 8) : height * Math.ceil((width * bits) / 8);
}
