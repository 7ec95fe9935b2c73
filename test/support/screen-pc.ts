/** A PC whose screen a test paints, and which remembers what was typed. */
import type { ScreenSession } from '@amtkit/core';
import { type Hardware, type MemoryPc, memoryPc, realClock } from '@amtkit/simulator';
import { expect } from 'vitest';
import { difference, type Picture, pictureOf } from './same-picture.ts';

type Screen = NonNullable<Hardware['screen']>;
type Watcher = Parameters<Screen['watch']>[0];
type Area = Parameters<Screen['read']>[0];

/** The screen in a test's hand. */
export class TestScreen implements Screen {
  width: number;
  height: number;
  readonly mode = 'graphics';
  #pixels: Uint32Array;
  readonly #watchers = new Set<Watcher>();
  /** Usages of keys as they went down and up, `+04` and `-04`, and the pointer, `10,20 1`. */
  readonly input: string[] = [];

  constructor(width: number, height: number) {
    [this.width, this.height] = [width, height];
    this.#pixels = new Uint32Array(width * height);
    this.paint();
  }

  /** What it shows. */
  get picture(): Picture {
    return pictureOf(this.width, this.height, this.#pixels);
  }

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Paints all of it: runs, a few colours, many colours and noise, so that every kind of tile occurs. */
  paint(seed = 1): void {
    let noise = seed;
    for (let at = 0; at < this.#pixels.length; at++) {
      const [x, y] = [at % this.width, Math.floor(at / this.width)];
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      const kind = ((x >> 6) + (y >> 6) + seed) % 5;
      if (kind === 0) this.#pixels[at] = 0x20_40_80 + seed;
      else if (kind === 1) this.#pixels[at] = ((x >> 3) ^ y) & 1 ? 0xff_ff_ff : 0x00_00_00;
      else if (kind === 2) this.#pixels[at] = (Math.floor(x / 5) * 0x0a_14_1e + seed) & 0xff_ff_ff;
      else if (kind === 3) this.#pixels[at] = ((x & 255) << 16) | ((y & 255) << 8) | ((x + y + seed) & 255);
      else this.#pixels[at] = noise >>> 8;
    }
    this.#damaged({ x: 0, y: 0, width: this.width, height: this.height });
  }

  /** Fills an area with one colour, 0xRRGGBB. */
  fill(area: Area, colour: number): void {
    for (let row = area.y; row < area.y + area.height; row++) {
      this.#pixels.fill(colour, row * this.width + area.x, row * this.width + area.x + area.width);
    }
    this.#damaged(area);
  }

  /** Another mode, with another picture; `blank`: black. */
  resize(width: number, height: number, what: 'painted' | 'blank' = 'painted'): void {
    [this.width, this.height] = [width, height];
    this.#pixels = new Uint32Array(width * height);
    for (const watcher of [...this.#watchers]) watcher.resized();
    if (what === 'painted') this.paint(2);
  }

  read({ x, y, width, height }: Area, into: Uint32Array): void {
    for (let row = 0; row < height; row++) {
      const at = (y + row) * this.width + x;
      into.set(this.#pixels.subarray(at, at + width), row * width);
    }
  }

  async watch(watcher: Watcher): Promise<() => void> {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  key(usage: number, pressed: boolean): void {
    this.input.push(`${pressed ? '+' : '-'}${usage.toString(16).padStart(2, '0')}`);
  }

  pointer(x: number, y: number, buttons: number): void {
    this.input.push(`${x},${y} ${buttons}`);
  }

  #damaged(area: Area): void {
    for (const watcher of [...this.#watchers]) watcher.damaged(area);
  }
}

/** A PC that is on, and its screen. */
export function screenPc(width = 800, height = 600): { readonly hardware: MemoryPc; readonly screen: TestScreen } {
  const screen = new TestScreen(width, height);
  const hardware = memoryPc({ power: 'on', clock: realClock, speed: 0 });
  return { screen, hardware: Object.defineProperty(hardware, 'screen', { value: screen }) };
}

/** The picture of the PC arrives, every pixel of it. @param bits of a pixel on its way */
export async function shows(session: ScreenSession, screen: TestScreen, bits: 8 | 16 = 16): Promise<void> {
  const wrong = () =>
    session.framebuffer.complete ? difference(session.framebuffer, screen.picture, bits) : 'Not all of it is there.';
  await expect.poll(wrong, { timeout: 15_000, interval: 100 }).toBeUndefined();
}

/** Until a session ends; what ended it, if it was not us. */
export async function end(session: ScreenSession): Promise<unknown> {
  try {
    for await (const _area of session.updates());
    return undefined;
  } catch (error) {
    return error;
  }
}
