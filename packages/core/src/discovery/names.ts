/** Names to addresses before a scan, and back after an answer. Neither may hold up a machine that has answered. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ConnectFailed } from '../errors.ts';

/** How names are resolved; the system's way unless another is given. */
export interface NameResolver {
  /** Addresses of a host. Rejects when there are none. */
  forward(host: string): Promise<readonly string[]>;
  /** Names of an address. Rejects when there are none. */
  reverse(address: string): Promise<readonly string[]>;
}

/** The system's resolver. */
export function systemResolver(): NameResolver {
  const resolver = new Resolver({ timeout: LOOKUP_MS, tries: 1 });
  return {
    forward: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
    reverse: (address) => resolver.reverse(address),
  };
}

/**
 * The addresses to try for a name: IPv4 where it has any, since the presence ping is known over IPv4 only.
 * @throws ConnectFailed when it has none, or nobody says so within two seconds
 */
export async function resolveHost(
  host: string,
  resolver: NameResolver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host.replace(/%.*$/, '')) !== 0) return [host];
  const found = await within(resolver.forward(host), FORWARD_MS, signal).catch((cause: unknown) => {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new ConnectFailed(`The name ${host} has no address that can be looked up here: ${why}.`, {
      host,
      hint: 'Check the spelling, or use the address.',
      cause,
    });
  });
  const addresses = found ?? [];
  if (addresses.length === 0) {
    throw new ConnectFailed(`The name ${host} was not resolved within ${FORWARD_MS / 1000} seconds.`, { host });
  }
  const v4 = addresses.filter((address) => isIP(address) === 4);
  return v4.length > 0 ? v4 : addresses;
}

/** Looks names up in the background, sixteen at a time. */
export class ReverseLookups {
  readonly #resolver: NameResolver;
  readonly #found: (address: string, name: string) => void;
  readonly #waiting: string[] = [];
  #running = 0;
  #idle: (() => void) | undefined;

  /** @param found called for every address that has a name */
  constructor(resolver: NameResolver, found: (address: string, name: string) => void) {
    this.#resolver = resolver;
    this.#found = found;
  }

  add(address: string): void {
    this.#waiting.push(address);
    this.#next();
  }

  /** Resolves when nothing is left to look up, and after two seconds at the latest; the rest is given up. */
  async finish(signal: AbortSignal): Promise<void> {
    if (this.#running > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      await within(idle, FINISH_MS, signal);
    }
    this.#waiting.length = 0;
  }

  #next(): void {
    while (this.#running < IN_FLIGHT) {
      const address = this.#waiting.shift();
      if (address === undefined) break;
      this.#running++;
      void this.#lookUp(address);
    }
    if (this.#running === 0) this.#idle?.();
  }

  async #lookUp(address: string): Promise<void> {
    const names = await within(this.#resolver.reverse(address), LOOKUP_MS).catch(() => undefined);
    const name = names?.[0];
    if (name !== undefined) this.#found(address, name);
    this.#running--;
    this.#next();
  }
}

const IN_FLIGHT = 16;
const LOOKUP_MS = 1_500;
const FORWARD_MS = 2_000;
const FINISH_MS = 2_000;

/** The result, or `undefined` when it takes longer or is not wanted any more. */
function within<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => end(() => resolve(undefined));
    const timer = setTimeout(giveUp, ms);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      settle();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    promise.then(
      (result) => end(() => resolve(result)),
      (error: unknown) => end(() => reject(error)),
    );
    if (signal?.aborted) giveUp();
  });
}
