/**
 * A serial port that stays open: a session that comes back by itself when it is lost. What was typed while there was
 * none is refused, not kept: nobody wants an old command executed by a machine that has meanwhile become another.
 */
import { ConnectFailed } from '../errors.ts';
import type { SerialControls, SerialOptions, SerialSession } from '../machine/sessions.ts';
import { pause } from '../machine/waiting.ts';
import { isHopeless } from './hopeless.ts';

/** The part of a machine that a serial line needs. */
export interface SerialMachine {
  readonly host: string;
  serial(options?: SerialOptions): Promise<SerialSession>;
}

/** How a line is kept. */
export interface SerialLineOptions extends SerialOptions {
  /** Bring a lost session back. @default true */
  readonly reconnect?: boolean;
  /** Called with what happens beside the bytes. */
  readonly onEvent?: (event: SerialLineEvent) => void;
  readonly patience?: Partial<SerialPatience>;
}

/** How soon a lost session is tried again. Each further try waits twice as long. */
export interface SerialPatience {
  /** @default 500 */
  readonly firstRetryMs: number;
  /** @default 15_000 */
  readonly longestRetryMs: number;
}

/** What happens to a line beside the bytes. */
export type SerialLineEvent =
  /** As first told, and each change; `before` is absent the first time in each session. */
  | { readonly type: 'controls'; readonly controls: SerialControls; readonly before: SerialControls | undefined }
  /** The session was lost: why. It is being brought back. */
  | { readonly type: 'interrupted'; readonly error: Error }
  /** There is a session again. */
  | { readonly type: 'reconnected'; readonly afterMs: number };

/**
 * An open line. Iterating yields what the host writes, of one session after the other, and ends when it is closed; it
 * throws when the session was lost and is not brought back.
 */
export interface SerialLine extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** As last told; absent before the firmware said anything, and while there is no session. */
  readonly controls: SerialControls | undefined;
  /** Whether there is a session at this moment. */
  readonly open: boolean;
  /** Types. Resolves when there is room for more. @throws ConnectFailed while there is no session */
  write(data: Uint8Array | string): Promise<void>;
  /** Sends a break. @throws ConnectFailed while there is no session */
  sendBreak(): Promise<void>;
  /** Ends the session in good order, and the line. */
  close(): Promise<void>;
}

/**
 * Opens the serial port of a machine and keeps it open. A `signal` ends the first attempt; later `close` ends the line.
 *
 * @param reach gives the machine; asked before each session, so that a lost connection is made again
 * @throws what the first attempt fails with: RedirectionRefused, AuthenticationFailed, ConnectFailed, …
 */
export async function openSerialLine(
  reach: (signal?: AbortSignal) => Promise<SerialMachine>,
  options: SerialLineOptions = {},
): Promise<SerialLine> {
  const line = new KeptLine(reach, options);
  await line.start(options.signal);
  return line;
}

class KeptLine implements SerialLine {
  readonly #reach: (signal?: AbortSignal) => Promise<SerialMachine>;
  readonly #options: SerialLineOptions;
  readonly #stop = new AbortController();
  #session: SerialSession | undefined;
  #host = '';

  constructor(reach: (signal?: AbortSignal) => Promise<SerialMachine>, options: SerialLineOptions) {
    this.#reach = reach;
    this.#options = options;
  }

  get controls() {
    return this.#session?.controls;
  }
  get open() {
    return this.#session !== undefined;
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    this.#session = await this.#begin(signal);
  }

  async write(data: Uint8Array | string): Promise<void> {
    await this.#now.write(data);
  }

  async sendBreak(): Promise<void> {
    await this.#now.sendBreak();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const session = this.#session;
    this.#session = undefined;
    await session?.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      while (this.#session !== undefined) {
        let error: Error;
        try {
          yield* this.#session;
          error = new ConnectFailed(`${this.#host} ended the serial session.`, { host: this.#host });
        } catch (thrown) {
          error = thrown as Error;
        }
        if (this.#stop.signal.aborted) return;
        this.#session = undefined;
        if (this.#options.reconnect === false) throw error;
        this.#options.onEvent?.({ type: 'interrupted', error });
        this.#session = await this.#again();
      }
    } finally {
      await this.close();
    }
  }

  get #now(): SerialSession {
    if (this.#session !== undefined) return this.#session;
    const host = this.#host;
    throw new ConnectFailed(`${host} has no serial session at this moment; nothing was typed.`, { host });
  }

  /** A new session as soon as there can be one; none when the line is closed meanwhile. @throws what waiting does not cure */
  async #again(): Promise<SerialSession | undefined> {
    const { patience, onEvent } = this.#options;
    const { firstRetryMs = 500, longestRetryMs = 15_000 } = patience ?? {};
    const { signal } = this.#stop;
    const lostAt = performance.now();
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        await pause(retryMs, signal);
        const session = await this.#begin(signal);
        onEvent?.({ type: 'reconnected', afterMs: Math.round(performance.now() - lostAt) });
        return session;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (isHopeless(error)) throw error;
      }
    }
  }

  async #begin(signal: AbortSignal | undefined): Promise<SerialSession> {
    const { trace, onEvent } = this.#options;
    const machine = await this.#reach(signal);
    this.#host = machine.host;
    const session = await machine.serial({
      ...(signal === undefined ? {} : { signal }),
      ...(trace === undefined ? {} : { trace }),
    });
    if (this.#stop.signal.aborted) await session.close();
    let before: SerialControls | undefined;
    const told = (controls: SerialControls): void => {
      onEvent?.({ type: 'controls', controls, before });
      before = controls;
    };
    if (session.controls !== undefined) told(session.controls);
    session.onControls(told);
    return session;
  }
}
