/** A screen that a test paints itself, and remembers what was pressed. */
import { type Area, areaOf, type Screen, type ScreenWatcher } from '../hardware/screen.ts';

/** The screen. */
export class BareScreen implements Screen {
  width: number;
  height: number;
  mode: 'text' | 'graphics' = 'graphics';
  /** 0xRRGGBB, row by row. Whoever changes it says so with {@link damage}. */
  pixels: Uint32Array;
  /** Keys and the pointer, as `+04` and `-04`, `10,20 1`. */
  readonly input: string[] = [];
  readonly #watchers = new Set<ScreenWatcher>();

  constructor(width: number, height: number) {
    [this.width, this.height] = [width, height];
    this.pixels = new Uint32Array(width * height);
  }

  /** How many look. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** Fills an area, and says so. */
  fill(area: Area, colour: number): void {
    for (let row = area.y; row < area.y + area.height; row++) {
      this.pixels.fill(colour, row * this.width + area.x, row * this.width + area.x + area.width);
    }
    this.damage(area);
  }

  /** Says that an area was painted. */
  damage(area: Area = areaOf(this)): void {
    for (const watcher of [...this.#watchers]) watcher.damaged(area);
  }

  /** Black, of another size. */
  resize(width: number, height: number): void {
    [this.width, this.height] = [width, height];
    this.pixels = new Uint32Array(width * height);
    for (const watcher of [...this.#watchers]) watcher.resized();
  }

  read({ x, y, width, height }: Area, into: Uint32Array): void {
    for (let row = 0; row < height; row++) {
      const at = (y + row) * this.width + x;
      into.set(this.pixels.subarray(at, at + width), row * width);
    }
  }

  async watch(watcher: ScreenWatcher): Promise<() => void> {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  key(usage: number, pressed: boolean): void {
    this.input.push(`${pressed ? '+' : '-'}${usage.toString(16).padStart(2, '0')}`);
  }

  pointer(x: number, y: number, buttons: number): void {
    this.input.push(`${x},${y} ${buttons}`);
  }
}
