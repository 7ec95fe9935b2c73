/** What a system with a desktop shows on a display beside the first: its wallpaper, and where the pointer is. */
import type { Canvas } from '../../../drawing/canvas.ts';
import type { Area } from '../../screen.ts';
import type { Scene } from './scene.ts';

/** Pixels of the second display, whatever is on it. */
export const SECOND_SIZE = { width: 1280, height: 1024 } as const;

const TOP = { red: 0x1c, green: 0x2b, blue: 0x3f };
const INK = 0xffffff;
const DIM = 0x9aa4b8;

/** Where the pointer is told. */
const NOTE: Area = { x: 48, y: 96, width: 480, height: 16 };

/** The desktop's part of it. */
export class SecondDesktop implements Scene {
  readonly mode = 'graphics';
  readonly width = SECOND_SIZE.width;
  readonly height = SECOND_SIZE.height;
  damaged: ((area: Area) => void) | undefined;
  readonly #name: string;
  #note = 'No pointer was here yet';

  /** @param name of the system */
  constructor(name: string) {
    this.#name = name;
  }

  pointer(x: number, y: number, buttons: number): void {
    this.#note = `Pointer at ${x},${y}${buttons === 0 ? '' : ', pressed'}`;
    this.damaged?.(NOTE);
  }

  paint(canvas: Canvas): void {
    canvas.shade({ x: 0, y: 0, width: this.width, height: this.height }, evening);
    canvas.text(48, 32, `${this.#name}, display 2`, { ink: INK, scale: 2 });
    canvas.text(NOTE.x, NOTE.y, this.#note, { ink: DIM });
  }
}

/** Lighter from row to row. */
function evening(_x: number, y: number): number {
  const step = y >> 4;
  return ((TOP.red + step) << 16) | ((TOP.green + step) << 8) | (TOP.blue + step);
}
