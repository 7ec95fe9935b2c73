/**
 * Media that stay attached: a media session that comes back by itself while its image is still wanted.
 *
 * Sessions are lost for many reasons that pass: a cable, a switch that restarts, firmware that resets itself, another
 * console that ends all sessions to cut the power. Each time the drives are lent again, and the host, which meanwhile
 * got read errors or waited, finds them where they were.
 */
import { Cancelled, RedirectionRefused } from '../errors.ts';
import type { Machine } from '../machine/machine.ts';
import type {
  MediaEvent,
  MediaSession,
  MediaStart,
  MediaStatistics,
  MediaUnit,
  MountOptions,
} from '../machine/sessions.ts';
import { pause } from '../machine/waiting.ts';
import type { BlockSource } from '../redirection/ider/image.ts';
import { createBroadcast } from './broadcast.ts';
import { isHopeless } from './hopeless.ts';
import { addStatistics, noStatistics } from './media-statistics.ts';
import { type MachineSource, reacher } from './reach.ts';
import { type SwitchedOn, switchOn } from './switch-on.ts';

/** The part of a machine that media need. */
export type MediaMachine = Pick<Machine, 'host' | 'features' | 'mount'>;

/** What is lent, and how. */
export interface ServeMediaOptions extends Omit<MountOptions, 'signal'> {
  /** Switch on storage redirection and its listener where they are off, also when somebody switches them off later. @default false */
  readonly enable?: boolean;
  /** Ends it, at whatever moment. */
  readonly signal?: AbortSignal;
  readonly patience?: Partial<MediaPatience>;
}

/** How soon a lost session is tried again. Each further try waits twice as long. */
export interface MediaPatience {
  /** @default 500 */
  readonly firstRetryMs: number;
  /** @default 15_000 */
  readonly longestRetryMs: number;
}

/** What happens to media that stay attached. */
export type ServedMediaEvent =
  | MediaEvent
  /** The session was lost: why. It is being brought back. */
  | { readonly type: 'interrupted'; readonly error: Error }
  /** A new session has the drives again. */
  | { readonly type: 'reattached'; readonly afterMs: number };

/**
 * Attached media. Iterating yields what happens and ends when they are detached; it throws when they cannot be brought
 * back: another password, another certificate.
 */
export interface ServedMedia extends AsyncIterable<ServedMediaEvent>, AsyncDisposable {
  /** Of all sessions together. A block that was read in two of them counts twice, but no drive has more than its blocks. */
  readonly statistics: MediaStatistics;
  /** How often a lost session was brought back. */
  readonly reattached: number;
  /** Why there is no session at this moment; absent while there is one. */
  readonly problem: Error | undefined;
  /** What had to be switched on first. */
  readonly switchedOn: SwitchedOn;
  /** Puts another medium into a drive, or takes it out. Holds for later sessions, too. */
  insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void>;
  /** Detaches them, in good order where there is a session. */
  close(): Promise<void>;
}

/**
 * Lends a machine drives until `close`. The sources stay the caller's.
 *
 * @param machine itself, or the way to it: a connection that is lost is then made again, too
 * @throws what the first attempt fails with: RedirectionRefused, ConsentRequired, AuthenticationFailed, ConnectFailed, …
 */
export async function serveMedia(
  machine: MachineSource<MediaMachine>,
  options: ServeMediaOptions,
): Promise<ServedMedia> {
  const served = new MediaKeeper(reacher(machine), options);
  await served.open();
  return served;
}

class MediaKeeper implements ServedMedia {
  readonly #reach: (signal: AbortSignal) => Promise<MediaMachine>;
  readonly #options: ServeMediaOptions;
  readonly #patience: MediaPatience;
  readonly #drives: { cd: BlockSource | undefined; floppy: BlockSource | undefined };
  readonly #events = createBroadcast<ServedMediaEvent>({ key: mergeable, into: (_waiting, newer) => newer });
  /** Hears what happens before anybody iterates. */
  #first: AsyncIterableIterator<ServedMediaEvent> | undefined = this.#events.read();
  readonly #stop = new AbortController();
  #session: MediaSession | undefined;
  /** Of sessions that are over. */
  #before: MediaStatistics = noStatistics;
  /** The host may have seen the drives already. */
  #seen = false;
  #keeping: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #reattached = 0;
  #problem: Error | undefined;
  #switchedOn: SwitchedOn = [];

