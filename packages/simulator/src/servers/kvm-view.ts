/**
 * What a console gets to see: the PC's screen, halved where it is too large, and in its place the form for the code while
 * the person at the machine has not agreed. [REDIR §KVM 8, 13]
 */
import { type Area, areaOf, type Picture, type Screen, type ScreenWatcher } from '../hardware/screen.ts';

/** Halving: never, where the screen is larger than full HD, or always. The order is the number on the wire, from 1. */
export const DECIMATIONS = ['off', 'auto', 'on'] as const;

/** One of them. */
export type Decimation = (typeof DECIMATIONS)[number];

/** Pixels of full HD. */
const FULL_HD = 1920 * 1080;

/** The view of one session. */
export class KvmView implements Picture {
  readonly #screen: Screen;
  readonly #watcher: ScreenWatcher;
  #decimation: Decimation;
  #cover: Picture | undefined;
  /** Whether nothing can be captured, and black is sent in its place. */
  black = false;
  /** Rows of the screen that become one row of the view. */
  #source = new Uint32Array(0);

  constructor(screen: Screen, watcher: ScreenWatcher, decimation: Decimation) {
    this.#screen = screen;
    this.#watcher = watcher;
    this.#decimation = decimation;
  }

  /** Looks at the screen from now on, until the returned function is called. */
  async open(): Promise<() => void> {
    const { damaged, resized } = this.#watcher;
    return await this.#screen.watch({
      damaged: (area) => {
        if (this.#cover === undefined) damaged(this.halved ? halvedArea(area) : area);
      },
      resized: () => resized(),
    });
  }

  get width(): number {
    return this.halved ? this.#screen.width >> 1 : this.#screen.width;
  }

  get height(): number {
    return this.halved ? this.#screen.height >> 1 : this.#screen.height;
  }

  /** Whether two rows and columns of the screen are one here. */
  get halved(): boolean {
    const { width, height } = this.#screen;
    return this.#decimation === 'on' || (this.#decimation === 'auto' && width * height > FULL_HD);
  }

  get decimation(): Decimation {
    return this.#decimation;
  }

  set decimation(decimation: Decimation) {
    const before = this.halved;
    this.#decimation = decimation;
    if (before !== this.halved) this.#watcher.resized();
  }

  /** Shows something else in the place of the screen, or the screen again. */
  cover(picture: Picture | undefined): void {
    this.#cover = picture;
    this.#watcher.damaged(areaOf(this));
  }

  read(area: Area, into: Uint32Array): void {
    if (this.#cover !== undefined) this.#cover.read(area, into);
    else if (this.black) into.fill(0, 0, area.width * area.height);
    else if (this.halved) this.#readHalved(area, into);
    else this.#screen.read(area, into);
  }

  /** Where a point of the view is on the screen. */
  pointer(x: number, y: number, buttons: number): void {
    const scale = this.halved ? 2 : 1;
    const at = (value: number, size: number) => Math.max(0, Math.min(value * scale, size - 1));
    this.#screen.pointer(at(x, this.#screen.width), at(y, this.#screen.height), buttons);
  }

  /** Four pixels are one: the mean of their colours. */
  #readHalved({ x, y, width, height }: Area, into: Uint32Array): void {
    const wide = 2 * width;
    if (this.#source.length < 2 * wide * height) this.#source = new Uint32Array(2 * wide * height);
    const source = this.#source;
    this.#screen.read({ x: 2 * x, y: 2 * y, width: wide, height: 2 * height }, source);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = 2 * row * wide + 2 * column;
        const four = [source[at], source[at + 1], source[at + wide], source[at + wide + 1]] as number[];
        into[row * width + column] = mean(four, 16) | mean(four, 8) | mean(four, 0);
      }
    }
  }
}

function mean(pixels: readonly number[], shift: number): number {
  const sum = pixels.reduce((total, pixel) => total + ((pixel >> shift) & 255), 0);
  return (sum >> 2) << shift;
}

function halvedArea({ x, y, width, height }: Area): Area {
  const [left, top] = [x >> 1, y >> 1];
  return { x: left, y: top, width: ((x + width + 1) >> 1) - left, height: ((y + height + 1) >> 1) - top };
}
