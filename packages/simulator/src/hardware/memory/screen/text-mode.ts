/** The text mode of every PC: 25 lines of 80 letters, 720 × 400. */
import type { Canvas } from '../../../drawing/canvas.ts';
import type { Area } from '../../screen.ts';
import type { KeyPress } from './keyboard.ts';
import type { Scene } from './scene.ts';
import { rowsArea, TextGrid } from './text-grid.ts';

/** Pixels of a cell's width: those of a letter and one more. */
const CELL = 9;
const ORIGIN = { x: 0, y: 0 };

/** A screen full of text. */
export class TextMode implements Scene {
  readonly mode = 'text';
  readonly width = 720;
  readonly height = 400;
  readonly grid = new TextGrid(80, 25);
  /** Whether the place of the next letter is shown. */
  cursor = true;
  damaged: ((area: Area) => void) | undefined;
  /** Who gets to know of keys. */
  typed: ((key: KeyPress) => void) | undefined;
  tickMs: number | undefined;
  tick: (() => void) | undefined;

  constructor() {
    this.grid.changed = (from, to) => this.damaged?.(rowsArea(this.grid, [from, to], ORIGIN, CELL));
  }

  paint(canvas: Canvas): void {
    this.grid.paint(canvas, ORIGIN, CELL, this.cursor);
  }

  key(key: KeyPress): void {
    this.typed?.(key);
  }
}
