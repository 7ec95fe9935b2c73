/** A screen session that a test moves. */
import { ConnectFailed } from '../../errors.ts';
import type { Key, ScreenOptions, ScreenSession, ScreenUpdate } from '../../machine/screen-session.ts';
import { ScreenUpdates } from '../../machine/screen-updates.ts';
import { Framebuffer } from '../../redirection/kvm/framebuffer.ts';
import { keysymOf } from '../../redirection/kvm/keysyms.ts';

/** The session. It begins without a picture. */
export class PretendScreen implements ScreenSession {
  readonly options: ScreenOptions;
  readonly framebuffer: Framebuffer;
  /** Keysyms that went down. */
  readonly typed: number[] = [];
  /** Keysyms that are down. */
  readonly held = new Set<number>();
  /** Where the pointer was put, and its buttons. */
  readonly pointed: string[] = [];
  open = true;
  readonly #readers = new Set<ScreenUpdates>();
  #lost: Error | undefined;

  constructor(options: ScreenOptions = {}, [width, height]: readonly [number, number] = [128, 64]) {
    this.options = options;
    this.framebuffer = options.framebuffer ?? new Framebuffer();
    this.framebuffer.resize(width, height);
  }

  /** Fills an area with a grey. @default the whole screen */
  paint(level: number, area: ScreenUpdate = { x: 0, y: 0, ...this.#size }): void {
    const { words, width } = this.framebuffer;
    for (let row = area.y; row < area.y + area.height; row++) {
      words.fill(0x010101 * level - 0x1000000, row * width + area.x, row * width + area.x + area.width);
    }
    this.framebuffer.painted(area.x, area.y, area.width, area.height);
    this.#wake();
  }

  /** Another mode, black. */
  resize(width: number, height: number): void {
    this.framebuffer.resize(width, height);
    this.#wake();
  }

  /** The firmware ends it. */
  cut(error: Error): void {
    this.#lost = error;
    this.#end();
  }

  updates(): AsyncIterableIterator<ScreenUpdate> {
    const reader = new ScreenUpdates(this.framebuffer, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (!this.open) reader.end(this.#lost);
    return reader;
  }

  key(key: Key, pressed: boolean): void {
    if (!this.open) throw new ConnectFailed('The screen session is over.');
    const keysym = typeof key === 'number' ? key : keysymOf(key);
    if (pressed) this.typed.push(keysym);
    if (pressed) this.held.add(keysym);
    else this.held.delete(keysym);
  }

  pointer(x: number, y: number, buttons: number): void {
    this.pointed.push(`${x},${y} ${buttons}`);
  }

  releaseAll(): void {}

  async close(): Promise<void> {
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #size() {
    const { width, height } = this.framebuffer;
    return { width, height };
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  #end(): void {
    this.open = false;
    for (const reader of [...this.#readers]) reader.end(this.#lost);
  }
}
