/**
 * Decides from what is seen of a PC whether its reimage has succeeded, has failed, or goes on. Pure: it is told what
 * happens, and when.
 *
 * That a PC restarts is nowhere said in so many words. Its bus is reset then, but systems also reset it when they take
 * the drives over. The firmware's log tells most: the BIOS reports its progress there. Where it does not, a reset
 * counts that has silence before it, when the installer was done reading, and after it, when the new system starts.
 */

import { megabytes, seconds } from '../../machine/amounts.ts';
import type { PowerState } from '../../machine/machine.ts';
import type { ReimageProgress, ReimageVerdict } from './stages.ts';
import { isStill, type ReimageUntil, untilText } from './until.ts';

/** How it ended. */
export type Outcome =
  | { readonly ok: true; readonly verdict: ReimageVerdict; readonly message: string }
  | { readonly ok: false; readonly code: string; readonly reason: string; readonly hint?: string | undefined };

/** Times of a judgement, milliseconds. */
export interface JudgePatience {
  /** From the start to the first read. @default 300_000 */
  readonly bootMs: number;
  /** Silence before and after a bus reset that make it a restart where the firmware's log says nothing. @default 15_000 and 60_000 */
  readonly quietBeforeMs: number;
  readonly quietAfterMs: number;
  /** From the first read error to the next good read. @default 60_000 */
  readonly imageMs: number;
}

/** What the product promises. */
export const judgePatience: JudgePatience = {
  bootMs: 300_000,
  quietBeforeMs: 15_000,
  quietAfterMs: 60_000,
  imageMs: 60_000,
};

/** What is known of the PC beside the judgement. */
export interface JudgedMachine {
  readonly host: string;
  readonly media: string;
  readonly until: readonly ReimageUntil[];
}

/** A judge for one run. Times are milliseconds of any monotonic clock. */
export class Judge {
  readonly #of: JudgedMachine;
  readonly #patience: JudgePatience;
  readonly #startedAt: number;
  #bytes = 0;
  #readAt: number | undefined;
  #on = false;
  /** Polls in a row that found it off: one may catch a restart half-way. */
  #off = 0;
  #serial = '';
  #candidate: { readonly at: number; readonly bytes: number; readonly quietBefore: boolean } | undefined;
  #trouble: { readonly at: number; readonly bytes: number; readonly error: Error } | undefined;

  constructor(of: JudgedMachine, patience: JudgePatience, startedAt: number) {
    this.#of = of;
    this.#patience = patience;
    this.#startedAt = startedAt;
  }

  /** A bus reset is being looked into. */
  get suspectsRestart(): boolean {
    return this.#candidate !== undefined;
  }

