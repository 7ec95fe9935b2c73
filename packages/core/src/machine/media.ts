/** Drives lent to one machine: storage redirection, IDE-R, USB-R since AMT 11. [IDER §2] */
import { Cancelled, ConnectFailed, TimedOut } from '../errors.ts';
import { type BlockSource, mediumOf } from '../redirection/ider/image.ts';
import { ServedDrives, type ServeEvent } from '../redirection/ider/serve.ts';
import type { ByteStream } from '../transport/stream.ts';
import type { RedirectionDoor } from './redirection.ts';
import type { MediaEvent, MediaSession, MediaStatistics, MediaUnit, MountOptions } from './sessions.ts';
import { deferred, until } from './waiting.ts';

/** Lends them. */
export async function mountMedia(door: RedirectionDoor, host: string, options: MountOptions): Promise<MediaSession> {
  const { cd, floppy, signal, trace } = options;
  if (cd === undefined && floppy === undefined) throw new TypeError('A CD, a floppy or both are needed.');
  // What is no image is found before anybody is bothered.
  if (cd !== undefined) mediumOf('cd', cd);
  if (floppy !== undefined) mediumOf('floppy', floppy);
  const session = new MachineMedia(host, await door.open('ider', { signal, trace }), options);
  session.closeWith(door);
  try {
    await until(session.shown, signal);
  } catch (error) {
    const reason =
      error instanceof Cancelled
        ? new Cancelled(`Cancelled while lending drives to ${host}.`, { host, cause: (error as Error).cause })
        : error;
    session.abandon(reason as Error);
    throw reason;
  }
  return session;
}

/** Events that may lie here unread; of more than these the oldest are forgotten. */
const MAX_EVENTS = 256;

/** How long the firmware may take to show the drives. */
const SHOW_MS = 10_000;

class MachineMedia implements MediaSession {
  readonly #host: string;
  readonly #start: MountOptions['start'] & string;
  readonly #drives: ServedDrives;
  readonly #shown = deferred();
  readonly #events: MediaEvent[] = [];
  /** What ended it, once it is over. */
  #end: { readonly error: Error | undefined } | undefined;
  /** Wakes who waits for an event. */
  #wake: () => void = () => {};
  #forget: () => void = () => {};

  constructor(host: string, stream: ByteStream, { cd, floppy, start = 'onreboot' }: MountOptions) {
    this.#host = host;
    this.#start = start;
    const late = setTimeout(() => this.abandon(notShown(host)), SHOW_MS);
    this.#drives = new ServedDrives(stream, {
      host,
      start,
      media: { ...(cd === undefined ? {} : { cd }), ...(floppy === undefined ? {} : { floppy }) },
      tell: (event) => this.#tell(event),
    });
    this.#shown.promise.finally(() => clearTimeout(late)).catch(() => {});
    this.#drives.done.then(
      () => this.#over(undefined),
      (error: Error) => this.#over(error),
    );
  }

  /** Resolves when the firmware shows the drives, or will at the next start. */
  get shown(): Promise<void> {
    return this.#shown.promise;
  }

  get statistics(): MediaStatistics {
    return this.#drives.statistics;
  }

  closeWith(door: RedirectionDoor): void {
    this.#forget = door.keep(this);
  }

  /** Ends it without a word. */
  abandon(reason: Error): void {
    this.#drives.fail(reason);
  }

  async insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void> {
    if (this.#end !== undefined) {
      throw new ConnectFailed(`Nothing can be inserted: the drives lent to ${this.#host} are gone.`, {
        host: this.#host,
        cause: this.#end.error,
      });
    }
    await this.#drives.insert(unit, source);
  }

  close(): Promise<void> {
    return this.#drives.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<MediaEvent> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<MediaEvent>> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #tell(event: ServeEvent): void {
    if (event.type === 'enabled') this.#shown.resolve();
    if (this.#events.length === MAX_EVENTS) this.#events.shift();
    this.#events.push(event.type === 'enabled' ? { type: 'enabled', start: this.#start } : event);
    this.#wake();
  }

  #over(error: Error | undefined): void {
    this.#end ??= { error };
    this.#shown.reject(error ?? new ConnectFailed(`The drives lent to ${this.#host} are gone.`, { host: this.#host }));
    this.#forget();
    this.#wake();
  }
}

function notShown(host: string): TimedOut {
  return new TimedOut(
    `${host} opened storage redirection (IDE-R) and did not show the drives within ${SHOW_MS / 1000} seconds.`,
    {
      host,
      hint: 'Try again; if that does not help, switch the feature off and on.',
    },
  );
}
