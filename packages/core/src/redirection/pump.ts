/**
 * Where a protocol and a stream meet, and the only place: read, `receive`, write what it wants to send, deliver events.
 *
 * Back-pressure, cancellation, the clock of heartbeats, the orderly end and the translation of errors live here, so that
 * protocols have none of them.
 */
import { AmtError, Cancelled, ConnectFailed } from '../errors.ts';
import { type ByteStream, writeAll } from '../transport/stream.ts';
import type { Protocol } from './protocol.ts';

/** How a conversation is carried. */
export interface PumpOptions<Event> {
  /** Name of the machine, for texts. */
  readonly host: string;
  /** Takes each event in order. While a promise it returned is pending nothing more is read: that holds the peer back. */
  readonly deliver: (event: Event) => void | Promise<void>;
  /** Something to do now and then; what it queues is sent. */
  readonly heartbeat?: Heartbeat;
  /** Ends the conversation at once. */
  readonly signal?: AbortSignal | undefined;
}

/** The clock of a protocol. */
export interface Heartbeat {
  readonly everyMs: number;
  /** @param quietMs for how long nothing came although it would have been read. An error ends the conversation. */
  readonly beat: (quietMs: number) => void;
}

/** A conversation under way. */
export interface Pump {
  /** Resolves when the conversation ended in good order. Rejects with what else ended it, and may be left alone. */
  readonly done: Promise<void>;
  /** Nothing can be sent any more. */
  readonly over: boolean;
  /** Whether everything sent has left the memory it came in, which may then be written again. */
  readonly sent: boolean;
  /** Sends what the protocol has queued. Resolves when there is room for more, or it is over; never rejects. */
  flush(): Promise<void>;
  /** Sends what is queued, says that this is all, and waits a moment for the peer to end, too. Harmless when over. */
  close(): Promise<void>;
  /** Ends it at once, for this reason. */
  fail(reason: Error): void;
  /**
   * Lets go of the stream, which then begins with `rest`, for the next one to read. Only while an event is delivered:
   * nothing is being read then.
   */
  release(rest?: Uint8Array): ByteStream;
}

/** Starts a conversation: sends what the protocol has queued, and reads. The stream belongs to the pump from now on. */
export function pump<Event>(protocol: Protocol<Event>, stream: ByteStream, options: PumpOptions<Event>): Pump {
  return new Running(protocol, stream, options);
}

/** More than this waiting to be sent, and nothing is read: a peer that only asks is not answered without end. */
const MAX_UNSENT = 1024 * 1024;

/** How long the peer has to take what is left and to end, too. */
const FAREWELL_MS = 2_000;

const NOTHING: Promise<void> = Promise.resolve();

class Running<Event> implements Pump {
  readonly done: Promise<void>;
  readonly #protocol: Protocol<Event>;
  readonly #stream: ByteStream;
  readonly #reader: AsyncIterator<Uint8Array>;
  readonly #options: PumpOptions<Event>;
  /** `closing`: what still comes is of no interest. `over`: the stream is closed, or no longer ours. */
  #state: 'running' | 'closing' | 'over' = 'running';
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #writing: Promise<void> | undefined;
  /** When something was last read, or reading went on; `undefined` while a consumer holds it back. */
  #readAt: number | undefined = performance.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  /** Frees a reader that is held back. */
  #letGo: () => void = () => {};
  #settle!: (error: Error | undefined) => void;

