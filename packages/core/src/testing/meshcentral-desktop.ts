/** MeshCentral's own screen decoder, as its web page loads it, on a canvas that keeps the pixels. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

/** A decoder and what it shows. */
export interface MeshCentralDesktop {
  /** Bytes of the firmware, from the version on. */
  receive(chunk: Uint8Array): void;
  /** What it sent since it was last asked. */
  takeSent(): Uint8Array;
  /** It gave up. */
  readonly stopped: boolean;
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, 255, in rows. Empty with `keep: false`. */
  readonly pixels: Uint8ClampedArray;
}

/** How it is set up, in the words of its own script. */
export interface MeshCentralDesktopOptions {
  readonly bpp?: 1 | 2;
  readonly graymode?: boolean;
  readonly lowcolor?: boolean;
  /** Keep what is drawn; measuring leaves it out, as the canvas is not the decoder. @default true */
  readonly keep?: boolean;
}

/** The parts of its object that are used here; the rest belongs to its page. */
interface Desktop {
  parent: object;
  bpp: number;
  graymode: boolean;
  lowcolor: boolean;
  Start(): void;
  ProcessBinaryData(data: ArrayBuffer): void;
}

/** Loads the decoder from the package `meshcentral` in a `node_modules`. */
export function meshcentralDesktop(modules: string, options: MeshCentralDesktopOptions = {}): MeshCentralDesktop {
  const canvas = new Canvas(options.keep ?? true);
  const sent: string[] = [];
  let stopped = false;
  const context = createContext({
    ...{ console: { log: () => {} }, setTimeout, Date },
    Q: () => canvas,
    QS: () => ({}),
    ShortToStr: (value: number) => String.fromCharCode((value >> 8) & 255, value & 255),
    IntToStr: (value: number) =>
      String.fromCharCode((value >> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255),
  });
  for (const script of ['zlib', 'zlib-adler32', 'zlib-inflate', 'amt-desktop-0.0.2']) {
    const file = join(modules, 'meshcentral', 'public', 'scripts', `${script}.js`);
    runInContext(readFileSync(file, 'utf8'), context, { filename: file });
  }
  const desktop = runInContext('CreateAmtRemoteDesktop("screen")', context) as Desktop;
  const parent = { send: (text: string) => sent.push(text), Stop: () => (stopped = true), xxStateChange: () => {} };
  const { bpp = 2, graymode = false, lowcolor = false } = options;
  Object.assign(desktop, { parent, bpp, graymode, lowcolor, UnGrabMouseInput: () => {}, UnGrabKeyInput: () => {} });
  desktop.Start();
  return {
    receive: (chunk) => desktop.ProcessBinaryData(new Uint8Array(chunk).buffer),
    takeSent: () => Uint8Array.from(sent.splice(0).join(''), (character) => character.charCodeAt(0)),
    get stopped() {
      return stopped;
    },
    get width() {
      return canvas.width;
    },
    get height() {
      return canvas.height;
    },
    get pixels() {
      return canvas.pixels;
    },
  };
}

/** What the script does to a canvas: sets its size, puts tiles, fills areas. */
class Canvas {
  fillStyle = '';
  readonly style = {};
  pixels = new Uint8ClampedArray(0);
  readonly #keep: boolean;
  #width = 0;
  #height = 0;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** One object plays element, context and the context's way back to the element. */
  getContext(): this {
    return this;
  }

  get canvas(): this {
    return this;
  }

  get width(): number {
    return this.#width;
  }

  set width(width: number) {
    this.#resize(width, this.#height);
  }

  get height(): number {
    return this.#height;
  }

  set height(height: number) {
    this.#resize(this.#width, height);
  }

  createImageData(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData(image: { width: number; height: number; data: Uint8ClampedArray }, x: number, y: number): void {
    if (!this.#keep) return;
    for (let row = 0; row < image.height; row++) {
      const pixels = image.data.subarray(4 * row * image.width, 4 * (row + 1) * image.width);
      this.pixels.set(pixels, 4 * ((y + row) * this.#width + x));
    }
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const colour = /^rgb\((\d+),(\d+),(\d+)\)$/.exec(this.fillStyle)?.slice(1).map(Number);
    if (!this.#keep || colour === undefined) return;
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        this.pixels.set([...colour, 255], 4 * (row * this.#width + column));
      }
    }
  }

  #resize(width: number, height: number): void {
    [this.#width, this.#height] = [width, height];
    if (this.#keep) this.pixels = new Uint8ClampedArray(4 * width * height);
  }
}
