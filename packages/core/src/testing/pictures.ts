/** Pictures as screens show them, the same every time: for tests of what carries a screen, and for measuring it. */
import { seededRandom } from '../transport/faulty.ts';

/** Red, green and blue of every pixel, in rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** What is on the screen: text on black, panels of a BIOS, windows over a gradient, a photograph, nothing at all. */
export type PictureName = keyof typeof painters;

type Colour = readonly [red: number, green: number, blue: number];

/** The picture of this name and size. */
export function picture(name: PictureName, width: number, height: number): Picture {
  const canvas = new Canvas(width, height);
  painters[name](canvas, seededRandom(7));
  return canvas;
}

const painters = {
  solid: (canvas: Canvas): void => canvas.fill(0, 0, canvas.width, canvas.height, [0, 0, 128]),
  console: paintConsole,
  bios: paintBios,
  desktop: paintDesktop,
  photo: paintPhoto,
} as const;

class Canvas implements Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(3 * width * height);
  }

  set(x: number, y: number, colour: Colour): void {
    if (x >= 0 && y >= 0 && x < this.width && y < this.height) this.rgb.set(colour, 3 * (y * this.width + x));
  }

  fill(x: number, y: number, width: number, height: number, colour: Colour): void {
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) this.set(column, row, colour);
    }
  }

  /** A line of made-up letters in cells of 8 × 16. `smooth`: with half-tones at their edges, as desktops draw them. */
  text(x: number, y: number, letters: number, [ink, paper]: readonly [Colour, Colour], random: () => number): void {
    for (let letter = 0; letter < letters; letter++) {
      if (random() < 0.18) continue;
      this.#letter(x + 8 * letter, y, Math.floor(random() * 40), ink, paper);
    }
  }

  smoothText(x: number, y: number, letters: number, [ink, paper]: readonly [Colour, Colour], random: () => number) {
    this.text(x, y, letters, [ink, paper], random);
    const half = ink.map((level, i) => Math.round((level + 2 * (paper[i] ?? 0)) / 3));
    for (let row = y; row < Math.min(y + 16, this.height); row++) {
      for (let column = x + 1; column < Math.min(x + 8 * letters, this.width); column++) {
        const at = 3 * (row * this.width + column);
        const isEdge = this.rgb[at] === paper[0] && this.rgb[at - 3] === ink[0] && this.rgb[at - 2] === ink[1];
        if (isEdge) this.rgb.set(half, at);
      }
    }
  }

  /** Strokes that depend on the letter's number only. */
  #letter(x: number, y: number, letter: number, ink: Colour, paper: Colour): void {
    this.fill(x, y, 8, 16, paper);
    const shape = (letter * 2654435761) >>> 0;
    if (shape & 1) this.fill(x + 1, y + 3, 1, 10, ink);
    if (shape & 2) this.fill(x + 5, y + 3, 1, 10, ink);
    if (shape & 4) this.fill(x + 1, y + 3, 5, 1, ink);
    if (shape & 8) this.fill(x + 1, y + 7, 5, 1, ink);
    if (shape & 16) this.fill(x + 1, y + 12, 5, 1, ink);
    if (shape & 32) for (let i = 0; i < 5; i++) this.set(x + 1 + i, y + 4 + i, ink);
    if (shape & 64) for (let i = 0; i < 5; i++) this.set(x + 5 - i, y + 8 + i, ink);
    this.fill(x + 3, y + 7, 2, 2, ink);
  }
}

function paintConsole(canvas: Canvas, random: () => number): void {
  const colours = [
    [170, 170, 170],
    [0, 0, 0],
  ] as const;
  for (let y = 0; y < canvas.height; y += 16) {
    if (random() < 0.25) continue;
    canvas.text(0, y, Math.floor((random() * canvas.width) / 10), colours, random);
  }
}

function paintBios(canvas: Canvas, random: () => number): void {
  const { width, height } = canvas;
  const [blue, white, yellow, grey]: readonly Colour[] = [
    [0, 0, 170],
    [255, 255, 255],
    [255, 255, 85],
    [170, 170, 170],
  ];
  if (blue === undefined || white === undefined || yellow === undefined || grey === undefined) return;
  canvas.fill(0, 0, width, height, blue);
  canvas.fill(0, 0, width, 32, grey);
  canvas.text(16, 8, Math.floor(width / 16), [blue, grey], random);
  const split = Math.floor(width * 0.68);
  canvas.fill(split, 32, 2, height - 64, white);
  canvas.fill(8, 40, width - 16, 2, white);
  for (let y = 64; y < height - 64; y += 16) {
    canvas.text(24, y, Math.floor(split / 22), [white, blue], random);
    canvas.text(24 + Math.floor(split / 2), y, Math.floor(split / 30), [yellow, blue], random);
    if (random() < 0.5) canvas.text(split + 16, y, Math.floor((width - split) / 12), [grey, blue], random);
  }
}

function paintDesktop(canvas: Canvas, random: () => number): void {
  const { width, height } = canvas;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      canvas.set(x, y, [
        20 + Math.floor((60 * x) / width),
        60 + Math.floor((80 * y) / height),
        120 + Math.floor((60 * (x + y)) / (width + height)),
      ]);
    }
  }
  canvas.fill(0, height - 40, width, 40, [32, 32, 36]);
  canvas.smoothText(
    12,
    height - 28,
    20,
    [
      [230, 230, 230],
      [32, 32, 36],
    ] as const,
    random,
  );
  for (const [left, top] of [
    [0.06, 0.08],
    [0.42, 0.3],
  ] as const) {
    const [x, y] = [Math.floor(width * left), Math.floor(height * top)];
    const [w, h] = [Math.floor(width * 0.5), Math.floor(height * 0.55)];
    canvas.fill(x, y, w, h, [252, 252, 252]);
    canvas.fill(x, y, w, 30, [60, 90, 160]);
    canvas.smoothText(
      x + 10,
      y + 7,
      30,
      [
        [255, 255, 255],
        [60, 90, 160],
      ] as const,
      random,
    );
    for (let row = y + 44; row < y + h - 20; row += 19) {
      const letters = Math.floor(((0.3 + 0.6 * random()) * w) / 8);
      canvas.smoothText(
        x + 14,
        row,
        letters,
        [
          [30, 30, 30],
          [252, 252, 252],
        ] as const,
        random,
      );
    }
  }
}

/** Slow waves of colour under noise: nothing repeats, as in a photograph. */
function paintPhoto(canvas: Canvas, random: () => number): void {
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const wave = (a: number, b: number): number => 112 + 90 * Math.sin(x / a + y / b) + 32 * random();
      canvas.set(x, y, [wave(210, 330), wave(370, 190), wave(150, 410)]);
    }
  }
}

/** How many pixels of two screens differ; all of the larger one where their sizes do. */
export function wrongPixels(shown: Uint8ClampedArray, expected: Uint8ClampedArray): number {
  if (shown.length !== expected.length) return Math.max(shown.length, expected.length) / 4;
  const [a, b] = [shown, expected].map((pixels) => new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4));
  let wrong = 0;
  for (let i = 0; i < shown.length / 4; i++) if (a?.[i] !== b?.[i]) wrong++;
  return wrong;
}