  constructor(protocol: Protocol<Event>, stream: ByteStream, options: PumpOptions<Event>) {
    this.#protocol = protocol;
    this.#stream = stream;
    this.#options = options;
    this.#reader = stream[Symbol.asyncIterator]();
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => {});
    const { heartbeat, signal } = options;
    this.#timer = heartbeat && setInterval(() => this.#beat(heartbeat), heartbeat.everyMs);
    signal?.addEventListener('abort', this.#cancel, { once: true });
    if (signal?.aborted) this.#cancel();
    else void this.#run();
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  get sent(): boolean {
    return this.#unsent.length === 0 && this.#stream.unsent === 0;
  }

  flush(): Promise<void> {
    if (this.#state === 'over') return NOTHING;
    for (const chunk of this.#protocol.takeOutgoing()) {
      this.#unsent.push(chunk);
      this.#unsentBytes += chunk.length;
    }
    if (this.#writing === undefined && this.#unsent.length > 0) this.#writing = this.#write();
    return this.#writing ?? NOTHING;
  }

  async close(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'closing';
      this.#letGo();
      const timer = setTimeout(() => this.#finish(undefined), FAREWELL_MS);
      this.done.finally(() => clearTimeout(timer)).catch(() => {});
      await this.flush();
      await this.#stream.end().catch((error: Error) => this.#finish(error));
    }
    // What ended it is for whoever watches `done`; whoever closes wants it to be over.
    await this.done.catch(() => {});
  }

  fail(reason: Error): void {
    this.#finish(reason);
  }

  release(rest: Uint8Array = new Uint8Array(0)): ByteStream {
    this.#end(undefined);
    return continued(this.#stream, this.#reader, rest);
  }

  readonly #cancel = (): void => {
    const { host, signal } = this.#options;
    this.#finish(new Cancelled(`Cancelled while talking to ${host}.`, { host, cause: signal?.reason }));
  };

  async #run(): Promise<void> {
    try {
      void this.flush();
      while (this.#state !== 'over') {
        const { done, value } = await this.#next();
        this.#readAt = performance.now();
        if (done === true) return await this.#ended();
        if (this.#state !== 'running') continue;
        const delivered = this.#take(this.#protocol.receive(value));
        if (delivered !== undefined) await delivered;
      }
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#reader.next();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async #ended(): Promise<void> {
    if (this.#state === 'running') await this.#take(this.#protocol.receiveEnd());
    if (this.#writing !== undefined) await this.#writing;
    this.#finish(undefined);
  }

  /** Sends what the protocol answered, then delivers. A promise only where somebody has to be waited for. */
  #take(events: readonly Event[], from = 0): Promise<void> | undefined {
    void this.flush();
    for (let i = from; i < events.length; i++) {
      const held = this.#options.deliver(events[i] as Event);
      if (held !== undefined) return this.#hold(held, events, i + 1);
      if (this.#state !== 'running') return undefined;
    }
    void this.flush();
    return this.#unsentBytes > MAX_UNSENT ? this.#writing : undefined;
  }

  async #hold(held: Promise<void>, events: readonly Event[], next: number): Promise<void> {
    this.#readAt = undefined;
    const free = new Promise<void>((resolve) => {
      this.#letGo = resolve;
    });
    await Promise.race([held, free]);
    this.#readAt = performance.now();
    if (this.#state === 'running') await this.#take(events, next);
  }

  async #write(): Promise<void> {
    try {
      while (this.#unsent.length > 0 && this.#state !== 'over') {
        const chunks = this.#unsent;
        this.#unsent = [];
        this.#unsentBytes = 0;
        await writeAll(this.#stream, chunks);
      }
    } catch (error) {
      this.#finish(this.#translate(error));
    } finally {
      this.#writing = undefined;
    }
  }

  #beat({ beat }: Heartbeat): void {
    try {
      if (this.#state !== 'running') return;
      beat(this.#readAt === undefined ? 0 : performance.now() - this.#readAt);
      void this.flush();
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  /** The end, with the stream closed. Once we said goodbye nothing counts as a failure any more. */
  #finish(error: Error | undefined): void {
    if (this.#state === 'over') return;
    this.#end(this.#state === 'closing' ? undefined : error);
    this.#stream.close().catch(() => {});
  }

  #end(error: Error | undefined): void {
    this.#state = 'over';
    clearInterval(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#cancel);
    this.#letGo();
    this.#settle(error);
  }

  /** What a stream threw, in our words. */
  #translate(error: unknown): Error {
    if (error instanceof AmtError) return error;
    const { host } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    return new ConnectFailed(`The connection to ${host} was lost: ${reason}.`, { host, cause: error });
  }
}

/** The same stream where its reader stands, with some bytes in front. */
function continued(stream: ByteStream, reader: AsyncIterator<Uint8Array>, rest: Uint8Array): ByteStream {
  const rested: AsyncIterator<Uint8Array> = {
    next() {
      rested.next = () => reader.next();
      return rest.length > 0 ? Promise.resolve({ done: false, value: rest }) : reader.next();
    },
    async return() {
      await stream.close();
      return { done: true, value: undefined };
    },
  };
  return {
    ...(stream.remoteAddress === undefined ? {} : { remoteAddress: stream.remoteAddress }),
    ...(stream.certificate === undefined ? {} : { certificate: stream.certificate }),
    write: (bytes) => stream.write(bytes),
    ...(stream.writeAll === undefined ? {} : { writeAll: (chunks) => writeAll(stream, chunks) }),
    get unsent() {
      return stream.unsent;
    },
    end: () => stream.end(),
    close: () => stream.close(),
    [Symbol.asyncDispose]: () => stream.close(),
    [Symbol.asyncIterator]: () => rested,
  };
}
