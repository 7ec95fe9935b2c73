/**
 * A screen as firmware puts it on the wire: for tests of consoles and for measuring them. Written from the description
 * of the bytes and of nothing of ours, so that it may disagree with our decoder. Needs Node, for its zlib.
 */
import { constants, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import { joined } from './bytes.ts';
import type { Picture } from './pictures.ts';

/** The pixel formats of the firmware. */
export type WireFormat = 'rgb565' | 'rgb332' | 'grey8' | 'grey4';

/** `raw`: encoding 0. `stored` and `zlib`: encoding 16 with compression off and on. */
export type WireWay = 'raw' | 'stored' | 'zlib';

/** Kinds of tile inside encoding 16. */
export type TileKind = 'raw' | 'solid' | 'packed' | 'runs' | 'palette-runs';

/** Side of a tile; the last column and row are narrower. */
const TILE = 64;

/** Pixel values as the wire has them, in rows. */
export function wirePixels({ rgb }: Picture, format: WireFormat): Uint16Array {
  return Uint16Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(3 * i, 3 * i + 3);
    const grey = (77 * red + 150 * green + 29 * blue) >> 8;
    if (format === 'rgb565') return ((red >> 3) << 11) | ((green >> 2) << 5) | (blue >> 3);
    if (format === 'rgb332') return ((red >> 5) << 5) | ((green >> 5) << 2) | (blue >> 6);
    return format === 'grey8' ? grey : grey >> 4;
  });
}

/** What a console shows for these values: red, green, blue, 255, each level spread over 0 to 255. */
export function shownPixels(values: Uint16Array, format: WireFormat): Uint8ClampedArray {
  const shown = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, i) => {
    shown.set([...shownColour(value, format), 255], 4 * i);
  });
  return shown;
}

function shownColour(value: number, format: WireFormat): number[] {
  if (format === 'rgb565') {
    const [red, green, blue] = [(value / 2048) | 0, ((value / 32) | 0) % 64, value % 32];
    return [red * 8 + ((red / 4) | 0), green * 4 + ((green / 16) | 0), blue * 8 + ((blue / 4) | 0)];
  }
  if (format === 'rgb332') {
    const [red, green, blue] = [(value / 32) | 0, ((value / 4) | 0) % 8, value % 4];
    return [Math.round((red * 255) / 7), Math.round((green * 255) / 7), blue * 85];
  }
  const grey = format === 'grey8' ? value : value * 17;
  return [grey, grey, grey];
}

/** The pixels of one tile, in rows. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
}

/** The tiles of a screen, left to right and top to bottom. */
export function tilesOf(values: Uint16Array | Uint32Array, width: number, height: number): Tile[] {
  const tiles: Tile[] = [];
  for (let y = 0; y < height; y += TILE) {
    for (let x = 0; x < width; x += TILE) {
      const w = Math.min(TILE, width - x);
      const h = Math.min(TILE, height - y);
      const rows = Array.from({ length: h }, (_, row) => [...values.subarray((y + row) * width + x).subarray(0, w)]);
      tiles.push({ x, y, width: w, height: h, values: rows.flat() });
    }
  }
  return tiles;
}

/** Encodes the updates of one session. */
export class ScreenEncoder {
  readonly #format: WireFormat;
  readonly #way: WireWay;
  readonly #header: readonly number[];
  #deflater: DeflateRaw | undefined;
  #begun = false;

  /** @param header of the zlib stream, in front of its first piece. @default 78 01 */
  constructor(format: WireFormat, way: WireWay, header: readonly number[] = [0x78, 0x01]) {
    this.#format = format;
    this.#way = way;
    this.#header = header;
  }

  /** One update with these tiles, each in the smallest form of all or of `kind`. */
  async update(tiles: readonly Tile[], kind?: TileKind): Promise<Uint8Array> {
    const parts: Uint8Array[] = [Uint8Array.of(0, 0, ...u16(tiles.length))];
    for (const tile of tiles) parts.push(await this.rectangle(tile, kind));
    return joined(parts);
  }

