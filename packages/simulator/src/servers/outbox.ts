/** What a redirection connection sends: in order, and apart in time where consoles in the field lose what follows too closely. */
import type { ByteStream } from '@amtkit/core/streams';
import type { Clock } from '../clock.ts';

/**
 * Milliseconds of silence behind messages after which a console throws away whatever it has already read. amtterm and
 * amtider do so behind the replies that open a session, and behind every command. [SOL §6] [IDER §3]
 */
export const APART_MS = 20;

interface Entry {
  readonly bytes: Uint8Array;
  readonly quietMs: number;
  readonly sent: () => void;
}

/** Messages on their way out. */
export class Outbox {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #lost: () => void;
  #queue: Entry[] = [];
  #writing = false;
  #endQuiet: (() => void) | undefined;
  #closed = false;
  #idle: (() => void)[] = [];

  /** @param lost called when a write fails: the console is gone */
  constructor(stream: ByteStream, clock: Clock, lost: () => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#lost = lost;
  }

  /** Sends behind all else. Resolves when the stream has taken it, or never will. @param quietMs silence behind it */
  send(bytes: Uint8Array, quietMs = 0): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((sent) => {
      this.#queue.push({ bytes, quietMs, sent });
      void this.#run();
    });
  }

  /** The console has answered, so it has read what was sent: no more need for silence. */
  answered(): void {
    if (this.#endQuiet === undefined) return;
    this.#endQuiet();
    this.#endQuiet = undefined;
    void this.#run();
  }

  /** Resolves when all of it has left, or is lost. */
  async empty(): Promise<void> {
    while (!this.#closed && (this.#writing || this.#queue.length > 0)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true;
    this.#endQuiet?.();
    this.#endQuiet = undefined;
    for (const { sent } of this.#queue.splice(0)) sent();
    this.#tellIdle();
  }

  async #run(): Promise<void> {
    if (this.#writing || this.#endQuiet !== undefined) return;
    this.#writing = true;
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      try {
        await this.#stream.write(entry.bytes);
      } catch {
        this.close();
        this.#lost();
      }
      entry.sent();
      if (entry.quietMs > 0 && !this.#closed) {
        this.#keepQuiet(entry.quietMs);
        break;
      }
    }
    this.#writing = false;
    if (this.#queue.length === 0) this.#tellIdle();
  }

  #keepQuiet(ms: number): void {
    this.#endQuiet = this.#clock.after(ms, () => {
      this.#endQuiet = undefined;
      void this.#run();
    });
  }

  #tellIdle(): void {
    for (const tell of this.#idle.splice(0)) tell();
  }
}
