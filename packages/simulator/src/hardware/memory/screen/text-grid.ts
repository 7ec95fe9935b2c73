/** Letters in cells, with a cursor: what text modes and terminals keep. Understands what line editors send. [ECMA-48] */
import type { Canvas } from '../../../drawing/canvas.ts';
import { GLYPH } from '../../../drawing/font.ts';
import type { Area } from '../../screen.ts';

/** The sixteen colours of text modes. */
export const Colour = {
  black: 0x000000,
  blue: 0x0000aa,
  green: 0x00aa00,
  cyan: 0x00aaaa,
  red: 0xaa0000,
  magenta: 0xaa00aa,
  brown: 0xaa5500,
  grey: 0xaaaaaa,
  dark: 0x555555,
  brightBlue: 0x5555ff,
  brightGreen: 0x55ff55,
  brightCyan: 0x55ffff,
  brightRed: 0xff5555,
  brightMagenta: 0xff55ff,
  yellow: 0xffff55,
  white: 0xffffff,
} as const;

/** Colours of a letter and of what is behind it. */
export interface Ink {
  readonly ink: number;
  readonly paper: number;
}

/** What a PC prints in when nobody says otherwise. */
const PLAIN: Ink = { ink: Colour.grey, paper: Colour.black };

const BLANK = 0x20;

/** The grid. */
export class TextGrid {
  readonly columns: number;
  readonly rows: number;
  /** UTF-16. */
  readonly #letters: Uint16Array;
  /** Places in {@link #colours}. */
  readonly #inks: Uint8Array;
  readonly #colours: Ink[];
  /** Place of what is printed in. */
  #plain = 0;
  #row = 0;
  #column = 0;
  /** What came of an escape sequence so far. */
  #sequence: string | undefined;
  /** Rows that changed and were not told yet. */
  #changed: { from: number; to: number } | undefined;
  /** Told once for everything that was done at once: rows, counted from 0. */
  changed: ((from: number, to: number) => void) | undefined;

