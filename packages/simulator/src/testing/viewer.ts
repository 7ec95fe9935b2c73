/**
 * A viewer that trusts nothing: it reads updates strictly, inflating the stream as RFC 6143 says, and keeps the numbers of
 * the pixels as they came. It shares no code with what it reads.
 */
import { constants, inflateRawSync } from 'node:zlib';
import { type PixelFormat, PixelFormats, RFB_VERSION, rfbClientMessages, toHex } from '@amtkit/core/wire';
import type { SimulatorOptions } from '../simulator.ts';
import { BareScreen } from './bare-screen.ts';
import { desk, type RawConsole } from './redirection.ts';

/** A rectangle as it came. */
export interface SeenRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly encoding: number;
  /** Of ZRLE: how the tile is packed. */
  readonly subencoding?: number;
  /** Bytes of it, head and all. */
  readonly length: number;
}

/** How a viewer reads. */
export interface ViewerOptions {
  readonly encodings?: readonly number[];
  readonly format?: PixelFormat;
  /** How it takes rows of packed indexes to end. @default 'padded', as the RFC says */
  readonly rows?: 'padded' | 'continued';
}

/** Opens the channel and agrees on RFB; ServerInit comes last. @returns ServerInit */
export async function greet(console: RawConsole, version = '30 30 33 2e 30 30 38'): Promise<string> {
  await console.talk([
    ['C', '40 00 00 00 00 00 00 00'],
    ['F', `41 00 00 00 00 00 00 00 52 46 42 20 ${version} 0a`],
    ['C', toHex(new TextEncoder().encode(RFB_VERSION))],
    ['F', '01 01'],
    ['C', '01'],
    ['F', '00 00 00 00'],
    ['C', '01'],
  ]);
  return toHex(await console.take(40));
}

/** The viewer, once it is greeted. */
export class Viewer {
  readonly #console: RawConsole;
  readonly #rows: 'padded' | 'continued';
  readonly #encodings: readonly number[];
  #format: PixelFormat;
  #begun = false;
  /** What deflated pieces may refer to. */
  #window: Uint8Array = new Uint8Array(0);
  width: number;
  height: number;
  /** Numbers of the pixels, in the viewer's format. */
  pixels: Uint16Array;

  private constructor(console: RawConsole, [width, height]: readonly [number, number], options: ViewerOptions) {
    this.#console = console;
    this.#rows = options.rows ?? 'padded';
    this.#encodings = options.encodings ?? [16, 0, -223];
    this.#format = options.format ?? PixelFormats.rgb565;
    [this.width, this.height] = [width, height];
    this.pixels = new Uint16Array(width * height);
  }

