/** One scan: names to addresses, a sweep of pings, and the web servers of those that stay silent. */
import { ConnectFailed } from '../errors.ts';
import { AddressIndex, formatAddress, mergeSpans, parseAddress } from './addresses.ts';
import { type Asked, completed, type DiscoveredMachine, machineOfAnswer, machineOfPong } from './discovered-machine.ts';
import { type HttpAnswer, probeHttp } from './http-probe.ts';
import { type NameResolver, ReverseLookups, resolveHost, systemResolver } from './names.ts';
import { defaultRate } from './pace.ts';
import { openPingSocket, type PingSocket } from './ping-socket.ts';
import type { AddressSet } from './range.ts';
import { type Pong, RMCP_PORT } from './rmcp.ts';
import { Sweep } from './sweep.ts';

/** How far a scan has come. */
export interface DiscoverProgress {
  /** Addresses pinged at least once. */
  readonly sent: number;
  /** Addresses to ping. */
  readonly total: number;
  readonly found: number;
  /** Pings that could not leave. */
  readonly failed: number;
}

/** How to look. The defaults are kind to the network and miss nobody. */
export interface ScanOptions {
  /** UDP port of the presence ping. @default 623 */
  readonly port?: number;
  /** Ports of the web server, plain and TLS. @default 16992 and 16993 */
  readonly wsmanPorts?: { readonly http?: number; readonly https?: number };
  /**
   * Ask over TCP who does not answer the ping: everybody, nobody, or `auto`: names always, addresses when they are
   * 1024 (a /22) or fewer.
   * @default 'auto'
   */
  readonly tcp?: boolean | 'auto';
  /** Pings per second. @default 250 on a network we are attached to, 1000 behind a router, 100,000 on loopback */
  readonly rate?: number;
  /** How often silent addresses are pinged; a sleeping machine may lose the first one. @default 2 */
  readonly rounds?: number;
  /** Silence between rounds, in milliseconds. @default 500, 200 when all is loopback */
  readonly roundGapMs?: number;
  /** Time to answer after the last ping, in milliseconds. @default 1500, 500 when all is loopback */
  readonly tailMs?: number;
  /** Time to answer a TCP connection, in milliseconds. @default 1500 */
  readonly connectMs?: number;
  /** Called about ten times a second while pinging, and at the end. */
  readonly onProgress?: (progress: DiscoverProgress) => void;
  /** A machine that was yielded has this name. Comes when it comes; the scan waits at most two seconds for it. */
  readonly onHostname?: (address: string, hostname: string) => void;
  /** A name in the range could not be resolved; the rest is scanned. */
  readonly onUnresolved?: (host: string, error: ConnectFailed) => void;
  /** Another way to resolve names. */
  readonly resolver?: NameResolver;
}

/** A scan that runs once. */
export class Scan {
  readonly #set: AddressSet;
  readonly #options: ScanOptions;
  readonly #signal: AbortSignal;
  readonly #onFound: (machine: DiscoveredMachine) => void;
  readonly #resolver: NameResolver;
  readonly #names: ReverseLookups | undefined;
  /** By address: what was asked for by name, or is not IPv4. */
  readonly #named = new Map<string, Target>();
  /** Machines whose pong told neither version nor state: their web server may know more. */
  readonly #mute: DiscoveredMachine[] = [];
  #targets = new AddressIndex([]);
  #found = 0;

  /** @param signal ends the scan within a turn of the event loop; what was found stays reported */
  constructor(
    set: AddressSet,
    options: ScanOptions,
    signal: AbortSignal,
    onFound: (machine: DiscoveredMachine) => void,
  ) {
    this.#set = set;
    this.#options = options;
    this.#signal = signal;
    this.#onFound = onFound;
    this.#resolver = options.resolver ?? systemResolver();
    const { onHostname } = options;
    this.#names = onHostname && new ReverseLookups(this.#resolver, onHostname);
  }

