/** What was typed at a console, on its way to the PC, which may not be reading. [SOL §3] */
import type { Clock } from '../clock.ts';

/** What handing over needs. */
export interface SolInputOptions {
  readonly clock: Clock;
  /** What the PC does not read is dropped after this; 0: it waits, and too much of it ends the connection. */
  readonly flushMs: number;
  /** Resolves when the PC has room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Something was dropped. */
  readonly flushed: () => void;
  /** More waits than there is room for. */
  readonly overflowed: () => void;
}

/** Bytes that may wait. A real FIFO is smaller, and drained while the next packet arrives. */
const ROOM = 64 * 1024;

/** The receive buffer of one session. */
export class SolInput {
  readonly #options: SolInputOptions;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #writing = false;
  #stopped = false;
  #room: (() => void) | undefined;

  constructor(options: SolInputOptions) {
    this.#options = options;
  }

  /** Hands on what came; a promise where nothing more should be read until it resolves. */
  put(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#stopped || bytes.length === 0) return undefined;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#writing) void this.#drain();
    if (this.#bytes <= ROOM) return undefined;
    if (this.#options.flushMs > 0) {
      return new Promise((resolve) => {
        this.#room = resolve;
      });
    }
    this.#options.overflowed();
    return undefined;
  }

  /** Hands on nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#forgetWaiting();
  }

  async #drain(): Promise<void> {
    const { clock, flushMs, write, flushed } = this.#options;
    this.#writing = true;
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
      this.#bytes -= bytes.length;
      const flush = () => {
        if (this.#waiting.length > 0) {
          this.#forgetWaiting();
          flushed();
        }
        forget = clock.after(flushMs, flush);
      };
      let forget = flushMs > 0 ? clock.after(flushMs, flush) : () => {};
      await write(bytes);
      forget();
      if (this.#bytes <= ROOM) this.#room?.();
    }
    this.#writing = false;
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#room?.();
    this.#room = undefined;
  }
}
