/** MeshCentral's own screen decoder, as its web page loads it, on a canvas that keeps the pixels. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { PixelCanvas } from './pixel-canvas.ts';

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
  const canvas = new PixelCanvas(options.keep ?? true);
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
