/** What a PC tells by itself, kept until it is read. */
import type { HardwareChange } from './hardware.ts';

/** The changes of one PC, for its only reader. */
export class Changes {
  readonly #queue: HardwareChange[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  tell(change: HardwareChange): void {
    this.#queue.push(change);
    this.#wake?.();
  }

  /** Ends the reading. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<HardwareChange, void, void> {
    while (!this.#closed) {
      const change = this.#queue.shift();
      if (change !== undefined) yield change;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
