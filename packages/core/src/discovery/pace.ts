/** How fast pings may leave, by what stands between us and the address. */
import { networkInterfaces } from 'node:os';
import { mergeSpans, parseAddress, type Span } from './addresses.ts';

/**
 * Addresses per second on a network we are attached to. Every silent address there costs an entry in the neighbour
 * table for three seconds, and Linux holds 1024: above 300 a second it begins to push out living machines.
 */
export const ON_LINK_RATE = 250;

/** Addresses per second behind a router, which asks for neighbours in our place. */
export const ROUTED_RATE = 1_000;

/** Addresses per second inside this computer: as fast as they can be answered. */
export const LOOPBACK_RATE = 100_000;

/** Pings that may leave without the event loop in between: answers are read only there. */
export const MAX_BURST = 256;

/** Addresses per second for one address, as this computer is attached now. */
export function defaultRate(attached: readonly Span[] = attachedNetworks()): (address: number) => number {
  return (address) => {
    if (address >>> 24 === 127) return LOOPBACK_RATE;
    return attached.some(({ first, last }) => address >= first && address <= last) ? ON_LINK_RATE : ROUTED_RATE;
  };
}

/** The IPv4 networks that need no router. */
function attachedNetworks(): Span[] {
  const spans = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).flatMap(({ address, netmask }) => {
      const own = parseAddress(address);
      const mask = parseAddress(netmask);
      if (own === undefined || mask === undefined) return [];
      const size = 2 ** 32 - mask;
      const first = own - (own % size);
      return [{ first, last: first + size - 1 }];
    }),
  );
  return mergeSpans(spans);
}

/**
 * Counts how many pings may leave now. What was not used is saved up for a twentieth of a second, so a timer that
 * comes late costs no speed and never makes a flood.
 */
export class TokenBucket {
  #tokens = 1;
  #last: number;
  /** Share of the rate that is used: halved whenever the system runs out of buffers. */
  #share = 1;
  #nextHalving = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds, from any start */
  constructor(now: number) {
    this.#last = now;
  }

  /** Whole pings allowed now at `rate` a second. */
  available(now: number, rate: number): number {
    const allowed = rate * this.#share;
    const most = Math.min(MAX_BURST, Math.max(1, allowed / 20));
    this.#tokens = Math.min(most, this.#tokens + ((now - this.#last) * allowed) / 1000);
    this.#last = now;
    return Math.floor(this.#tokens);
  }

  take(count: number): void {
    this.#tokens -= count;
  }

  /** Milliseconds until one ping is allowed. */
  wait(rate: number): number {
    return Math.max(0, ((1 - this.#tokens) * 1000) / (rate * this.#share));
  }

  /** Goes at half the speed from now on, down to a sixty-fourth. Shortages within a tenth of a second are one. */
  halve(now: number): void {
    if (now < this.#nextHalving) return;
    this.#nextHalving = now + 100;
    this.#share = Math.max(this.#share / 2, 1 / 64);
  }
}
