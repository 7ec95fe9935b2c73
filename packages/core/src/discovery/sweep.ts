/**
 * Pings every address of a set and hears who answers.
 *
 * Sending in one go would be simplest and wrong: while it lasts no answer is read, and the receive buffer of a socket
 * holds a few hundred. So pings leave in small turns, and the loop reads in between. Nothing is allocated per address
 * but its place in three tables.
 */
import { type AddressIndex, formatAddress, parseAddress, type Span } from './addresses.ts';
import { MAX_BURST, TokenBucket } from './pace.ts';
import type { PingSocket } from './ping-socket.ts';
import { type Pong, parsePong, presencePing } from './rmcp.ts';

/** What a sweep is given beside its addresses. */
export interface SweepOptions {
  readonly port: number;
  /** How often silent addresses are pinged. */
  readonly rounds: number;
  /** Silence between two rounds. */
  readonly roundGapMs: number;
  /** Time to answer after the last ping. */
  readonly tailMs: number;
  /** Pings per second for an address. */
  readonly rateOf: (address: number) => number;
  /** A machine answered, for the first time. */
  readonly onPong: (address: number, pong: Pong, roundTripMs: number) => void;
  /** Now and then, and once at the end. */
  readonly onProgress: (sent: number, failed: number) => void;
  /** The last ping has left; answers may still come. */
  readonly onSent: () => void;
}

/** One sweep. `run` resolves when the tail is over or everybody answered; `stop` ends it at once. */
export class Sweep {
  readonly #targets: AddressIndex;
  readonly #socket: PingSocket;
  readonly #options: SweepOptions;
  readonly #bucket: TokenBucket;
  readonly #answered: Uint8Array;
  /** Tag of each round, and when each address was pinged in it, in hundredths of a millisecond from the start. */
  readonly #rounds: { readonly tag: number; readonly sentAt: Uint32Array }[] = [];
  readonly #started = performance.now();
  readonly #errors = new Map<string, number>();
  /** Addresses whose ping found no buffer and must leave again. */
  readonly #again: number[] = [];
  #answers = 0;
  #heardThisTurn = 0;
  #sent = 0;
  #failed = 0;
  #progressAt = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(targets: AddressIndex, socket: PingSocket, options: SweepOptions) {
    this.#targets = targets;
    this.#socket = socket;
    this.#options = options;
    this.#bucket = new TokenBucket(this.#started);
    this.#answered = new Uint8Array(Math.ceil(targets.count / 8));
    socket.on('message', (datagram, from) => this.#hear(datagram, from.address));
  }

  /** Codes of failed sends and how many there were of each. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  /** Every single ping failed to leave. */
  get nothingLeft(): boolean {
    return this.#sent > 0 && this.#failed === this.#sent;
  }

