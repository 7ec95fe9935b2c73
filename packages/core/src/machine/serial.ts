/** The serial port of one machine, as something to read from and type into: Serial-over-LAN. [SOL §1] */
import { Cancelled, ConnectFailed } from '../errors.ts';
import { type Pump, pump } from '../redirection/pump.ts';
import { SolControl, SolState } from '../redirection/sol/messages.ts';
import { SolClient, type SolEvent } from '../redirection/sol/sol.ts';
import type { ByteStream } from '../transport/stream.ts';
import { Pace } from './pace.ts';
import type { RedirectionDoor } from './redirection.ts';
import type { SerialControls, SerialOptions, SerialSession } from './sessions.ts';
import { Unread } from './unread.ts';
import { type Deferred, deferred, pause, until } from './waiting.ts';

/** Opens it. */
export async function openSerial(
  door: RedirectionDoor,
  host: string,
  { signal, trace }: SerialOptions = {},
): Promise<SerialSession> {
  const session = new MachineSerial(host, await door.open('sol', { signal, trace }));
  session.closeWith(door);
  try {
    await until(session.opened, signal);
  } catch (error) {
    const { cause } = error as Error;
    const reason =
      error instanceof Cancelled
        ? new Cancelled(`Cancelled while opening the serial port of ${host}.`, { host, cause })
        : error;
    session.abandon(reason as Error);
    throw reason;
  }
  return session;
}

/** How long the firmware may take to answer our goodbye. */
const FAREWELL_MS = 2_000;

/** Long enough for any speed of the line, and for SysRq. */
const BREAK_MS = 250;

class MachineSerial implements SerialSession {
  readonly #host: string;
  readonly #client: SolClient;
  readonly #pump: Pump;
  readonly #pace: Pace;
  readonly #opening: Deferred = deferred();
  /** The firmware said that it is over. */
  readonly #farewell: Deferred = deferred();
  readonly #watchers = new Set<(controls: SerialControls) => void>();
  #controls: SerialControls | undefined;
  /** What the host wrote. Not taken, it holds the firmware back. */
  readonly #unread = new Unread();
  /** What ended it, once it is over. */
  #end: { readonly error: Error | undefined } | undefined;
  #closing: Promise<void> | undefined;
  /** Writes follow one another. */
  #writing: Promise<void> = Promise.resolve();
  #forget: () => void = () => {};

  constructor(host: string, stream: ByteStream) {
    this.#host = host;
    const client = new SolClient({ host });
    this.#client = client;
    this.#pace = new Pace(() => client.pieceLength);
    this.#pump = pump(client, stream, {
      host,
      deliver: (event) => this.#take(event),
      heartbeat: { everyMs: client.heartbeatMs, beat: (quietMs) => client.heartbeat(quietMs) },
    });
    this.#pump.done.then(
      () => this.#over(undefined),
      (error: Error) => this.#over(error),
    );
  }

  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  get controls(): SerialControls | undefined {
    return this.#controls;
  }

  closeWith(door: RedirectionDoor): void {
    this.#forget = door.keep(this);
  }

  /** Ends it without a word. */
  abandon(reason: Error): void {
    this.#pump.fail(reason);
  }

  write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice();
    return this.#inTurn(() => this.#type(bytes));
  }

  sendBreak({ durationMs = BREAK_MS }: { readonly durationMs?: number } = {}): Promise<void> {
    return this.#inTurn(async () => {
      this.#mustBeOpen();
      this.#client.setBreak(true);
      await this.#pump.flush();
      await pause(durationMs, undefined);
      this.#mustBeOpen();
      this.#client.setBreak(false);
      await this.#pump.flush();
    });
  }

  onControls(changed: (controls: SerialControls) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  close(): Promise<void> {
    this.#closing ??= this.#sayGoodbye();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const value = await this.#unread.take();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** A promise holds the firmware back. */
  #take(event: SolEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'open':
        this.#opening.resolve();
        return undefined;
      case 'controls':
        this.#learn(controlsOf(event));
        return undefined;
      case 'closed':
        this.#farewell.resolve();
        if (this.#closing === undefined)
          this.#over(new ConnectFailed(`${this.#host} ended the serial session.`, { host: this.#host }));
        void this.#pump.close();
        return undefined;
      case 'data':
        return this.#closing === undefined ? this.#unread.put(event.data) : undefined;
    }
  }

  #learn(controls: SerialControls): void {
    const before = this.#controls;
    this.#controls = controls;
    if (controls.flushed) this.#pace.slower();
    if (before !== undefined && same(before, controls)) return;
    for (const watcher of [...this.#watchers]) watcher(controls);
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(act);
    this.#writing = turn.catch(() => {});
    return turn;
  }

  async #type(bytes: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    const piece = this.#client.pieceLength;
    for (let at = 0; at < bytes.length; at += piece) {
      const next = bytes.subarray(at, at + piece);
      const wait = this.#pace.take(next.length, performance.now());
      if (wait > 0) await pause(wait, undefined);
      this.#mustBeOpen();
      this.#client.send(next);
      await this.#pump.flush();
    }
  }

  #mustBeOpen(): void {
    if (this.#end === undefined && this.#closing === undefined) return;
    throw new ConnectFailed(`Nothing can be typed: the serial session with ${this.#host} is over.`, {
      host: this.#host,
      cause: this.#end?.error,
    });
  }

  async #sayGoodbye(): Promise<void> {
    this.#forget();
    this.#unread.clear();
    const timer = setTimeout(this.#farewell.resolve, FAREWELL_MS);
    if (!this.#pump.over) {
      this.#client.close();
      void this.#pump.flush();
      await this.#farewell.promise;
      await this.#pump.close();
    }
    clearTimeout(timer);
    this.#over(undefined);
  }

  /** Once we said goodbye nothing counts as a failure any more: nobody may be left who looks at it. */
  #over(reason: Error | undefined): void {
    const error = this.#closing === undefined ? reason : undefined;
    this.#end ??= { error };
    this.#opening.reject(
      error ?? new ConnectFailed(`The serial session with ${this.#host} is over.`, { host: this.#host }),
    );
    this.#farewell.resolve();
    this.#forget();
    this.#unread.end(error);
  }
}

function controlsOf({ control, state }: Extract<SolEvent, { type: 'controls' }>): SerialControls {
  return {
    rts: (control & SolControl.RTS) !== 0,
    dtr: (control & SolControl.DTR) !== 0,
    break: (control & SolControl.BREAK) !== 0,
    powered: (state & SolState.systemPower) !== 0,
    overflow: (state & SolState.txOverflow) !== 0,
    flushed: (state & SolState.rxFlushTimeout) !== 0,
    loopback: (state & SolState.loopback) !== 0,
  };
}

function same(one: SerialControls, other: SerialControls): boolean {
  return (Object.keys(one) as (keyof SerialControls)[]).every((name) => one[name] === other[name]);
}
