/** A screen in memory: its pixels, and which of them changed for each of those who watch. */
import { ProtocolError } from '../../errors.ts';
import { Damage } from './damage.ts';

/** Opaque black. */
const BLACK = new Int32Array(Uint8Array.of(0, 0, 0, 255).buffer)[0] as number;

/** More pixels than this are refused: the largest screen of any firmware has 8192 × 4320. */
const MAX_PIXELS = 8192 * 4320;

/** Side of the cells that {@link Framebuffer.complete} counts, the firmware's tiles. */
const CELL = 64;

/**
 * Pixels in rows from the top, four bytes each: red, green, blue, 255. `pixels` and `words` are the same memory, new
 * after every change of size; whoever keeps one asks again.
 */
export class Framebuffer {
  #width = 0;
  #height = 0;
  #pixels = new Uint8ClampedArray(0);
  #words = new Int32Array(0);
  #seen = new Uint8Array(0);
  #unseen = 0;
  readonly #watchers = new Set<Damage>();

  /** @throws ProtocolError when larger than any screen */
  constructor(width = 0, height = 0) {
    this.resize(width, height);
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** Bytes as a canvas takes them. */
  get pixels(): Uint8ClampedArray<ArrayBuffer> {
    return this.#pixels;
  }

  /** One number for each pixel, its bytes in the order of `pixels`. Who writes here says so with `painted`. */
  get words(): Int32Array<ArrayBuffer> {
    return this.#words;
  }

  /** Every part was painted since the size last changed. */
  get complete(): boolean {
    return this.#unseen === 0;
  }

  /**
   * Gives the screen another size and makes it black. Of the size it has it keeps its pixels until they are painted anew.
   * @throws ProtocolError when larger than any screen
   */
  resize(width: number, height: number): void {
    if (width * height > MAX_PIXELS) throw new ProtocolError(`No screen has ${width} × ${height} pixels.`);
    this.#unseen = Math.ceil(width / CELL) * Math.ceil(height / CELL);
    this.#seen = new Uint8Array(this.#unseen);
    if (width === this.#width && height === this.#height) return;
    const memory = new ArrayBuffer(4 * width * height);
    this.#width = width;
    this.#height = height;
    this.#pixels = new Uint8ClampedArray(memory);
    this.#words = new Int32Array(memory).fill(BLACK);
    for (const watcher of this.#watchers) watcher.resize(width, height);
  }

  /** Says that an area was written. It lies within the screen. */
  painted(x: number, y: number, width: number, height: number): void {
    for (const watcher of this.#watchers) watcher.add(x, y, width, height);
    if (this.#unseen > 0) this.#see(x, y, width, height);
  }

  /** What changes from now on, for one who looks; at first nothing. `unwatch` ends it. */
  watch(): Damage {
    const damage = new Damage(this.#width, this.#height);
    this.#watchers.add(damage);
    return damage;
  }

  unwatch(damage: Damage): void {
    this.#watchers.delete(damage);
  }

  /** Cells that the area covers wholly are no longer missing. */
  #see(x: number, y: number, width: number, height: number): void {
    const columns = Math.ceil(this.#width / CELL);
    const right = x + width === this.#width ? columns : Math.floor((x + width) / CELL);
    const bottom = y + height === this.#height ? Math.ceil(this.#height / CELL) : Math.floor((y + height) / CELL);
    for (let row = Math.ceil(y / CELL); row < bottom; row++) {
      for (let column = Math.ceil(x / CELL); column < right; column++) {
        const cell = row * columns + column;
        this.#unseen -= 1 - (this.#seen[cell] as number);
        this.#seen[cell] = 1;
      }
    }
  }
}