  /** Resolves when everybody had the time to answer. @throws ConnectFailed when nobody could be asked */
  async run(): Promise<void> {
    await this.#resolveNames();
    if (this.#signal.aborted) return;
    const socket = await openPingSocket();
    try {
      await this.#askEverybody(socket);
    } finally {
      socket.close();
    }
    await this.#askEach(this.#mute, (machine) => this.#askMute(machine));
    await this.#names?.finish(this.#signal);
  }

  async #resolveNames(): Promise<void> {
    const spans = [...this.#set.spans];
    let failure: ConnectFailed | undefined;
    const resolve = async ({ host, port }: { host: string; port?: number }): Promise<void> => {
      try {
        for (const address of await resolveHost(host, this.#resolver, this.#signal)) {
          const hostname = address === host ? {} : { hostname: host };
          this.#named.set(address, { address, ...hostname, ...(port !== undefined && { port }) });
          const number = parseAddress(address);
          if (number !== undefined) spans.push({ first: number, last: number });
        }
      } catch (error) {
        if (!(error instanceof ConnectFailed)) throw error;
        failure = error;
        if (!this.#signal.aborted) this.#options.onUnresolved?.(host, error);
      }
    };
    await Promise.all(this.#set.hosts.map(resolve));
    this.#targets = new AddressIndex(mergeSpans(spans));
    if (failure && this.#targets.count + this.#named.size === 0) throw failure;
  }

  /** Pings everybody; once the last ping has left, asks the web servers of the silent while late pongs still arrive. */
  async #askEverybody(socket: PingSocket): Promise<void> {
    const { onProgress, rate, rounds = 2, port = RMCP_PORT } = this.#options;
    const targets = this.#targets;
    const loopback = targets.spans.every(({ first, last }) => first >>> 24 === 127 && last >>> 24 === 127);
    const { roundGapMs = loopback ? 200 : 500, tailMs = loopback ? 500 : 1_500 } = this.#options;
    let allSent = (): void => {};
    const sending = new Promise<void>((resolve) => {
      allSent = resolve;
    });
    const sweep = new Sweep(targets, socket, {
      port,
      rounds,
      roundGapMs,
      tailMs,
      rateOf: rate === undefined ? defaultRate() : () => rate,
      onPong: (address, pong, roundTripMs) => this.#heard(address, pong, roundTripMs),
      onProgress: (count, failed) =>
        onProgress?.({ sent: Math.min(count, targets.count), total: targets.count, found: this.#found, failed }),
      onSent: allSent,
    });
    const stop = (): void => sweep.stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    const swept = sweep.run().finally(allSent);
    await sending;
    const isSilent = ({ address }: Asked): boolean => {
      const number = parseAddress(address);
      return number === undefined || !sweep.hasAnswered(this.#targets.indexOf(number));
    };
    await Promise.all([swept, this.#askEach(this.#tcpTargets(), (target) => this.#askSilent(target, isSilent))]);
    this.#signal.removeEventListener('abort', stop);
    if (sweep.nothingLeft && this.#found === 0 && !this.#signal.aborted) throw nothingLeft(sweep.errors);
  }

  #heard(address: number, pong: Pong, roundTripMs: number): void {
    const machine = machineOfPong(this.#asked(formatAddress(address)), pong, roundTripMs);
    if (pong.version === undefined && this.#options.tcp !== false) this.#mute.push(machine);
    else this.#report(machine);
  }

  *#tcpTargets(): Generator<Target, void, void> {
    const { tcp = 'auto' } = this.#options;
    if (tcp === false) return;
    yield* this.#named.values();
    if (tcp === 'auto' && this.#set.count > TCP_AUTO_LIMIT) return;
    for (const number of this.#set.addresses()) {
      const address = formatAddress(number);
      const port = this.#set.portOf(number);
      if (!this.#named.has(address)) yield { address, ...(port !== undefined && { port }) };
    }
  }

  async #askSilent(target: Target, isSilent: (target: Target) => boolean): Promise<void> {
    if (!isSilent(target)) return;
    const answer = await this.#probe(target);
    if (answer && isSilent(target)) this.#report(machineOfAnswer(this.#asked(target.address), answer));
  }

  async #askMute(machine: DiscoveredMachine): Promise<void> {
    const number = parseAddress(machine.address);
    const port =
      this.#named.get(machine.address)?.port ?? (number === undefined ? undefined : this.#set.portOf(number));
    const answer = await this.#probe({ address: machine.address, ...(port !== undefined && { port }) });
    this.#report(answer ? completed(machine, answer) : machine);
  }

  /** Many at a time, until all were asked or the scan is ended. */
  async #askEach<T>(targets: Iterable<T>, ask: (target: T) => Promise<void>): Promise<void> {
    const queue = targets[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (let next = queue.next(); !next.done && !this.#signal.aborted; next = queue.next()) await ask(next.value);
    };
    await Promise.all(Array.from({ length: TCP_AT_ONCE }, worker));
  }

  #probe(target: Target): Promise<HttpAnswer | undefined> {
    const { wsmanPorts, connectMs = 1_500 } = this.#options;
    return probeHttp(target.address, {
      httpPort: target.port ?? wsmanPorts?.http ?? 16992,
      httpsPort: target.port ?? wsmanPorts?.https ?? 16993,
      connectMs,
      signal: this.#signal,
    });
  }

  #report(machine: DiscoveredMachine): void {
    if (this.#signal.aborted) return;
    this.#found++;
    this.#onFound(machine);
    if (machine.hostname === undefined) this.#names?.add(machine.address);
  }

  #asked(address: string): Asked {
    const hostname = this.#named.get(address)?.hostname;
    return { address, ...(hostname !== undefined && { hostname }) };
  }
}

/** Whose web server to ask, at what port when one was typed. */
interface Target extends Asked {
  readonly port?: number;
}

/** Addresses up to which `auto` asks everybody over TCP: a /22. */
const TCP_AUTO_LIMIT = 1_024;

/** Machines asked over TCP at once. */
const TCP_AT_ONCE = 96;

function nothingLeft(errors: ReadonlyMap<string, number>): ConnectFailed {
  const codes = [...errors.keys()].join(', ');
  return new ConnectFailed(`Not one ping could leave this computer: ${codes}.`, {
    hint: 'Check that it has a network, and a route to the range.',
  });
}
