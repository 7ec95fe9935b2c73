/** What every door of the firmware shares: whose name a log-in carries, and the silence after too many failures. */
import { recordFailedLogins } from './behaviors/event-log.ts';
import type { Firmware } from './firmware.ts';
import type { Account } from './state.ts';

/** Who goes by this name over the network; nobody where it is unknown, switched off, or has no password. */
export function accountOf({ state }: Firmware, name: string): Account | undefined {
  const { admin, users } = state;
  if (name === admin.name) return admin;
  return users.find((user) => user.name === name && user.ha1 !== '' && user.access !== 0 && user.enabled);
}

/** Seconds of silence after ten failures, after the next, and so on; the last one stays. */
const BACK_OFF_SECONDS = [5, 10, 20, 40, 80];
/** Milliseconds without an attempt after which failures are forgotten. */
const FORGET_MS = 3_600_000;

/** Failures of one firmware, whichever port they came in by. */
export class Failures {
  readonly #firmware: Firmware;
  #counts: Map<string, { count: number; level: number; last: number; lockedUntil: number }> | undefined;

  constructor(firmware: Firmware) {
    this.#firmware = firmware;
  }

  /** Whether even the right password is refused now. */
  locked(user: string): boolean {
    return (this.#counts?.get(this.#counterOf(user))?.lockedUntil ?? 0) > this.#firmware.clock.now();
  }

  /** A log-in went right: what was before is forgotten. */
  forget(user: string): void {
    this.#counts?.delete(this.#counterOf(user));
  }

  /** A log-in went wrong. */
  add(user: string): void {
    const now = this.#firmware.clock.now();
    const key = this.#counterOf(user);
    this.#counts ??= new Map();
    const before = this.#counts.get(key);
    const known =
      before !== undefined && now - before.last < FORGET_MS ? before : { count: 0, level: 0, lockedUntil: 0 };
    const count = known.count + 1;
    let { level, lockedUntil } = known;
    if (count >= this.#firmware.quirks.lockoutAfter) {
      lockedUntil = now + 1000 * (BACK_OFF_SECONDS[Math.min(level, BACK_OFF_SECONDS.length - 1)] as number);
      level++;
      recordFailedLogins(this.#firmware, count);
    }
    this.#counts.set(key, { count, level, last: now, lockedUntil });
  }

  #counterOf(user: string): string {
    return this.#firmware.quirks.lockoutScope === 'all' ? '' : user;
  }
}
