/**
 * Makes guessing of passwords slow: after some wrong ones, a user is refused from that address for a while, also with the
 * right one, and longer each time. Other users at the same address, and the same user elsewhere, are not held up: many
 * clients of a house stand behind one address, and one of them may be set up wrong.
 */

/** Who gave wrong passwords. */
export interface Guesses {
  /** For how long he is refused still, milliseconds; 0: he may try. */
  waitMs(address: string, user: string): number;
  /** A password was wrong; for how long he is refused now, milliseconds. */
  wrong(address: string, user: string): number;
  /** A password was right. */
  right(address: string, user: string): void;
}

/** Nobody has guessed yet. @param now milliseconds of any beginning */
export function createGuesses(now: () => number = () => performance.now()): Guesses {
  /** The last to guess stand last. */
  const known = new Map<string, { readonly tries: number; readonly at: number; readonly until: number }>();
  const keyOf = (address: string, user: string): string => `${address} ${user}`;
  return {
    waitMs(address, user) {
      return Math.max(0, (known.get(keyOf(address, user))?.until ?? 0) - now());
    },
    wrong(address, user) {
      const key = keyOf(address, user);
      const before = known.get(key);
      const at = now();
      const tries = before === undefined || at - before.at > FORGOTTEN_MS ? 1 : before.tries + 1;
      const waitMs = tries < FREE_TRIES ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, tries - FREE_TRIES));
      known.delete(key);
      known.set(key, { tries, at, until: at + waitMs });
      if (known.size > MOST_KNOWN) known.delete(known.keys().next().value as string);
      return waitMs;
    },
    right(address, user) {
      known.delete(keyOf(address, user));
    },
  };
}

/** People mistype. */
const FREE_TRIES = 5;
const FIRST_MS = 2000;
const LONGEST_MS = 60_000;

/** Wrong passwords of so long ago do not count any more. */
const FORGOTTEN_MS = 3_600_000;
const MOST_KNOWN = 10_000;
