/**
 * A screen that stays open: a session that comes back by itself through restarts, changes of mode and lost connections.
 * It is used like one session. What is typed while there is none is refused, not kept: nobody wants an old key pressed
 * on a screen that has meanwhile become another.
 */
import { AmtError, ConnectFailed, ConsentRequired, MethodFailed, TimedOut } from '../errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { Key, ScreenOptions, ScreenSession, ScreenUpdate } from '../machine/screen-session.ts';
import { ScreenUpdates } from '../machine/screen-updates.ts';
import { pause } from '../machine/waiting.ts';
import { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { isHopeless } from './hopeless.ts';
import { type MachineSource, reacher } from './reach.ts';
import { switchOn } from './switch-on.ts';

/** The part of a machine that a screen needs. */
export type ScreenMachine = Pick<Machine, 'host' | 'screen' | 'features' | 'power'>;

/** How a screen is kept. */
export interface ScreenLineOptions extends Omit<ScreenOptions, 'framebuffer'> {
  /** Bring a lost session back. @default true */
  readonly reconnect?: boolean;
  /** Go on trying also where the first attempt fails for a reason that may pass. @default false */
  readonly patientStart?: boolean;
  /** Switch on KVM and the listener where they are off. @default false */
  readonly enable?: boolean;
  /** Called with what happens beside the picture. */
  readonly onEvent?: (event: ScreenLineEvent) => void;
  readonly patience?: Partial<ScreenPatience>;
}

/** How patient a line is, milliseconds. */
export interface ScreenPatience {
  /** Before a lost session is tried again. Each further try waits twice as long. @default 500 */
  readonly firstRetryMs: number;
  /** @default 15_000 */
  readonly longestRetryMs: number;
  /** Between two looks at a machine whose screen does not change: it may be gone. @default 30_000 */
  readonly checkMs: number;
}

/** What happens to a line beside the picture. */
export type ScreenLineEvent =
  /** The session was lost: why, in words. It is being brought back. */
  | { readonly type: 'interrupted'; readonly error: Error }
  /** It does not come back yet: why. Told once for each reason. */
  | { readonly type: 'waiting'; readonly error: Error }
  /** There is a session again. */
  | { readonly type: 'reconnected'; readonly afterMs: number };

/**
 * An open line, used like a session. `updates` goes on from one session to the next, ends when the line is closed, and
 * throws when the session is not brought back. The framebuffer is one for all sessions: while there is none it keeps the
 * last picture and is not `complete`.
 */
export interface ScreenLine extends ScreenSession {
  /** Whether there is a session at this moment. */
  readonly open: boolean;
  /**
   * The display that later sessions are to show; `undefined` the one that was chosen last, by whomever. The session that is
   * open follows `displays.choose` of the machine.
   */
  display: number | undefined;
}

/**
 * Opens the screen of a machine and keeps it open. A `signal` ends the first attempt; later `close` ends the line.
 *
 * @param machine itself, or the way to it: a connection that is lost is then made again, too
 * @throws what the first attempt fails with: RedirectionRefused, ConsentRequired, AuthenticationFailed, …
 */
export async function openScreenLine(
  machine: MachineSource<ScreenMachine>,
  options: ScreenLineOptions = {},
): Promise<ScreenLine> {
  const line = new KeptScreen(reacher(machine), options);
  await line.start(options.signal);
  return line;
}

/** So many sessions in a row without a picture, and the firmware's buffer is taken for too small: 8 bits are tried. */
const TOO_LARGE = 2;

class KeptScreen implements ScreenLine {
  readonly framebuffer = new Framebuffer();
  display: number | undefined;
  readonly #reach: (signal?: AbortSignal) => Promise<ScreenMachine>;
  readonly #options: ScreenLineOptions;
  readonly #patience: ScreenPatience;
  readonly #stop = new AbortController();
  readonly #readers = new Set<ScreenUpdates>();
  #session: ScreenSession | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #host = 'The machine';
  /** Areas that changed. */
  #changes = 0;
  /** Why a session was given up that did not end by itself. */
  #gone: Error | undefined;
  /** Sessions in a row that ended before their first picture. */
  #blind = 0;

  constructor(reach: (signal?: AbortSignal) => Promise<ScreenMachine>, options: ScreenLineOptions) {
    this.#reach = reach;
    this.#options = options;
    this.display = options.display;
    this.#patience = { firstRetryMs: 500, longestRetryMs: 15_000, checkMs: 30_000, ...options.patience };
  }

  get open(): boolean {
    return this.#session !== undefined;
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    try {
      const session = await this.#begin(signal);
      this.#keeping = this.#keep(session);
    } catch (error) {
      if (this.#options.patientStart !== true || this.#isFinal(error)) throw error;
      this.#keeping = this.#keep(error as Error);
    }
  }

  updates(): AsyncIterableIterator<ScreenUpdate> {
    const reader = new ScreenUpdates(this.framebuffer, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (this.#end !== undefined) reader.end(this.#end.error);
    return reader;
  }

  key(key: Key, pressed: boolean): void {
    this.#now.key(key, pressed);
  }

  pointer(x: number, y: number, buttons: number): void {
    this.#now.pointer(x, y, buttons);
  }

  releaseAll(): void {
    this.#session?.releaseAll();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#session?.close();
    await this.#keeping;
    this.#over(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #now(): ScreenSession {
    if (this.#session !== undefined) return this.#session;
    throw new ConnectFailed(`${this.#host} has no screen session at this moment; nothing was typed.`, {
      host: this.#host,
      cause: this.#end?.error,
    });
  }

  /** Follows one session after the other until the line is closed, or one cannot be brought back. */
  async #keep(first: ScreenSession | Error): Promise<void> {
    const { reconnect = true, onEvent } = this.#options;
    try {
      if (first instanceof Error) onEvent?.({ type: 'waiting', error: first });
      let session = first instanceof Error ? await this.#again(first) : first;
      while (session !== undefined) {
        const error = await this.#follow(session);
        if (this.#stop.signal.aborted) return;
        if (!reconnect || this.#isFinal(error)) throw error;
        onEvent?.({ type: 'interrupted', error });
        session = await this.#again(error);
      }
    } catch (error) {
      this.#over(error as Error);
    }
  }

  /** Until the session is over; returns why. */
  async #follow(session: ScreenSession): Promise<Error> {
    const over = new AbortController();
    const watch = this.#watch(session, over.signal).catch(() => {});
    try {
      for await (const _area of session.updates()) {
        this.#changes++;
        if (this.#blind > 0 && this.framebuffer.complete) this.#blind = 0;
        for (const reader of this.#readers) reader.wake();
      }
      return this.#gone ?? new ConnectFailed(`The screen session with ${this.#host} was closed.`, { host: this.#host });
    } catch (error) {
      return error as Error;
    } finally {
      if (!this.framebuffer.complete) this.#blind++;
      this.#session = undefined;
      // The picture is that of a session which is over; the next one brings another.
      this.framebuffer.resize(this.framebuffer.width, this.framebuffer.height);
      over.abort();
      await watch;
    }
  }

  /**
   * A screen that does not change, and a machine that has lost its mains or its network, say the same: nothing. So now and
   * then the firmware is asked for something else.
   */
  async #watch(session: ScreenSession, over: AbortSignal): Promise<void> {
    this.#gone = undefined;
    for (let missed = 0, seen = this.#changes; ; seen = this.#changes) {
      await pause(this.#patience.checkMs, over);
      if (this.#changes !== seen) {
        missed = 0;
        continue;
      }
      try {
        await (await this.#reach(over)).power.state();
        missed = 0;
      } catch (error) {
        if (!(error instanceof ConnectFailed) && !(error instanceof TimedOut)) continue;
        if (++missed < 2) continue;
        this.#gone = error;
        return await session.close();
      }
    }
  }

  /** A new session as soon as there can be one; none when the line is closed meanwhile. @throws what waiting does not cure */
  async #again(lost: Error): Promise<ScreenSession | undefined> {
    const { onEvent } = this.#options;
    const { firstRetryMs, longestRetryMs } = this.#patience;
    const { signal } = this.#stop;
    const lostAt = performance.now();
    let told = lost.message;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        await pause(retryMs, signal);
        const session = await this.#begin(signal);
        onEvent?.({ type: 'reconnected', afterMs: Math.round(performance.now() - lostAt) });
        return session;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (this.#isFinal(error)) throw error;
        if ((error as Error).message !== told) onEvent?.({ type: 'waiting', error: error as Error });
        told = (error as Error).message;
      }
    }
  }

  async #begin(signal: AbortSignal | undefined): Promise<ScreenSession> {
    const {
      reconnect,
      patientStart,
      enable,
      onEvent,
      patience,
      signal: _first,
      display: _begin,
      ...options
    } = this.#options;
    const machine = await this.#reach(signal);
    this.#host = machine.host;
    if (enable === true) await switchOn(machine.features, ['kvm']);
    const format = this.#blind >= TOO_LARGE ? { format: 'rgb332' as const } : {};
    const session = await machine.screen({
      ...options,
      ...((options.format ?? 'auto') === 'auto' ? format : {}),
      framebuffer: this.framebuffer,
      ...(this.display === undefined ? {} : { display: this.display }),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#session = session;
    if (this.#stop.signal.aborted) await session.close();
    return session;
  }

  /** What waiting does not cure; and nobody is asked for a consent again that he did not give. */
  #isFinal(error: unknown): boolean {
    const asked = typeof this.#options.consentCode === 'function';
    const notGiven = error instanceof ConsentRequired || error instanceof MethodFailed;
    return isHopeless(error) || (asked && notGiven) || !(error instanceof AmtError);
  }

  #over(error: Error | undefined): void {
    this.#end ??= { error };
    for (const reader of this.#readers) reader.end(this.#end.error);
  }
}
