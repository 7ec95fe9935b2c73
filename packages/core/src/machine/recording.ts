/**
 * A screen over time, as a file: lines of JSON, each whole in itself, so that it can be written as it comes and played up
 * to where it breaks off. Times are milliseconds since the beginning, areas pixels, pictures PNG in base64.
 *
 *     {"amtkit":"screen","version":1,"title":"office-pc","startedAt":"2031-05-04T03:02:01.000Z"}
 *     {"at":0,"width":720,"height":400}                        the screen has this size from now on, and is black
 *     {"at":0,"x":0,"y":0,"width":720,"height":400,"png":"…"}  what this area shows from now on
 *     {"at":61250}                                             until here nothing else happened
 */
import { Cancelled } from '../errors.ts';
import type { Area, Damage } from '../redirection/kvm/damage.ts';
import type { ScreenSession } from './screen-session.ts';
import { pngOf } from './screenshot.ts';
import { pause, until } from './waiting.ts';

/** How a screen is recorded. */
export interface RecordOptions {
  /** What it is a recording of, for the one who plays it. @default '' */
  readonly title?: string;
  /** Between two looks at what changed; longer where pictures take long to make. @default 100 */
  readonly intervalMs?: number;
  /** Ends the recording. */
  readonly signal?: AbortSignal;
}

/** What was recorded. */
export interface RecordingSummary {
  readonly seconds: number;
  /** Areas that changed. */
  readonly pictures: number;
  readonly bytes: number;
}

/** Of the first line. */
export const RECORDING_VERSION = 1;

/** After so long all of the screen is recorded with the next change, so that whoever plays it can begin in between. */
const WHOLE_EVERY_MS = 60_000;

/**
 * Records a screen until the signal, or until its session is closed. Where `write` is slow, changes are put together
 * meanwhile.
 *
 * @param write takes text, one line or more; what it throws ends the recording
 * @throws what ended the session otherwise
 */
export async function recordScreen(
  screen: ScreenSession,
  write: (text: string) => void | Promise<void>,
  { title = '', intervalMs = 100, signal }: RecordOptions = {},
): Promise<RecordingSummary> {
  const recorder = new Recorder(screen, write);
  const updates = screen.updates();
  try {
    await recorder.begin(title);
    for (;;) {
      const { done } = await until(updates.next(), signal);
      if (done === true) break;
      const tookMs = await recorder.look();
      if (tookMs !== undefined) await pause(Math.max(intervalMs, 2 * tookMs), signal);
    }
  } catch (error) {
    if (!(error instanceof Cancelled) || signal?.aborted !== true) throw error;
  } finally {
    await updates.return?.();
    await recorder.end();
  }
  return recorder.summary;
}

class Recorder {
  readonly #screen: ScreenSession;
  readonly #write: (text: string) => void | Promise<void>;
  readonly #damage: Damage;
  readonly #startedAt = performance.now();
  /** What a player shows by now. */
  #shown = new Int32Array(0);
  #width = 0;
  #height = 0;
  #wholeAt = 0;
  #pictures = 0;
  #bytes = 0;

  constructor(screen: ScreenSession, write: (text: string) => void | Promise<void>) {
    this.#screen = screen;
    this.#write = write;
    const { framebuffer } = screen;
    this.#damage = framebuffer.watch();
    this.#damage.resize(framebuffer.width, framebuffer.height);
  }

  get summary(): RecordingSummary {
    return { seconds: Math.round(this.#at / 100) / 10, pictures: this.#pictures, bytes: this.#bytes };
  }

  async begin(title: string): Promise<void> {
    const startedAt = new Date().toISOString();
    await this.#line({ amtkit: 'screen', version: RECORDING_VERSION, title, startedAt });
  }

  /** Records what changed since the last look. How long that took, milliseconds; `undefined` where nothing did. */
  async look(): Promise<number | undefined> {
    const lookedAt = performance.now();
    // Made in one go: while somebody writes, the screen goes on changing.
    const lines = this.#screen.framebuffer.complete ? this.#news() : [];
    if (lines.length === 0) return undefined;
    const madeMs = performance.now() - lookedAt;
    await this.#text(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return madeMs;
  }

  async end(): Promise<void> {
    this.#screen.framebuffer.unwatch(this.#damage);
    await this.#line({ at: this.#at });
  }

  get #at(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  #news(): object[] {
    const { width, height } = this.#screen.framebuffer;
    const at = this.#at;
    const resized = width !== this.#width || height !== this.#height;
    if (resized) {
      this.#width = width;
      this.#height = height;
      this.#shown = new Int32Array(width * height);
    }
    const changed = this.#damage.take().filter((area) => this.#isNew(area));
    if (changed.length === 0) return [];
    const isDue = resized || at - this.#wholeAt >= WHOLE_EVERY_MS;
    if (isDue) this.#wholeAt = at;
    const areas = isDue ? [{ x: 0, y: 0, width, height }] : changed;
    const pictures = areas.map((area) => ({ at, ...area, png: this.#picture(area) }));
    return resized ? [{ at, width, height }, ...pictures] : pictures;
  }

  /** Firmware sends tiles again that did not change. */
  #isNew({ x, y, width, height }: Area): boolean {
    const { words } = this.#screen.framebuffer;
    for (let row = y; row < y + height; row++) {
      const from = row * this.#width + x;
      for (let i = from; i < from + width; i++) if (words[i] !== this.#shown[i]) return true;
    }
    return false;
  }

  #picture(area: Area): string {
    const { words } = this.#screen.framebuffer;
    for (let row = area.y; row < area.y + area.height; row++) {
      const from = row * this.#width + area.x;
      this.#shown.set(words.subarray(from, from + area.width), from);
    }
    this.#pictures++;
    return Buffer.from(pngOf(this.#screen.framebuffer, area)).toString('base64');
  }

  #line(line: object): Promise<void> {
    return this.#text(`${JSON.stringify(line)}\n`);
  }

  async #text(text: string): Promise<void> {
    this.#bytes += text.length;
    await this.#write(text);
  }
}
