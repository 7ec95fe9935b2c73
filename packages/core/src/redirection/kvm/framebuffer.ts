/** A screen in memory: its pixels, and which of them changed for each of those who watch. */
import { ProtocolError } from '../../errors.ts';
import { Coverage } from './coverage.ts';
import { Damage } from './damage.ts';

/** Opaque black. */
const BLACK = new Int32Array(Uint8Array.of(0, 0, 0, 255).buffer)[0] as number;

/** More pixels than this are refused: the largest screen of any firmware has 8192 × 4320. */
const MAX_PIXELS = 8192 * 4320;

/**
 * Pixels in rows from the top, four bytes each: red, green, blue, 255. `pixels` and `words` are the same memory, new
 * after every change of size; whoever keeps one asks again.
 */
export class Framebuffer {
  #width = 0;
  #height = 0;
  #pixels = new Uint8ClampedArray(0);
  #words = new Int32Array(0);
  /** What was painted since the last call of `resize`, and since the pixels are these. */
  #fresh = new Coverage(0, 0);
  #ever = new Coverage(0, 0);
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

  /** Every part was painted since the size was last set, also to what it was. */
  get complete(): boolean {
    return this.#fresh.whole;
  }

  /** Every part was painted since the screen has this size: what is black is meant to be. */
  get known(): boolean {
    return this.#ever.whole;
  }

  /**
   * Gives the screen another size and makes it black. Of the size it has it keeps its pixels until they are painted anew.
   * @throws ProtocolError when larger than any screen
   */
  resize(width: number, height: number): void {
    if (width * height > MAX_PIXELS) throw new ProtocolError(`No screen has ${width} × ${height} pixels.`);
    this.#fresh = new Coverage(width, height);
    if (width === this.#width && height === this.#height) return;
    this.#ever = new Coverage(width, height);
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
    this.#fresh.add(x, y, width, height);
    this.#ever.add(x, y, width, height);
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
}
