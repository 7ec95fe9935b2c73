/** A part of a picture to paint on: whoever paints need not know which, what lies outside costs next to nothing. */
import { type Area, shared } from '../hardware/screen.ts';
import { GLYPH, glyph } from './font.ts';

/** How letters are drawn. */
export interface TextStyle {
  /** 0xRRGGBB. */
  readonly ink: number;
  /** Behind the letters; without it what is there shows through. */
  readonly paper?: number;
  /** Every dot is a square of so many pixels. @default 1 */
  readonly scale?: number;
}

/** The canvas. */
export class Canvas {
  readonly #area: Area;
  readonly #pixels: Uint32Array;

  /** @param area of the picture, row by row in `pixels` */
  constructor(area: Area, pixels: Uint32Array) {
    this.#area = area;
    this.#pixels = pixels;
  }

  /** Whether any of an area is here. */
  touches(area: Area): boolean {
    return shared(area, this.#area) !== undefined;
  }

  fill(area: Area, colour: number): void {
    const part = shared(area, this.#area);
    if (part === undefined) return;
    for (let y = part.y; y < part.y + part.height; y++) {
      const at = this.#at(part.x, y);
      this.#pixels.fill(colour, at, at + part.width);
    }
  }

  /** A line around, on the inside. */
  outline({ x, y, width, height }: Area, colour: number): void {
    this.fill({ x, y, width, height: 1 }, colour);
    this.fill({ x, y: y + height - 1, width, height: 1 }, colour);
    this.fill({ x, y, width: 1, height }, colour);
    this.fill({ x: x + width - 1, y, width: 1, height }, colour);
  }

  /** A colour for every pixel. */
  shade(area: Area, colour: (x: number, y: number) => number): void {
    const part = shared(area, this.#area);
    if (part === undefined) return;
    for (let y = part.y; y < part.y + part.height; y++) {
      const at = this.#at(part.x, y) - part.x;
      for (let x = part.x; x < part.x + part.width; x++) this.#pixels[at + x] = colour(x, y);
    }
  }

  /** One line of letters. */
  text(x: number, y: number, text: string, { ink, paper, scale = 1 }: TextStyle): void {
    const [wide, high] = [GLYPH.width * scale, GLYPH.height * scale];
    const area = { x, y, width: wide * text.length, height: high };
    if (!this.touches(area)) return;
    if (paper !== undefined) this.fill(area, paper);
    for (let i = 0; i < text.length; i++) {
      const letter = text[i] as string;
      const cell = { x: x + i * wide, y, width: wide, height: high };
      if (letter !== ' ' && this.touches(cell)) this.bitmap(cell.x, y, glyph(letter), ink, scale);
    }
  }

  /** A letter in a cell that may be a pixel wider: lines of a frame go on to its end. */
  letter({ x, y, width }: Area, letter: string, ink: number): void {
    const rows = glyph(letter);
    this.bitmap(x, y, rows, ink);
    if (width <= GLYPH.width || letter < '─') return;
    for (let row = 0; row < rows.length; row++) {
      if (((rows[row] as number) & 1) !== 0) this.fill({ x: x + GLYPH.width, y: y + row, width: 1, height: 1 }, ink);
    }
  }

  /** Rows of eight dots, the leftmost in the highest bit. */
  bitmap(x: number, y: number, rows: ArrayLike<number>, ink: number, scale = 1): void {
    for (let row = 0; row < rows.length; row++) {
      for (let bits = rows[row] as number, column = 0; bits !== 0; bits = (bits << 1) & 0xff, column++) {
        if ((bits & 0x80) === 0) continue;
        this.fill({ x: x + column * scale, y: y + row * scale, width: scale, height: scale }, ink);
      }
    }
  }

  #at(x: number, y: number): number {
    return (y - this.#area.y) * this.#area.width + (x - this.#area.x);
  }
}
