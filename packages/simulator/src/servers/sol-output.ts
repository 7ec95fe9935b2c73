/** What the PC writes to its serial port, on its way to the console: collected, sent in portions, dropped when nobody takes it. [SOL §3] */
import type { Clock } from '../clock.ts';

/** What collecting needs. */
export interface SolOutputOptions {
  readonly clock: Clock;
  /** Bytes collected and sent at once. */
  readonly size: number;
  /** A portion that is not full is sent after this. */
  readonly timeoutMs: number;
  /** What finds the buffer full waits so long and is dropped then; 0: it waits for ever, and the PC with it. */
  readonly overflowMs: number;
  /** Resolves when the connection has taken it. */
  readonly send: (data: Uint8Array) => Promise<void>;
  /** Something was dropped. */
  readonly overflowed: () => void;
}

/** The transmit buffer of one session. */
export class SolOutput {
  readonly #options: SolOutputOptions;
  readonly #buffer: Uint8Array;
  #filled = 0;
  #sending = false;
  #due = false;
  #stopped = false;
  #forget: (() => void) | undefined;
  #room: ((made: boolean) => void) | undefined;

  constructor(options: SolOutputOptions) {
    this.#options = options;
    this.#buffer = new Uint8Array(options.size);
  }

  /** Takes over what the PC wrote. Resolves when there is room for more. */
  async take(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#stopped; ) {
      if (this.#filled === this.#buffer.length && !(await this.#makeRoom())) {
        if (!this.#stopped) this.#options.overflowed();
        return;
      }
      const part = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#buffer.length) this.#flush();
      else this.#forget ??= this.#options.clock.after(this.#options.timeoutMs, () => this.#flush());
    }
  }

  /** Sends nothing any more, and keeps nobody waiting. */
  stop(): void {
    this.#stopped = true;
    this.#forget?.();
    this.#room?.(false);
  }

  /** Sends what is there, now or as soon as what is on its way has left. */
  #flush(): void {
    this.#forget?.();
    this.#forget = undefined;
    this.#due = true;
    if (this.#sending || this.#filled === 0 || this.#stopped) return;
    const portion = this.#buffer.slice(0, this.#filled);
    this.#filled = 0;
    this.#due = false;
    this.#sending = true;
    void this.#options.send(portion).then(() => {
      this.#sending = false;
      if (this.#due) this.#flush();
      this.#room?.(true);
    });
  }

  /** Waits for the buffer to empty; false when it does not in time. */
  #makeRoom(): Promise<boolean> {
    const { clock, overflowMs } = this.#options;
    return new Promise((resolve) => {
      const forget = overflowMs > 0 ? clock.after(overflowMs, () => this.#room?.(false)) : () => {};
      this.#room = (made) => {
        this.#room = undefined;
        forget();
        resolve(made);
      };
    });
  }
}