  hasAnswered(index: number): boolean {
    return ((this.#answered[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  async run(): Promise<void> {
    const { rounds, roundGapMs, tailMs } = this.#options;
    for (let round = 0; round < rounds && !this.#isOver(); round++) {
      if (round > 0) await this.#rest(roundGapMs);
      await this.#sendRound();
    }
    if (!this.#stopped) this.#options.onSent();
    await this.#rest(tailMs);
    this.#report();
  }

  /** Sends nothing more and lets `run` end. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #isOver(): boolean {
    return this.#stopped || this.#answers === this.#targets.count;
  }

  async #sendRound(): Promise<void> {
    const tags = this.#rounds.map(({ tag }) => tag);
    let tag = randomTag();
    while (tags.includes(tag)) tag = randomTag();
    this.#rounds.push({ tag, sentAt: new Uint32Array(this.#targets.count) });
    const ping = presencePing(tag);
    await this.#sendAll(ping, new SpanCursor(this.#targets.spans));
    for (let pass = 0; this.#again.length > 0 && pass < MAX_PASSES; pass++) {
      await this.#sendAll(
        ping,
        new SpanCursor(this.#again.splice(0).map((address) => ({ first: address, last: address }))),
      );
    }
    const unsent = this.#again.splice(0).length;
    this.#sent += unsent;
    for (let i = 0; i < unsent; i++) this.#countFailure('ENOBUFS');
  }

  /** Pings the silent ones of the cursor's addresses, as many a turn as the bucket allows. */
  async #sendAll(ping: Uint8Array, cursor: SpanCursor): Promise<void> {
    let skippedTurns = 0;
    while (cursor.address !== undefined && !this.#isOver()) {
      const now = performance.now();
      const rate = this.#options.rateOf(cursor.address);
      // A full turn of answers means more are waiting: read them before causing others, though not for ever.
      const crowded = this.#heardThisTurn >= READS_PER_TURN || this.#socket.getSendQueueCount() > MAX_BURST;
      this.#heardThisTurn = 0;
      skippedTurns = crowded ? (skippedTurns + 1) % 64 : 0;
      if (skippedTurns === 0) this.#sendTurn(ping, cursor, this.#bucket.available(now, rate), now);
      if (now >= this.#progressAt) this.#report();
      await this.#pause(crowded ? 0 : this.#bucket.wait(rate));
    }
    // Errors of the last turn are told after it.
    await this.#pause(0);
  }

  #sendTurn(ping: Uint8Array, cursor: SpanCursor, allowed: number, now: number): void {
    const time = Math.round((now - this.#started) * 100);
    let used = 0;
    while (used < allowed && cursor.address !== undefined) {
      const index = this.#targets.indexOf(cursor.address);
      if (!this.hasAnswered(index)) {
        this.#send(ping, cursor.address, index, time);
        used++;
      }
      cursor.advance();
    }
    this.#bucket.take(used);
  }

  #send(ping: Uint8Array, address: number, index: number, time: number): void {
    const sentAt = this.#rounds.at(-1)?.sentAt;
    if (sentAt) sentAt[index] = time;
    this.#sent++;
    this.#socket.send(ping, this.#options.port, formatAddress(address), this.#afterSend);
  }

  /** One function for all pings: the error itself says which address it is about. */
  readonly #afterSend = (error: Error | null): void => {
    if (error === null) return;
    const { code = 'UNKNOWN', address = '' } = error as NodeJS.ErrnoException & { address?: string };
    const number = parseAddress(address);
    if (code === 'ENOBUFS' && number !== undefined && !this.#stopped) {
      this.#bucket.halve(performance.now());
      this.#sent--;
      this.#again.push(number);
      return;
    }
    this.#countFailure(code);
  };

  #countFailure(code: string): void {
    this.#failed++;
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  #hear(datagram: Uint8Array, from: string): void {
    this.#heardThisTurn++;
    const round = this.#rounds.find(({ tag }) => tag === datagram[TAG_OFFSET]);
    const pong = round && parsePong(datagram, round.tag);
    if (!pong || this.#stopped) return;
    const address = parseAddress(from) ?? -1;
    const index = this.#targets.indexOf(address);
    if (index < 0 || this.hasAnswered(index)) return;
    this.#answered[index >>> 3] = (this.#answered[index >>> 3] ?? 0) | (1 << (index & 7));
    this.#answers++;
    const roundTripMs = performance.now() - this.#started - (round.sentAt[index] ?? 0) / 100;
    this.#options.onPong(address, pong, Math.max(0, roundTripMs));
    if (this.#answers === this.#targets.count) this.#wake?.();
  }

  #report(): void {
    this.#progressAt = performance.now() + PROGRESS_MS;
    this.#options.onProgress(this.#sent, this.#failed);
  }

  /** Waits, unless everybody has answered or the sweep was stopped. */
  #rest(ms: number): Promise<void> {
    return this.#isOver() ? Promise.resolve() : this.#pause(ms);
  }

  /** One turn of the event loop, or longer. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (ms <= 0) {
        setImmediate(resolve);
        return;
      }
      const timer = setTimeout(done, ms);
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}

/** Walks over the addresses of spans without making a list of them. */
class SpanCursor {
  readonly #spans: readonly Span[];
  #at = 0;
  /** The address it stands on; `undefined` behind the last. */
  address: number | undefined;

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
    this.address = spans[0]?.first;
  }

  advance(): void {
    if (this.address === undefined) return;
    const span = this.#spans[this.#at];
    this.address = span && this.address < span.last ? this.address + 1 : this.#spans[++this.#at]?.first;
  }
}

/** Chosen for one scan so that answers to another are not taken for ours; never 0 or 255. */
function randomTag(): number {
  return 1 + Math.floor(Math.random() * 254);
}

/** Datagrams that Node reads from one socket before it looks at anything else. */
const READS_PER_TURN = 32;

/** How often what found no buffer is tried before it counts as failed. */
const MAX_PASSES = 20;

const TAG_OFFSET = 9;

const PROGRESS_MS = 100;
