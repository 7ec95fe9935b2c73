/**
 * Slow answers to those who guess. A password of VNC has eight characters, and whoever may try without end finds it; so
 * after wrong ones an address is refused for a while, longer each time, and after many from anywhere so is everybody who
 * was never in. No clock: callers say what time it is, in milliseconds of any beginning.
 */

import type { Protocol } from '../redirection/protocol.ts';
import type { VncEvent, VncServer } from './server.ts';

/** Somebody is refused from now on. */
export interface Refusal {
  /** Wrong passwords so far, none of them long ago. */
  readonly tries: number;
  /** For how long. */
  readonly waitMs: number;
  /** Not only the address that guessed. */
  readonly everybody: boolean;
}

/** How it becomes slow. Each wait is twice the one before it. */
interface Pace {
  /** With so many wrong passwords the waits begin. */
  readonly tries: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** People mistype, and a key for capitals may be down. */
const ONE_ADDRESS: Pace = { tries: 3, firstMs: 2_000, longestMs: 600_000 };

/** Short, since it may meet those who know the password. Still three thousand guesses a day, and not a million a minute. */
const EVERYBODY: Pace = { tries: 20, firstMs: 1_000, longestMs: 30_000 };

/** Wrong passwords of so long ago do not count any more. */
const FORGOTTEN_MS = 3_600_000;

/** As many addresses are remembered. Who has more of them at hand is held back with everybody. */
const MAX_ADDRESSES = 1_000;

/** Remembers who gave wrong passwords. */
export class GuessLimit {
  readonly #addresses = new Map<string, Guesses>();
  readonly #all = new Guesses(EVERYBODY);
  /** Where somebody knew the password. */
  readonly #trusted = new Map<string, true>();

  /** For how long whoever comes from there is refused, milliseconds; 0: not at all. An address may be unknown. */
  waitMs(address: string | undefined, nowMs: number): number {
    const network = networkOf(address);
    const own = this.#addresses.get(network)?.waitMs(nowMs) ?? 0;
    return this.#trusted.has(network) ? own : Math.max(own, this.#all.waitMs(nowMs));
  }

  /** A password was wrong. */
  wrong(address: string | undefined, nowMs: number): Refusal[] {
    const network = networkOf(address);
    const guesses = this.#addresses.get(network) ?? new Guesses(ONE_ADDRESS);
    keep(this.#addresses, network, guesses);
    const refusals = [
      { everybody: false, waitMs: guesses.add(nowMs), tries: guesses.tries },
      { everybody: true, waitMs: this.#all.add(nowMs), tries: this.#all.tries },
    ];
    return refusals.filter(({ waitMs }) => waitMs > 0);
  }

  /** A password was right. */
  right(address: string | undefined): void {
    const network = networkOf(address);
    this.#addresses.delete(network);
    keep(this.#trusted, network, true);
  }
}

/**
 * The conversation of one viewer, in which it is neither asked nor judged while it has to wait: guesses at many ends at
 * once are no better than guesses in a row. @param waitMs for how long still, milliseconds
 */
export function slowed(server: VncServer, waitMs: () => number): Protocol<VncEvent> {
  return {
    receive(chunk) {
      const seconds = Math.ceil(waitMs() / 1000);
      server.refuse(seconds > 0 ? `too many wrong passwords; try again in ${seconds} s` : undefined);
      return server.receive(chunk);
    },
    receiveEnd: () => server.receiveEnd(),
    takeOutgoing: () => server.takeOutgoing(),
  };
}

/** Wrong passwords of one address, or of all. */
class Guesses {
  readonly #pace: Pace;
  #lastMs = 0;
  #untilMs = 0;
  tries = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  waitMs(nowMs: number): number {
    return this.tries < this.#pace.tries ? 0 : Math.max(0, this.#untilMs - nowMs);
  }

  /** One more. @returns the wait that begins, 0 for none */
  add(nowMs: number): number {
    if (nowMs - this.#lastMs > FORGOTTEN_MS) this.tries = 0;
    this.tries++;
    this.#lastMs = nowMs;
    const { tries, firstMs, longestMs } = this.#pace;
    if (this.tries < tries) return 0;
    const waitMs = Math.min(longestMs, firstMs * 2 ** (this.tries - tries));
    this.#untilMs = nowMs + waitMs;
    return waitMs;
  }
}

/** Keeps a value as the newest of a map, and lets go of the oldest where there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_ADDRESSES && oldest !== undefined) map.delete(oldest);
}

/** What counts as one: an address of IPv4, also where it is written as one of IPv6, or the /64 that one site has. */
function networkOf(address = ''): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [front = [], back = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
