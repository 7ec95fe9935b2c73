/** Bytes a second, over the last few of them. */

/** What is looked back on, and the steps it moves in. */
const SPAN_MS = 5_000;
const STEP_MS = 250;
const STEPS = SPAN_MS / STEP_MS;

/** One flow of bytes. Times are milliseconds of one clock. */
export class Rate {
  /** Bytes of each step, by its number modulo their count. */
  readonly #bytes = new Float64Array(STEPS);
  #step = Number.NEGATIVE_INFINITY;
  #since = Number.POSITIVE_INFINITY;

  add(bytes: number, now: number): void {
    if (now < this.#since) this.#since = now;
    this.#move(now);
    const at = this.#step % STEPS;
    this.#bytes[at] = (this.#bytes[at] as number) + bytes;
  }

  /** Over the last five seconds; shorter while it is younger. */
  perSecond(now: number): number {
    this.#move(now);
    const spanMs = Math.min(SPAN_MS, Math.max(STEP_MS, now - this.#since));
    const sum = this.#bytes.reduce((sum, bytes) => sum + bytes, 0);
    return (sum * 1000) / spanMs;
  }

  /** Empties the steps that have passed since the last time. */
  #move(now: number): void {
    const step = Math.floor(now / STEP_MS);
    if (step === this.#step) return;
    if (step - this.#step >= STEPS) this.#bytes.fill(0);
    else for (let passed = this.#step + 1; passed <= step; passed++) this.#bytes[passed % STEPS] = 0;
    this.#step = step;
  }
}