  constructor(columns: number, rows: number, plain: Ink = PLAIN) {
    [this.columns, this.rows] = [columns, rows];
    this.#letters = new Uint16Array(columns * rows).fill(BLANK);
    this.#inks = new Uint8Array(columns * rows);
    this.#colours = [plain];
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  /** Empty, in these colours from now on. */
  clear(plain?: Ink): void {
    if (plain !== undefined) this.#plain = this.#place(plain);
    this.#letters.fill(BLANK);
    this.#inks.fill(this.#plain);
    [this.#row, this.#column] = [0, 0];
    this.#mark(0, this.rows - 1);
    this.#tell();
  }

  /** Prints at the cursor. */
  print(text: string): void {
    for (const letter of text) this.#take(letter);
    this.#tell();
  }

  /** Writes somewhere else; the cursor stays. What does not fit on the line is cut off. */
  put(row: number, column: number, text: string, ink?: Ink): void {
    const place = ink === undefined ? this.#plain : this.#place(ink);
    const length = Math.min(text.length, this.columns - column);
    for (let i = 0, at = row * this.columns + column; i < length; i++, at++) {
      this.#letters[at] = text.charCodeAt(i);
      this.#inks[at] = place;
    }
    this.#mark(row, row);
    this.#tell();
  }

  /** Where the next letter goes. */
  moveTo(row: number, column: number): void {
    this.#mark(this.#row, this.#row);
    [this.#row, this.#column] = [clamp(row, this.rows), clamp(column, this.columns)];
    this.#mark(this.#row, this.#row);
    this.#tell();
  }

  /** A line as text, without the blanks at its end. */
  line(row: number): string {
    return String.fromCharCode(...this.#letters.subarray(row * this.columns, (row + 1) * this.columns)).trimEnd();
  }

  /** All of it as text. */
  get text(): string {
    return Array.from({ length: this.rows }, (_, row) => this.line(row)).join('\n');
  }

  /** Paints the cells with their upper left corner at x and y, in cells so many pixels wide, and the cursor if wanted. */
  paint(canvas: Canvas, { x, y }: { readonly x: number; readonly y: number }, width: number, cursor: boolean): void {
    const { height } = GLYPH;
    for (let row = 0; row < this.rows; row++) {
      const top = y + row * height;
      if (!canvas.touches({ x, y: top, width: width * this.columns, height })) continue;
      for (let column = 0; column < this.columns; column++) {
        const cell = { x: x + column * width, y: top, width, height };
        if (!canvas.touches(cell)) continue;
        const at = row * this.columns + column;
        const { ink, paper } = this.#colours[this.#inks[at] as number] as Ink;
        canvas.fill(cell, paper);
        const letter = this.#letters[at] as number;
        if (letter !== BLANK) canvas.letter(cell, String.fromCharCode(letter), ink);
      }
    }
    if (!cursor) return;
    const { ink } = this.#colours[this.#plain] as Ink;
    canvas.fill({ x: x + this.#column * width, y: y + this.#row * height + 13, width, height: 2 }, ink);
  }

  #take(letter: string): void {
    if (this.#sequence !== undefined) {
      this.#continue(letter);
      return;
    }
    this.#mark(this.#row, this.#row);
    switch (letter) {
      case '\r':
        this.#column = 0;
        break;
      case '\n':
        this.#feed();
        break;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        break;
      case '\t':
        this.#column = Math.min(this.columns - 1, this.#column - (this.#column % 8) + 8);
        break;
      case '\x1b':
        this.#sequence = '';
        break;
      default:
        if (letter >= ' ') this.#write(letter);
    }
    this.#mark(this.#row, this.#row);
  }

  #write(letter: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#feed();
    }
    const at = this.#row * this.columns + this.#column;
    this.#letters[at] = letter.charCodeAt(0);
    this.#inks[at] = this.#plain;
    this.#column++;
  }

  #feed(): void {
    if (this.#row < this.rows - 1) {
      this.#row++;
      return;
    }
    const last = this.columns * (this.rows - 1);
    this.#letters.copyWithin(0, this.columns).fill(BLANK, last);
    this.#inks.copyWithin(0, this.columns).fill(this.#plain, last);
    this.#mark(0, this.rows - 1);
  }

  /** One more character of an escape sequence. Those that are not known do nothing. */
  #continue(letter: string): void {
    const sequence = (this.#sequence ?? '') + letter;
    const unfinished = sequence === '[' || (sequence.startsWith('[') && !/[@-~]$/.test(letter));
    this.#sequence = unfinished && sequence.length < 32 ? sequence : undefined;
    if (this.#sequence !== undefined) return;
    if (sequence === '[2J') {
      this.#letters.fill(BLANK);
      this.#mark(0, this.rows - 1);
    } else if (sequence === '[H') {
      [this.#row, this.#column] = [0, 0];
    } else if (sequence === '[K') {
      const end = (this.#row + 1) * this.columns;
      this.#letters.fill(BLANK, end - this.columns + this.#column, end);
    }
    this.#mark(this.#row, this.#row);
  }

  #place(ink: Ink): number {
    const found = this.#colours.findIndex((each) => each.ink === ink.ink && each.paper === ink.paper);
    return found >= 0 ? found : this.#colours.push(ink) - 1;
  }

  #mark(from: number, to: number): void {
    const { from: first = from, to: last = to } = this.#changed ?? {};
    this.#changed = { from: Math.min(first, from), to: Math.max(last, to) };
  }

  #tell(): void {
    const { from, to } = this.#changed ?? { from: 0, to: -1 };
    this.#changed = undefined;
    if (from <= to) this.changed?.(from, to);
  }
}

/** Rows of a grid in pixels, where its upper left corner is at x and y. */
export function rowsArea(
  { columns }: TextGrid,
  [from, to]: readonly [number, number],
  { x, y }: { readonly x: number; readonly y: number },
  width: number,
): Area {
  return { x, y: y + from * GLYPH.height, width: columns * width, height: (to - from + 1) * GLYPH.height };
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(value, size - 1));
}