  /** The whole of a picture as one update. */
  async picture(picture: Picture): Promise<Uint8Array> {
    return await this.update(tilesOf(wirePixels(picture, this.#format), picture.width, picture.height));
  }

  /** One rectangle. */
  async rectangle(tile: Tile, kind?: TileKind): Promise<Uint8Array> {
    const size = this.#format === 'rgb565' ? 2 : 1;
    if (this.#way === 'raw') return joined([head(tile, 0), Uint8Array.from(pixels(tile.values, size))]);
    return await this.encoded(tile, tileBytes(tile, size, kind), this.#way);
  }

  /** One rectangle whose tile was encoded before: that takes longer than all the rest. */
  async encoded(tile: Tile, content: readonly number[], way: 'stored' | 'zlib'): Promise<Uint8Array> {
    const piece = await this.piece(Uint8Array.from(content), way);
    return joined([head(tile, 16), Uint8Array.from(u32(piece.length)), piece]);
  }

  /** The next piece of the stream. What is stored is unknown to the deflater, as kinds are not mixed in one session. */
  async piece(content: Uint8Array, way: 'stored' | 'zlib'): Promise<Uint8Array> {
    const header = this.#begun ? [] : this.#header;
    this.#begun = true;
    const [low, high] = [content.length & 255, content.length >> 8];
    const block =
      way === 'stored' ? Uint8Array.of(0, low, high, low ^ 255, high ^ 255, ...content) : await this.#deflate(content);
    return joined([Uint8Array.from(header), block]);
  }

  async #deflate(content: Uint8Array): Promise<Uint8Array> {
    this.#deflater ??= createDeflateRaw({ level: 1 });
    const deflater = this.#deflater;
    const chunks: Uint8Array[] = [];
    const collect = (chunk: Uint8Array): void => void chunks.push(chunk);
    deflater.on('data', collect);
    await new Promise<void>((resolve) => {
      deflater.write(content);
      deflater.flush(constants.Z_SYNC_FLUSH, resolve);
    });
    deflater.off('data', collect);
    return joined(chunks);
  }
}

/** A tile inside the stream, in its smallest form or the one asked for. @param pixelSize bytes of a pixel, 1 to 3 */
export function tileBytes(tile: Tile, pixelSize: number, kind?: TileKind): number[] {
  const forms = [
    { kind: 'solid', bytes: solid(tile, pixelSize) },
    { kind: 'packed', bytes: packed(tile, pixelSize) },
    { kind: 'palette-runs', bytes: paletteRuns(tile, pixelSize) },
    { kind: 'runs', bytes: runs(tile, pixelSize) },
    { kind: 'raw', bytes: [0, ...pixels(tile.values, pixelSize)] },
  ];
  const possible = forms.flatMap((form) =>
    form.bytes !== undefined && (kind === undefined || form.kind === kind) ? [form.bytes] : [],
  );
  const [first, ...others] = possible;
  if (first === undefined) throw new TypeError(`This tile has no form ${kind}.`);
  return others.reduce((best, bytes) => (bytes.length < best.length ? bytes : best), first);
}

function head({ x, y, width, height }: Tile, encoding: number): Uint8Array {
  return Uint8Array.from([...[x, y, width, height].flatMap(u16), ...u32(encoding)]);
}

function solid({ values }: Tile, size: number): number[] | undefined {
  return new Set(values).size === 1 ? [1, ...pixels(values.slice(0, 1), size)] : undefined;
}

/** Where rows are no whole bytes, readers disagree; firmware is best not understood to send that. */
function packed({ values, width }: Tile, size: number): number[] | undefined {
  const palette = [...new Set(values)];
  const bits = palette.length === 2 ? 1 : palette.length <= 4 ? 2 : 4;
  if (palette.length < 2 || palette.length > 16 || (width * bits) % 8 !== 0) return undefined;
  const indexes = values.map((value) => palette.indexOf(value));
  return [palette.length, ...pixels(palette, size), ...packIndexes(indexes, bits)];
}

/** Indexes of `bits` bits, highest first; zeros fill the last byte. */
export function packIndexes(indexes: readonly number[], bits: number): number[] {
  const each = 8 / bits;
  return Array.from({ length: Math.ceil(indexes.length / each) }, (_, i) =>
    Array.from({ length: each }, (_, j) => (indexes[i * each + j] ?? 0) << (8 - bits * (j + 1))).reduce(
      (a, b) => a | b,
    ),
  );
}

function runs({ values }: Tile, size: number): number[] {
  return [128, ...runsOf(values).flatMap(({ value, length }) => [...pixels([value], size), ...runLength(length)])];
}

function paletteRuns({ values }: Tile, size: number): number[] | undefined {
  const palette = [...new Set(values)];
  if (palette.length < 2 || palette.length > 127) return undefined;
  const numbers = new Map(palette.map((value, i) => [value, i]));
  const codes = runsOf(values).flatMap(({ value, length }) => {
    const index = numbers.get(value) ?? 0;
    return length === 1 ? [index] : [index + 128, ...runLength(length)];
  });
  return [128 + palette.length, ...pixels(palette, size), ...codes];
}

function runsOf(values: readonly number[]): { value: number; length: number }[] {
  const found: { value: number; length: number }[] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last?.value === value) last.length++;
    else found.push({ value, length: 1 });
  }
  return found;
}

function runLength(length: number): number[] {
  return [...Array.from({ length: Math.floor((length - 1) / 255) }, () => 255), (length - 1) % 255];
}

function pixels(values: readonly number[], size: number): number[] {
  if (size === 1) return [...values];
  if (size === 2) return values.flatMap((value) => [value & 255, value >> 8]);
  return values.flatMap((value) => [value & 255, (value >> 8) & 255, value >> 16]);
}

function u16(value: number): [number, number] {
  return [value >> 8, value & 255];
}

function u32(value: number): number[] {
  return [...u16(Math.floor(value / 65536)), ...u16(value % 65536)];
}
