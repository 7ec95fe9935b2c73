/**
 * Finds AMT machines on a network: everybody is pinged over UDP, and who stays silent may be asked over TCP.
 *
 * Silence proves nothing: firmware can be told not to answer pings, a firewall may drop them, unconfigured machines
 * answer only while their host is up. Hence the second way, for the machines one cares about.
 */
import { Cancelled } from '../errors.ts';
import type { DiscoveredMachine } from './discovered-machine.ts';
import { type AddressSet, parseRange } from './range.ts';
import { Scan, type ScanOptions } from './scan.ts';

/** How to look, and how to stop. */
export interface DiscoverOptions extends ScanOptions {
  /** Accept a text that names more than 262,144 addresses. @default false */
  readonly allowHuge?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Machines in a range, as they answer, each once. Leaving the loop ends the scan.
 * @throws InvalidRange at once, when the range is not one
 * @throws ConnectFailed while iterating, when no ping could leave, or no name in a range of names has an address
 * @throws Cancelled while iterating, by the signal
 */
export function discover(range: string | AddressSet, options: DiscoverOptions = {}): AsyncIterable<DiscoveredMachine> {
  const set = typeof range === 'string' ? parseRange(range, { allowHuge: options.allowHuge ?? false }) : range;
  return scan(set, options);
}

async function* scan(set: AddressSet, options: DiscoverOptions): AsyncGenerator<DiscoveredMachine, void, void> {
  const found = new Found();
  const leave = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, leave.signal]) : leave.signal;
  const running = new Scan(set, options, signal, (machine) => found.push(machine)).run();
  running.then(
    () => found.end(),
    (error: unknown) => found.end(error),
  );
  const cancel = (): void => found.end(new Cancelled('The scan was cancelled.', { cause: options.signal?.reason }));
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (let machine = await found.next(); machine; machine = await found.next()) yield machine;
  } finally {
    leave.abort();
    await running.catch(() => undefined);
  }
}

/** Machines found and not yet taken. */
class Found {
  readonly #waiting: DiscoveredMachine[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(machine: DiscoveredMachine): void {
    this.#waiting.push(machine);
    this.#wake?.();
  }

  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** The next machine, or `undefined` at the end. Rejects with what ended the scan early. */
  async next(): Promise<DiscoveredMachine | undefined> {
    while (this.#waiting.length === 0 && !this.#end) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#waiting.length === 0 && this.#end?.error !== undefined) throw this.#end.error;
    return this.#waiting.shift();
  }
}