  /** The host reset its bus; so much was read by now. */
  reset(bytes: number, now: number): void {
    this.#grow(bytes, now);
    if (this.#bytes === 0) return;
    const quietBefore = now - (this.#readAt ?? now) >= this.#patience.quietBeforeMs;
    this.#candidate = { at: now, bytes: this.#bytes, quietBefore };
  }

  /** The firmware's log says that the BIOS has begun again since the PC read from the image. */
  restarted(): Outcome | undefined {
    if (this.#bytes === 0) return undefined;
    this.#candidate = undefined;
    return this.#succeeds('reboot', `${this.#of.host} has restarted by itself: the firmware's log says so.`);
  }

  /** The firmware reported the power. */
  power(state: PowerState): Outcome | undefined {
    if (state === 'on') this.#on = true;
    this.#off = state === 'off' ? this.#off + 1 : 0;
    if (this.#off < 2 || !this.#on) return undefined;
    const { host, media } = this.#of;
    if (this.#bytes === 0) {
      return {
        ok: false,
        code: 'SWITCHED_OFF',
        reason: `${host} switched itself off before it read from ${media}.`,
        hint: 'Look at its screen while it starts, and whether somebody at the machine switched it off.',
      };
    }
    return (
      this.#succeeds('power-off', `${host} has switched itself off.`) ?? {
        ok: false,
        code: 'SWITCHED_OFF',
        reason: `${host} switched itself off after ${megabytes(this.#bytes)}, but was to go on until ${this.#wanted()}.`,
        hint: 'Where that is how its installer ends, name power-off as success.',
      }
    );
  }

  /** The PC wrote on its serial port. */
  serial(text: string): Outcome | undefined {
    const wanted = this.#of.until.filter((until) => typeof until === 'object' && 'serial' in until);
    if (wanted.length === 0) return undefined;
    this.#serial = (this.#serial + text).slice(-SERIAL_TAIL);
    const readable = this.#serial.replace(ESCAPES, '');
    for (const { serial } of wanted) {
      const found =
        typeof serial === 'string'
          ? readable.includes(serial)
          : new RegExp(serial.source, plain(serial)).test(readable);
      if (found) return this.#succeeds('serial', `${this.#of.host} wrote ${serial} on its serial port.`, true);
    }
    return undefined;
  }

  /** For how long the screen has shown the same. A PC that reads is at work, whatever it shows. */
  still(stillMs: number, now: number): Outcome | undefined {
    if (this.#readAt === undefined) return undefined;
    const restedMs = Math.min(stillMs, now - this.#readAt);
    for (const until of this.#of.until) {
      if (!isStill(until) || restedMs < until.still * 60_000) continue;
      return this.#succeeds(
        'still',
        `The screen of ${this.#of.host} has been the same for ${seconds(restedMs)}.`,
        true,
      );
    }
    return undefined;
  }

  /** A read of the image failed; so much was read by now. */
  imageFailed(error: Error, bytes: number, now: number): void {
    this.#grow(bytes, now);
    this.#trouble ??= { at: now, bytes: this.#bytes, error };
  }

  /** Time has passed; so much was read by now. */
  async tick(progress: ReimageProgress, now: number): Promise<Outcome | undefined> {
    this.#grow(progress.bytes, now);
    return (await this.#asked(progress)) ?? this.#readNothing(now) ?? this.#cannotRead(now) ?? this.#fellSilent(now);
  }

  /** Why it has not ended in time. */
  late(now: number, timeoutMs: number): Outcome {
    const { host, media } = this.#of;
    const read =
      this.#readAt === undefined
        ? `it has read nothing of ${media}`
        : `it has read ${megabytes(this.#bytes)} of ${media}, the last of it ${seconds(now - this.#readAt)} ago`;
    return {
      ok: false,
      code: 'NOT_FINISHED',
      reason: `${host} was to go on until ${this.#wanted()}, which has not come within ${seconds(timeoutMs)}: ${read}.`,
      hint: 'Look at its screen: an installer that asks a question waits for ever. Name another success, or a longer time, where it only needs more of it.',
    };
  }

  #grow(bytes: number, now: number): void {
    if (bytes <= this.#bytes) return;
    this.#bytes = bytes;
    this.#readAt = now;
    // Who reads is on, also between two polls.
    this.#on = true;
  }

  async #asked(progress: ReimageProgress): Promise<Outcome | undefined> {
    for (const until of this.#of.until) {
      if (typeof until === 'function') {
        if (await until(progress)) return this.#succeeds('callback', 'The caller says that it is done.', true);
      } else if (typeof until === 'object' && 'bytes' in until && progress.bytes >= until.bytes) {
        return this.#succeeds('bytes', `${this.#of.host} has read ${megabytes(progress.bytes)}.`, true);
      }
    }
    return undefined;
  }

  #readNothing(now: number): Outcome | undefined {
    const { host, media } = this.#of;
    if (this.#bytes > 0 || now - this.#startedAt < this.#patience.bootMs) return undefined;
    const within = seconds(now - this.#startedAt);
    if (!this.#on) {
      return {
        ok: false,
        code: 'NOTHING_READ',
        reason: `${host} accepted to start but is not on after ${within}.`,
        hint: 'Look whether it has mains, and whether the mainboard starts at all.',
      };
    }
    return {
      ok: false,
      code: 'NOTHING_READ',
      reason: `${host} has started, but has read nothing of ${media} within ${within}: its loader was not begun.`,
      hint: 'Look at its screen: the BIOS may ask for a password, may not be allowed to start from redirected drives, or may refuse the image because of Secure Boot.',
    };
  }

  #cannotRead(now: number): Outcome | undefined {
    if (this.#trouble === undefined) return undefined;
    const { at, bytes, error } = this.#trouble;
    if (this.#bytes > bytes) this.#trouble = undefined;
    else if (now - at >= this.#patience.imageMs) {
      const { host } = this.#of;
      return {
        ok: false,
        code: 'IMAGE_FAILED',
        reason: `${host} got a read error and has read nothing since: ${error.message}`,
        hint: 'See that the image can be read again, then start over.',
      };
    }
    return undefined;
  }

  #fellSilent(now: number): Outcome | undefined {
    const candidate = this.#candidate;
    if (candidate === undefined) return undefined;
    if (this.#bytes > candidate.bytes + BOOT_RECORD_BYTES) this.#candidate = undefined;
    else if (now - candidate.at >= this.#patience.quietAfterMs) {
      this.#candidate = undefined;
      if (candidate.quietBefore) {
        return this.#succeeds(
          'reboot',
          `${this.#of.host} has restarted by itself: it reset its drives and reads no more of them.`,
        );
      }
    }
    return undefined;
  }

  /** Success, where that is what was asked for, or `always`. */
  #succeeds(verdict: ReimageVerdict, message: string, always = false): Outcome | undefined {
    const wanted = always || this.#of.until.some((until) => until === verdict);
    return wanted ? { ok: true, verdict, message } : undefined;
  }

  #wanted(): string {
    return this.#of.until.map(untilText).join(', or ');
  }
}

/** Enough for whatever a person would wait for. */
const SERIAL_TAIL = 16_384;

/** What a BIOS reads of a drive to see whether it could start from it. */
const BOOT_RECORD_BYTES = 256 * 1024;

/** Cursor movements, colours and titles: a text is looked for as it is read, not as it is drawn. [ECMA-48] */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are made of
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78DEHM])/g;

/** Flags that do not make a search remember the last one. */
function plain({ flags }: RegExp): string {
  return flags.replace(/[gy]/g, '');
}
