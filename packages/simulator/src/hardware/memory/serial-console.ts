/** The pretend PC's own end of its serial port: text out, keys in, and a line editor between them. */
import type { ByteStream } from '@amtkit/core/streams';
import type { Clock } from '../../clock.ts';

/** Thrown into whatever waits for keys or prints when the PC is reset or loses its power. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Keys that wait to be read; more stay in the line. */
const MOST_KEYS = 4096;
/** Characters of a line; more are not taken. */
const LONGEST_LINE = 1024;

/** The console. */
export class SerialConsole {
  readonly #port: ByteStream;
  readonly #clock: Clock;
  readonly #echo: (text: string) => void;
  #keys: number[] = [];
  #powered = true;
  /** Who waits for a key, and how to tell it that there will be none. */
  #waiting: { readonly wake: () => void; readonly stop: () => void } | undefined;
  #taken: (() => void) | undefined;
  #lastLine = '';
  /** Whether the last key was a carriage return: a line feed behind it belongs to it. */
  #returned = false;

  /** @param echo is told what is printed, for a screen that shows the same */
  constructor(port: ByteStream, clock: Clock, echo: (text: string) => void = () => {}) {
    this.#port = port;
    this.#clock = clock;
    this.#echo = echo;
    void this.#read();
  }

  /** Forgets what was typed, and stops whoever waits. @param powered whether keys count from now on */
  restart(powered: boolean): void {
    this.#powered = powered;
    this.#keys = [];
    this.#returned = false;
    this.#taken?.();
    this.#waiting?.stop();
  }

  /** Prints. Resolves when the line has room for more: who prints faster than it carries has to wait. */
  async print(text: string): Promise<void> {
    this.#echo(text);
    try {
      await this.#port.write(new TextEncoder().encode(text));
    } catch {
      // The other end of the line is gone; a PC does not notice.
    }
  }

  /** Takes keys from a keyboard, as if they had come over the line. */
  type(text: string): void {
    if (!this.#powered || this.#keys.length >= MOST_KEYS) return;
    this.#keys.push(...new TextEncoder().encode(text));
    this.#waiting?.wake();
  }

  /** The next key; none after so many milliseconds. @throws Stopped */
  async key(timeoutMs?: number): Promise<number | undefined> {
    if (this.#keys.length === 0) await this.#wait(timeoutMs);
    const key = this.#keys.shift();
    if (this.#keys.length < MOST_KEYS) this.#taken?.();
    return key;
  }

  /** One line, edited and echoed as terminals expect it. `undefined`: given up with Ctrl-C. @throws Stopped */
  async line(prompt: string): Promise<string | undefined> {
    await this.print(prompt);
    let line = '';
    for (;;) {
      let echo = '';
      let end: 'none' | 'enter' | 'break' = 'none';
      do {
        const key = (await this.key()) as number;
        const replaced = await this.#edit(line, key);
        echo += replaced.echo;
        line = replaced.line;
        end = replaced.end ?? 'none';
      } while (this.#keys.length > 0 && end === 'none');
      await this.print(echo);
      if (end === 'break') return undefined;
      if (end === 'enter') {
        if (line !== '') this.#lastLine = line;
        return line;
      }
    }
  }

  async #edit(
    line: string,
    key: number,
  ): Promise<{ readonly line: string; readonly echo: string; readonly end?: 'enter' | 'break' }> {
    const returned = this.#returned;
    this.#returned = key === Key.return;
    if (key === Key.feed && returned) return { line, echo: '' };
    switch (key) {
      case Key.return:
      case Key.feed:
        return { line, echo: '\r\n', end: 'enter' };
      case Key.interrupt:
        return { line: '', echo: '^C\r\n', end: 'break' };
      case Key.backspace:
      case Key.delete:
        return line === '' ? { line, echo: '' } : { line: line.slice(0, -1), echo: RUBOUT };
      case Key.kill:
        return { line: '', echo: RUBOUT.repeat(line.length) };
      case Key.escape: {
        const word = await this.#sequence();
        if (word !== '[A' && word !== 'OA') return { line, echo: '' };
        return { line: this.#lastLine, echo: RUBOUT.repeat(line.length) + this.#lastLine };
      }
      default:
        if (key < 0x20 || line.length >= LONGEST_LINE) return { line, echo: '' };
        return { line: line + String.fromCharCode(key), echo: String.fromCharCode(key) };
    }
  }

  /** What follows an escape: the rest of a key that is more than one byte. */
  async #sequence(): Promise<string> {
    const first = await this.key(ESCAPE_MS);
    if (first === undefined) return '';
    let word = String.fromCharCode(first);
    if (word !== '[' && word !== 'O') return word;
    for (let i = 0; i < 8; i++) {
      const next = await this.key(ESCAPE_MS);
      if (next === undefined) break;
      word += String.fromCharCode(next);
      // The Intel form of a function key has an O of its own inside. [SOL §4]
      if (next >= 0x40 && word !== '[O') break;
    }
    return word;
  }

  #wait(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = timeoutMs === undefined ? () => {} : this.#clock.after(timeoutMs, () => settle(resolve));
      const settle = (act: () => void) => {
        this.#waiting = undefined;
        forget();
        act();
      };
      this.#waiting = { wake: () => settle(resolve), stop: () => settle(() => reject(new Stopped())) };
    });
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#port) {
        if (!this.#powered) continue;
        for (const byte of chunk) this.#keys.push(byte);
        this.#waiting?.wake();
        while (this.#keys.length >= MOST_KEYS) {
          await new Promise<void>((resolve) => {
            this.#taken = resolve;
          });
        }
      }
    } catch {
      // As above.
    }
  }
}

const Key = { interrupt: 3, backspace: 8, feed: 10, return: 13, kill: 0x15, escape: 0x1b, delete: 0x7f } as const;
const RUBOUT = '\b \b';
/** Milliseconds after which an escape was the escape key. */
const ESCAPE_MS = 50;
