/** The screens that decoders are measured with, as bytes. */
import {
  joined,
  type PictureName,
  picture,
  ScreenEncoder,
  shownPixels,
  type Tile,
  tileBytes,
  tilesOf,
  wirePixels,
} from '@amtkit/core/testing';
import { PixelFormats, serverInit } from '@amtkit/core/wire';

export const WIDTH = 1920;
export const HEIGHT = 1080;

export type Depth = 8 | 16;
export type Way = 'stored' | 'zlib';

/** One picture in one way, as updates to be read again and again. */
export interface Screen {
  readonly name: PictureName;
  readonly depth: Depth;
  readonly way: Way;
  /** Read once, in this order. */
  readonly first: readonly Uint8Array[];
  /** Read as often as one likes after them: what it refers back to is then the same every time. */
  readonly again: Uint8Array;
  /** What a screen shows, red, green, blue, 255. */
  readonly shown: Uint8ClampedArray;
}

/** A picture as the firmware sends it, in one way after the other. */
export async function* screensOf(name: PictureName, depth: Depth): AsyncGenerator<Screen> {
  const format = depth === 16 ? 'rgb565' : 'rgb332';
  const values = wirePixels(picture(name, WIDTH, HEIGHT), format);
  const shown = shownPixels(values, format);
  const tiles = tilesOf(values, WIDTH, HEIGHT);
  const contents = tiles.map((tile) => tileBytes(tile, depth / 8));
  for (const way of ['stored', 'zlib'] as const) {
    const encoder = new ScreenEncoder(format, way);
    const update = async (): Promise<Uint8Array> => {
      const parts: Uint8Array[] = [Uint8Array.of(0, 0, tiles.length >> 8, tiles.length & 255)];
      for (const [i, tile] of tiles.entries()) parts.push(await encoder.encoded(tile, contents[i] ?? [], way));
      return joined(parts);
    };
    // A window of 32 KiB is full of the same bytes after three of them, however small.
    yield { name, depth, way, shown, first: [await update(), await update(), await update()], again: await update() };
  }
}

/** A picture as ZRLE of 24 bits, one rectangle: what noVNC gets from other servers. */
export async function zrleOf(name: PictureName): Promise<Pick<Screen, 'first' | 'again'>> {
  const { rgb } = picture(name, WIDTH, HEIGHT);
  const values = Uint32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    return (rgb[3 * i] ?? 0) | ((rgb[3 * i + 1] ?? 0) << 8) | ((rgb[3 * i + 2] ?? 0) << 16);
  });
  const content = Uint8Array.from(tilesOf(values, WIDTH, HEIGHT).flatMap((tile: Tile) => tileBytes(tile, 3)));
  const encoder = new ScreenEncoder('rgb565', 'zlib');
  const piece = async (): Promise<Uint8Array> => {
    const bytes = await encoder.piece(content, 'zlib');
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    return joined([length, bytes]);
  };
  return { first: [await piece(), await piece()], again: await piece() };
}

/** What the firmware says before its first update, from the version on. */
export function greeting(width: number, height: number): Uint8Array {
  const name = new TextEncoder().encode('Intel(r) AMT KVM');
  const version = new TextEncoder().encode('RFB 003.008\n');
  const screen = serverInit.encode({ width, height, ...PixelFormats.rgb565, name });
  return joined([version, Uint8Array.of(1, 1, 0, 0, 0, 0), screen]);
}