  /** Greets, and says what it can. */
  static async open(console: RawConsole, options: ViewerOptions = {}): Promise<Viewer> {
    const init = Buffer.from((await greet(console)).replaceAll(' ', ''), 'hex');
    const viewer = new Viewer(console, [init.readUInt16BE(0), init.readUInt16BE(2)], options);
    await console.say(rfbClientMessages.encode({ type: 'SetEncodings', encodings: viewer.#encodings }));
    if (options.format !== undefined) await viewer.setFormat(options.format);
    return viewer;
  }

  async setFormat(format: PixelFormat): Promise<void> {
    this.#format = format;
    await this.#console.say(rfbClientMessages.encode({ type: 'SetPixelFormat', ...format }));
  }

  /** Asks for an area, the whole screen where none is given. */
  async ask(incremental: boolean, area: readonly number[] = [0, 0, this.width, this.height]): Promise<void> {
    const [x = 0, y = 0, width = 0, height = 0] = area;
    const request = { incremental: incremental ? 1 : 0, x, y, width, height };
    await this.#console.say(rfbClientMessages.encode({ type: 'FramebufferUpdateRequest', ...request }));
  }

  /** Takes the next update. @throws when what comes is none */
  async update(): Promise<readonly SeenRectangle[]> {
    const head = Buffer.from(await this.#console.take(4));
    if (head[0] !== 0 || head.length < 4) throw new Error(`No update: ${toHex(head)}`);
    const count = head.readUInt16BE(2);
    if (count === 0) throw new Error('An update without rectangles hangs consoles in the field.');
    const seen: SeenRectangle[] = [];
    for (let i = 0; i < count; i++) seen.push(await this.#rectangle());
    return seen;
  }

  /** Asks for all of it and takes it. */
  async refresh(): Promise<readonly SeenRectangle[]> {
    await this.ask(false);
    return await this.update();
  }

  async #rectangle(): Promise<SeenRectangle> {
    const head = Buffer.from(await this.#console.take(12));
    const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
    const encoding = head.readInt32BE(8);
    if (encoding === -223) {
      [this.width, this.height] = [width, height];
      this.pixels = new Uint16Array(width * height);
      return { x, y, width, height, encoding, length: 12 };
    }
    if (width > 64 || height > 64) throw new Error(`A rectangle of ${width} × ${height} ends consoles in the field.`);
    const bytes = this.#format.bitsPerPixel / 8;
    if (encoding === 0) {
      const data = await this.#console.take(width * height * bytes);
      this.#paint([x, y, width, height], this.#numbers(data, width * height));
      return { x, y, width, height, encoding, length: 12 + data.length };
    }
    if (encoding !== 16) throw new Error(`Encoding ${encoding} was not asked for.`);
    const length = Buffer.from(await this.#console.take(4)).readUInt32BE(0);
    const tile = this.#inflate(await this.#console.take(length));
    const [pixels, used] = this.#tile(tile, width, height);
    if (used !== tile.length) throw new Error(`A tile of ${used} bytes came in ${tile.length}.`);
    this.#paint([x, y, width, height], pixels);
    return { x, y, width, height, encoding, subencoding: tile[0] as number, length: 16 + length };
  }

  /** The pieces are one stream with one header, stored blocks and all; each of them can be read at once. */
  #inflate(piece: Uint8Array): Uint8Array {
    const header = Buffer.from(piece).readUInt16BE(0);
    if (!this.#begun && ((header & 0x0f00) !== 0x0800 || header % 31 !== 0)) throw new Error('No zlib header.');
    const options = { finishFlush: constants.Z_SYNC_FLUSH, dictionary: this.#window };
    const tile = inflateRawSync(piece.subarray(this.#begun ? 0 : 2), options);
    this.#begun = true;
    this.#window = Uint8Array.from(Buffer.concat([this.#window, tile]).subarray(-32_768));
    return Uint8Array.from(tile);
  }

  #tile(data: Uint8Array, width: number, height: number): [pixels: number[], used: number] {
    const size = width * height;
    const bytes = this.#format.bitsPerPixel / 8;
    const [kind] = data as unknown as [number];
    let at = 1;
    const take = (count: number) => {
      const taken = this.#numbers(data.subarray(at, at + count * bytes), count);
      at += count * bytes;
      return taken;
    };
    const runLength = () => {
      let length = 1;
      while (data[at] === 255) [length, at] = [length + 255, at + 1];
      return length + (data[at++] as number);
    };
    if (kind === 0) return [take(size), at];
    if (kind === 1) return [new Array<number>(size).fill(take(1)[0] as number), at];
    const pixels: number[] = [];
    if (kind <= 16) {
      const palette = take(kind);
      const bits = kind === 2 ? 1 : kind <= 4 ? 2 : 4;
      const text = [...data.subarray(at)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const stride = this.#rows === 'padded' ? Math.ceil((width * bits) / 8) * 8 : width * bits;
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const from = row * stride + column * bits;
          pixels.push(palette[Number.parseInt(text.slice(from, from + bits), 2)] as number);
        }
      }
      return [pixels, at + Math.ceil((stride * height) / 8)];
    }
    if (kind !== 128 && kind < 130) throw new Error(`There is no way ${kind} to pack a tile.`);
    const palette = kind === 128 ? [] : take(kind - 128);
    while (pixels.length < size) {
      const index = kind === 128 ? 128 : (data[at++] as number);
      const pixel = kind === 128 ? (take(1)[0] as number) : (palette[index & 127] as number);
      const length = index < 128 ? 1 : runLength();
      for (let i = 0; i < length; i++) pixels.push(pixel);
    }
    if (pixels.length > size) throw new Error('A run goes on behind the end of its tile.');
    return [pixels, at];
  }

  #numbers(data: Uint8Array, count: number): number[] {
    if (this.#format.bitsPerPixel === 8) return [...data.subarray(0, count)];
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    return Array.from({ length: count }, (_, i) => view.getUint16(2 * i, this.#format.bigEndian === 0));
  }

  #paint([x, y, width, height]: readonly [number, number, number, number], pixels: readonly number[]): void {
    if (x + width > this.width || y + height > this.height) throw new Error('A rectangle outside the screen.');
    for (let row = 0; row < height; row++) {
      this.pixels.set(pixels.slice(row * width, (row + 1) * width), (y + row) * this.width + x);
    }
  }
}

const RED = 0xff0000;
const GREEN = 0x00ff00;
/** The two tiles of a small screen. */
export const LEFT = { x: 0, y: 0, width: 64, height: 64 };
export const RIGHT = { x: 64, y: 0, width: 64, height: 64 };

/** A desk with a screen that is red on the left and green on the right. */
export async function withScreen(options: SimulatorOptions = {}) {
  const made = await desk(options);
  const screen = made.pc.screen as BareScreen;
  screen.fill(LEFT, RED);
  screen.fill(RIGHT, GREEN);
  return { ...made, screen };
}

/** The same with a viewer that is in, and a screen of another size if wanted. */
export async function viewing(
  options: SimulatorOptions = {},
  viewerOptions: ViewerOptions = {},
  size?: readonly number[],
) {
  const made = await withScreen(options);
  if (size !== undefined) {
    const [width = 0, height = 0] = size;
    made.pc.screen = new BareScreen(width, height);
  }
  const console = await made.enter('kvm');
  const viewer = await Viewer.open(console, viewerOptions);
  return { ...made, screen: made.pc.screen as BareScreen, console, viewer };
}

/** Paints something for every way to pack a tile: one colour, few, some, many, noise, short runs and long ones. */
export function paintTiles(screen: BareScreen, seed = 7): void {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const { width, height, pixels } = screen;
  const colours = [1, 2, 3, 4, 7, 16, 17, 60, 127, 128, 5000];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tile = (Math.floor(x / 64) + 3 * Math.floor(y / 64) + seed) % colours.length;
      const goesOn = tile % 2 === 0 && x % 64 > 0 && next() > 0.2;
      const colour = (Math.floor(next() * (colours[tile] as number)) * 2_654_435) & 0xffffff;
      pixels[y * width + x] = goesOn ? (pixels[y * width + x - 1] as number) : colour;
    }
  }
  screen.damage();
}
