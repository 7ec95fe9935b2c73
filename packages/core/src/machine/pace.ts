/**
 * How fast bytes may be typed into a serial port. The firmware holds little and drops what the host does not read in time,
 * and the protocol has no word for "wait". [SOL §1.4]
 */

/** Between two full buffers at first: 50 KB a second, four times what a line of 115,200 baud carries. */
const GAP_MS = 5;

/** At the slowest, after bytes were lost: half of what such a line carries. */
const MAX_GAP_MS = 40;

/** Lets one buffer through at once and then as much as time has emptied it. */
export class Pace {
  readonly #buffer: () => number;
  #gapMs = GAP_MS;
  /** When the buffer will be empty again, on the caller's clock. */
  #emptyAt = Number.NEGATIVE_INFINITY;

  /** @param buffer what the firmware holds, as it is known by now */
  constructor(buffer: () => number) {
    this.#buffer = buffer;
  }

  /** Counts bytes, one buffer at most, and answers how many milliseconds to wait before they are typed. */
  take(bytes: number, now: number): number {
    const perByte = this.#gapMs / this.#buffer();
    const start = Math.max(now, this.#emptyAt);
    this.#emptyAt = start + bytes * perByte;
    return Math.max(0, this.#emptyAt - this.#gapMs - now);
  }

  /** Something was lost: takes half the speed from now on. */
  slower(): void {
    this.#gapMs = Math.min(2 * this.#gapMs, MAX_GAP_MS);
  }
}
