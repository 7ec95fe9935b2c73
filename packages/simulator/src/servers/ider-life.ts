/** Signs of life of a drive session: heartbeats out, questions when nothing is heard, and the end when nothing comes back. [IDER §2.4] */
import type { Clock } from '../clock.ts';
import { Silence } from './silence.ts';

/** What it takes to stay alive. */
export interface LifeOptions {
  readonly clock: Clock;
  /** Milliseconds without a word from the console after which it is given up; 0: the usual. */
  readonly rxTimeoutMs: number;
  /** Milliseconds between heartbeats; 0: the usual. */
  readonly heartbeatMs: number;
  readonly sendHeartbeat: () => void;
  /** Sends a ping; its number. */
  readonly sendPing: () => number;
  readonly gone: () => void;
}

/** What a console gets that asks for 0, or whose fields stand where nobody looks for them. [IDER §9] */
const DEFAULTS = { rxTimeoutMs: 30_000, heartbeatMs: 5000 };
/** More heartbeats than this are no use to anybody. [IDER §2.1] */
const LEAST_HEARTBEAT_MS = 100;

/** The life of one session. Most consoles say nothing by themselves, so they are asked before they are given up. */
export class Life {
  readonly #options: LifeOptions;
  readonly #half: Silence;
  readonly #whole: Silence;
  readonly #heartbeatMs: number;
  #forgetBeat: () => void;
  #ping: number | undefined;

  constructor(options: LifeOptions) {
    const { clock, sendPing, gone } = options;
    const rxTimeoutMs = options.rxTimeoutMs || DEFAULTS.rxTimeoutMs;
    this.#options = options;
    this.#heartbeatMs = Math.max(options.heartbeatMs || DEFAULTS.heartbeatMs, LEAST_HEARTBEAT_MS);
    this.#half = new Silence(clock, rxTimeoutMs / 2, () => {
      this.#ping = sendPing();
    });
    this.#whole = new Silence(clock, rxTimeoutMs, gone);
    this.#forgetBeat = clock.after(this.#heartbeatMs, () => this.#beat());
  }

  /** Something came. */
  heard(): void {
    this.#half.heard();
    this.#whole.heard();
  }

  /**
   * Whether a ping of this number is ours come back: one family of consoles answers with the same eight bytes, and ends
   * when it gets a pong for them.
   */
  isEcho(sequence: number): boolean {
    if (this.#ping !== sequence) return false;
    this.#ping = undefined;
    return true;
  }

  stop(): void {
    this.#half.stop();
    this.#whole.stop();
    this.#forgetBeat();
  }

  #beat(): void {
    const { clock, sendHeartbeat } = this.#options;
    this.#forgetBeat = clock.after(this.#heartbeatMs, () => this.#beat());
    sendHeartbeat();
  }
}
