/** What changes on a screen, for one who reads it at his own pace. */
import type { Area, Damage } from '../redirection/kvm/damage.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';

/** One reader. Takes as much memory as the screen has tiles, however long nothing is read. */
export class ScreenUpdates implements AsyncIterableIterator<Area> {
  readonly #screen: Framebuffer;
  readonly #damage: Damage;
  readonly #left: () => void;
  /** Areas that were taken and not handed over yet, of a screen of `#width` × `#height`. */
  #areas: Area[] = [];
  #width = 0;
  #height = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #waiting: (() => void)[] = [];

  /** Begins with all that is there. @param left called when nobody reads it any more */
  constructor(screen: Framebuffer, left: () => void) {
    this.#screen = screen;
    this.#left = left;
    this.#damage = screen.watch();
    this.#damage.resize(screen.width, screen.height);
  }

  /** Something changed. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Nothing changes any more, for this reason or for none. What changed before is still handed over. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.wake();
  }

  async next(): Promise<IteratorResult<Area>> {
    for (;;) {
      const area = this.#take();
      if (area !== undefined) return { done: false, value: area };
      if (this.#end !== undefined) {
        const { error } = this.#end;
        await this.return();
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async return(): Promise<IteratorResult<Area>> {
    this.#screen.unwatch(this.#damage);
    this.#left();
    this.#areas = [];
    this.end(undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Area | undefined {
    const { width, height } = this.#screen;
    // Areas of a screen that had another size mean nothing: all of the new one changed.
    const resized = width !== this.#width || height !== this.#height;
    if (resized || this.#areas.length === 0) this.#areas = this.#damage.take();
    this.#width = width;
    this.#height = height;
    return this.#areas.shift();
  }
}
