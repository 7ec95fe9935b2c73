/** Reads screens as a person does: the letters in the picture, wherever it came from. */
import { GLYPH, glyph } from '../drawing/font.ts';
import { type Area, areaOf, type Picture, pixelsOf, type Screen } from '../hardware/screen.ts';

/** Where letters stand. */
export interface Cells {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
  /** Pixels from one letter to the next. */
  readonly pitch: number;
}

/** All of a screen in text mode. */
export const TEXT_MODE: Cells = { x: 0, y: 0, columns: 80, rows: 25, pitch: 9 };

/** The terminal on the desktop, where it is before somebody drags it. */
export const TERMINAL: Cells = { x: 100, y: 140, columns: 80, rows: 24, pitch: 8 };

const LETTERS = new Map(
  [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)), ...'─│┌┐└┘├┤┬┴═║╔╗╚╝╟╢█'].map((letter) => [
    glyph(letter).join(),
    letter,
  ]),
);

/** The letters in these cells, a line for each row; ¿ where there is something else. */
export function lettersOf(picture: Picture, { x, y, columns, rows, pitch }: Cells): string {
  const pixels = pixelsOf(picture);
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const at = (y + row * GLYPH.height) * picture.width + x + column * pitch;
      const [paper] = [pixels[at]];
      const bits = Array.from({ length: GLYPH.height }, (_, line) => {
        let byte = 0;
        for (let dot = 0; dot < GLYPH.width; dot++) {
          byte |= pixels[at + line * picture.width + dot] === paper ? 0 : 0x80 >> dot;
        }
        return byte;
      });
      return LETTERS.get(bits.join()) ?? '¿';
    }).join(''),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** A copy of a screen, kept up to date by what the screen says of itself and nothing else. */
export async function mirror(screen: Screen) {
  const made = {
    width: screen.width,
    height: screen.height,
    pixels: pixelsOf(screen),
    damages: [] as Area[],
    resizes: 0,
    /** Whether the screen told of everything that changed. */
    get faithful() {
      return Buffer.compare(Buffer.from(made.pixels.buffer), Buffer.from(pixelsOf(screen).buffer)) === 0;
    },
    stop: () => {},
  };
  const copy = (area: Area) => {
    const part = new Uint32Array(area.width * area.height);
    screen.read(area, part);
    for (let row = 0; row < area.height; row++) {
      const at = (area.y + row) * made.width + area.x;
      made.pixels.set(part.subarray(row * area.width, (row + 1) * area.width), at);
    }
  };
  made.stop = await screen.watch({
    damaged(area) {
      made.damages.push(area);
      const { x, y } = area;
      const width = Math.min(area.width, made.width - x);
      copy({ x, y, width, height: Math.min(area.height, made.height - y) });
    },
    resized() {
      made.resizes++;
      [made.width, made.height] = [screen.width, screen.height];
      made.pixels = new Uint32Array(made.width * made.height);
      copy(areaOf(screen));
    },
  });
  copy(areaOf(screen));
  return made;
}
