/** Watches that somebody is still heard, with one timer however much is heard. */
import type { Clock } from '../clock.ts';

/** Acts when nothing was heard for some time; what was heard puts it off. */
export class Silence {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #act: () => void;
  #last: number;
  #forget: () => void;

  /** @param act called once for each silence of `ms` milliseconds */
  constructor(clock: Clock, ms: number, act: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#act = act;
    this.#last = clock.now();
    this.#forget = clock.after(ms, () => this.#check());
  }

  /** Something was heard. */
  heard(): void {
    this.#last = this.#clock.now();
  }

  /** Watches no more. */
  stop(): void {
    this.#forget();
  }

  #check(): void {
    const silent = this.#clock.now() - this.#last;
    const over = silent >= this.#ms;
    if (over) this.#last = this.#clock.now();
    this.#forget = this.#clock.after(over ? this.#ms : this.#ms - silent, () => this.#check());
    if (over) this.#act();
  }
}
