/**
 * The screen decoder of Device Management Toolkit's ui-toolkit, unmodified, on a canvas that keeps its pixels. It cannot log
 * in by itself: it expects a relay that has done so.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { PixelCanvas } from '@amtkit/core/testing';

/** The decoder and what it shows. */
export interface ToolkitDesktop {
  readonly canvas: PixelCanvas;
  /** Bytes of the firmware, from the version on. @throws what the decoder throws */
  receive(chunk: Uint8Array): void;
}

/** The parts of its module that are used here. */
interface Toolkit {
  AMTDesktop: new (context: PixelCanvas) => Desktop;
  DataProcessor: new (communicator: object, desktop: Desktop) => { processData(text: string): void };
}

interface Desktop {
  bpp: number;
  state: number;
  start(): void;
  onSend: (text: string) => void;
}

/** Loads it from a `node_modules`. @param send takes what it says */
export function toolkitDesktop(modules: string, bpp: 1 | 2, send: (bytes: Uint8Array) => void): ToolkitDesktop {
  const file = join(modules, '@device-management-toolkit', 'ui-toolkit', 'bundles', 'core.bundle.js');
  const module: { exports: Partial<Toolkit> } = { exports: {} };
  const page = { self: {}, module, exports: module.exports, setTimeout, console: { error() {}, log() {} } };
  vm.runInContext(readFileSync(file, 'utf8'), vm.createContext(page), { filename: file });
  const { AMTDesktop, DataProcessor } = module.exports as Toolkit;
  const canvas = new PixelCanvas();
  const desktop = new AMTDesktop(canvas);
  const say = (text: string) => send(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  Object.assign(desktop, { bpp, onSend: say });
  const processor = new DataProcessor({ send: say, onSendKvmData: () => {} }, desktop);
  desktop.start();
  return {
    canvas,
    receive: (chunk) => processor.processData(Buffer.from(chunk).toString('latin1')),
  };
}