  constructor(reach: (signal: AbortSignal) => Promise<MediaMachine>, options: ServeMediaOptions) {
    this.#reach = reach;
    this.#options = options;
    this.#patience = { firstRetryMs: 500, longestRetryMs: 15_000, ...options.patience };
    this.#drives = { cd: options.cd, floppy: options.floppy };
  }

  get statistics() {
    return this.#session === undefined ? this.#before : addStatistics(this.#before, this.#session.statistics);
  }
  get reattached() {
    return this.#reattached;
  }
  get problem() {
    return this.#problem;
  }
  get switchedOn() {
    return this.#switchedOn;
  }

  async open(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) throw new Cancelled('Cancelled before media were attached.', { cause: signal.reason });
    signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#stop.signal });
    try {
      const session = await this.#mount(this.#options.start ?? 'onreboot');
      this.#keeping = this.#keep(session);
    } catch (error) {
      this.#stop.abort();
      this.#events.close();
      throw error;
    }
  }

  async insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void> {
    this.#drives[unit] = source;
    await this.#session?.insert(unit, source);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Cancelled('The media were detached.'));
    await this.#session?.close().catch(() => {});
    await this.#keeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<ServedMediaEvent> {
    const events = this.#first ?? this.#events.read();
    this.#first = undefined;
    yield* events;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Follows one session after the other until they are detached, or cannot be brought back. */
  async #keep(session: MediaSession): Promise<void> {
    try {
      let current: MediaSession | undefined = session;
      while (current !== undefined) {
        const error = await this.#follow(current);
        this.#before = addStatistics(this.#before, { ...current.statistics, bytesPerSecond: 0 });
        this.#session = undefined;
        if (this.#stop.signal.aborted) return;
        this.#problem = error;
        const lostAt = performance.now();
        this.#events.send({ type: 'interrupted', error });
        current = await this.#again();
        if (current === undefined) return;
        this.#problem = undefined;
        this.#reattached++;
        this.#events.send({ type: 'reattached', afterMs: Math.round(performance.now() - lostAt) });
      }
    } catch (error) {
      this.#failure = this.#problem = error as Error;
    } finally {
      this.#events.close();
    }
  }

  /** Until the session is over; returns why. */
  async #follow(session: MediaSession): Promise<Error> {
    try {
      for await (const event of session) {
        if (event.type !== 'enabled' || event.start !== 'onreboot') this.#seen = true;
        this.#events.send(event);
      }
      return new RedirectionRefused('The firmware ended the media session.');
    } catch (error) {
      return error as Error;
    }
  }

  /** A new session as soon as there can be one; none when they are detached meanwhile. @throws what waiting does not cure */
  async #again(): Promise<MediaSession | undefined> {
    const { firstRetryMs, longestRetryMs } = this.#patience;
    const { signal } = this.#stop;
    // A host that had its drives would not find them before its next start.
    const seen = this.#seen || this.#before.commands > 0;
    const start = seen ? 'now' : (this.#options.start ?? 'onreboot');
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        await pause(retryMs, signal);
        return await this.#mount(start);
      } catch (error) {
        if (signal.aborted) return undefined;
        if (isHopeless(error)) throw error;
        this.#problem = error as Error;
      }
    }
  }

  async #mount(start: MediaStart): Promise<MediaSession> {
    const { signal } = this.#stop;
    const machine = await this.#reach(signal);
    if (this.#options.enable === true) {
      const switchedOn = await switchOn(machine.features, ['ider']);
      this.#switchedOn = [...new Set([...this.#switchedOn, ...switchedOn])];
    }
    const { cd, floppy } = this.#drives;
    const { trace } = this.#options;
    const session = await machine.mount({
      start,
      signal,
      ...(cd === undefined ? {} : { cd }),
      ...(floppy === undefined ? {} : { floppy }),
      ...(trace === undefined ? {} : { trace }),
    });
    if (signal.aborted) {
      await session.close().catch(() => {});
      throw new Cancelled('Cancelled while media were being attached.', { cause: signal.reason });
    }
    this.#session = session;
    return session;
  }
}

/** A reader that is slow need not hear of each failed read. */
function mergeable(event: ServedMediaEvent): string | undefined {
  return event.type === 'failed' ? `failed ${event.unit}` : undefined;
}
