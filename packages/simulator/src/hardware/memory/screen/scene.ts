/** What the pretend PC can show: text, a splash, a desktop. A scene is painted where somebody looks, and nowhere else. */
import type { Canvas } from '../../../drawing/canvas.ts';
import type { Area } from '../../screen.ts';
import type { KeyPress } from './keyboard.ts';

/** A scene. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly mode: 'text' | 'graphics';
  /** Told of what changes; set by whoever shows it. */
  damaged?: ((area: Area) => void) | undefined;
  /** Paints what lies on the canvas. */
  paint(canvas: Canvas): void;
  key?(key: KeyPress): void;
  pointer?(x: number, y: number, buttons: number): void;
  /** Milliseconds until {@link tick} wants to be called, for scenes that move by themselves; asked only while somebody looks. */
  readonly tickMs?: number | undefined;
  /** Time went by. */
  readonly tick?: (() => void) | undefined;
}

/** A screen that is off. */
export class Darkness implements Scene {
  readonly mode = 'text';
  readonly width: number;
  readonly height: number;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    [this.width, this.height] = [width, height];
  }

  paint(canvas: Canvas): void {
    canvas.fill({ x: 0, y: 0, width: this.width, height: this.height }, 0);
  }
}
