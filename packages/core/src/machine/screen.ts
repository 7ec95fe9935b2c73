/** The screen of one machine, to look at and to type at: KVM redirection. [REDIR §KVM] */
import { type AmtError, Cancelled, ConnectFailed, ConsentRequired, RedirectionRefused, TimedOut } from '../errors.ts';
import type { RfbDrop } from '../redirection/kvm/drops.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { keysymOf } from '../redirection/kvm/keysyms.ts';
import { RfbClient, type RfbEvent, type RfbOptions } from '../redirection/kvm/rfb.ts';
import { type Pump, pump } from '../redirection/pump.ts';
import type { ByteStream } from '../transport/stream.ts';
import { askConsent } from './ask-consent.ts';
import type { Consent, Displays } from './machine.ts';
import type { RedirectionDoor } from './redirection.ts';
import type { Key, ScreenOptions, ScreenSession, ScreenUpdate } from './screen-session.ts';
import { ScreenUpdates } from './screen-updates.ts';
import { type Deferred, deferred, inTime, until } from './waiting.ts';

/** Opens it. */
export async function openScreen(
  door: RedirectionDoor,
  { host, consent, displays }: { readonly host: string; readonly consent: Consent; readonly displays: Displays },
  options: ScreenOptions = {},
): Promise<ScreenSession> {
  const { signal, trace, display } = options;
  if (display !== undefined) await until(displays.choose(display), signal);
  await consented(host, consent, options);
  const session = new MachineScreen(host, await door.open('kvm', { signal, trace }), options);
  session.closeWith(door);
  try {
    await inTime(
      SHOW_MS,
      signal,
      (within) => until(session.opened, within),
      () => notShown(host),
    );
  } catch (error) {
    const reason =
      error instanceof Cancelled
        ? new Cancelled(`Cancelled while opening the screen of ${host}.`, { host, cause: error.cause })
        : error;
    session.abandon(reason as Error);
    throw reason;
  }
  return session;
}

/** How long the firmware may take to tell of its screen. */
const SHOW_MS = 10_000;

/** The firmware ends a session after one to 255 minutes without input; three where nobody set it. [REDIR §KVM 14] */
const AWAKE_MS = 45_000;

/** How long somebody may take to bring the code: the firmware shows it that long where nobody set it. */
const CONSENT_MS = 300_000;
const CONSENT_POLL_MS = 1_000;

class MachineScreen implements ScreenSession {
  readonly #host: string;
  readonly #client: RfbClient;
  readonly #pump: Pump;
  readonly #opening: Deferred = deferred();
  readonly #readers = new Set<ScreenUpdates>();
  /** Between two requests for an update. */
  readonly #intervalMs: number;
  #askedAt = 0;
  #pace: ReturnType<typeof setTimeout> | undefined;
  /** What ended it, once it is over. */
  #end: { readonly error: Error | undefined } | undefined;
  #closing: Promise<void> | undefined;
  #forget: () => void = () => {};

  constructor(host: string, stream: ByteStream, options: ScreenOptions) {
    this.#host = host;
    const { updatesPerSecond, keepAwake = true } = options;
    const client = new RfbClient(rfbOptions(options));
    this.#client = client;
    this.#intervalMs = updatesPerSecond === undefined ? 0 : 1000 / updatesPerSecond;
    this.#pump = pump(client, stream, {
      host,
      deliver: (event) => this.#take(event),
      ...(keepAwake ? { heartbeat: { everyMs: AWAKE_MS, beat: () => client.heartbeat() } } : {}),
    });
    this.#pump.done.then(
      () => this.#over(undefined),
      (error: Error) => this.#lost(error),
    );
  }

  /** Resolves when the firmware told of its screen. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  get framebuffer(): Framebuffer {
    return this.#client.framebuffer;
  }

  closeWith(door: RedirectionDoor): void {
    this.#forget = door.keep(this);
  }

  /** Ends it without a word. */
  abandon(reason: Error): void {
    this.#end ??= { error: reason };
    this.#pump.fail(reason);
  }

  updates(): AsyncIterableIterator<ScreenUpdate> {
    const reader = new ScreenUpdates(this.framebuffer, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (this.#end !== undefined) reader.end(this.#end.error);
    return reader;
  }

  key(key: Key, pressed: boolean): void {
    this.#mustBeOpen();
    this.#client.key(typeof key === 'number' ? key : keysymOf(key), pressed);
    void this.#pump.flush();
  }

  pointer(x: number, y: number, buttons: number): void {
    this.#mustBeOpen();
    this.#client.pointer(x, y, buttons);
    void this.#pump.flush();
  }

  releaseAll(): void {
    this.#client.releaseAll();
    void this.#pump.flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(event: RfbEvent): void {
    switch (event.type) {
      case 'started':
        this.#opening.resolve();
        this.#askedAt = performance.now();
        if (this.#intervalMs > 0) this.#client.pause();
        return;
      case 'painted':
      case 'resized':
        for (const reader of this.#readers) reader.wake();
        return;
      case 'updated':
        if (this.#intervalMs > 0) this.#askLater();
        return;
      case 'dropped':
        this.#over(dropError(this.#host, event));
        return;
      default:
        return;
    }
  }

  /** Asks for the next update, and for no other, when it is time. */
  #askLater(): void {
    clearTimeout(this.#pace);
    this.#pace = setTimeout(
      () => {
        this.#askedAt = performance.now();
        this.#client.resume();
        this.#client.pause();
        void this.#pump.flush();
      },
      Math.max(0, this.#askedAt + this.#intervalMs - performance.now()),
    );
  }

  #mustBeOpen(): void {
    if (this.#end === undefined && this.#closing === undefined) return;
    throw new ConnectFailed(`Nothing can be typed: the screen session with ${this.#host} is over.`, {
      host: this.#host,
      cause: this.#end?.error,
    });
  }

  async #leave(): Promise<void> {
    this.#forget();
    this.#client.releaseAll();
    void this.#pump.flush();
    this.#client.close();
    this.#over(undefined);
    await this.#pump.close();
  }

  /** The connection broke. Firmware that closes may do so with a reset, which says no less than an end in good order. */
  #lost(error: Error): void {
    const [drop] = error instanceof ConnectFailed ? this.#client.receiveEnd().slice(-1) : [];
    this.#over(drop?.type === 'dropped' ? dropError(this.#host, drop, error) : error);
  }

  #over(error: Error | undefined): void {
    this.#end ??= { error };
    this.#opening.reject(
      error ?? new ConnectFailed(`The screen session with ${this.#host} is over.`, { host: this.#host }),
    );
    clearTimeout(this.#pace);
    this.#forget();
    for (const reader of this.#readers) reader.end(this.#end.error);
  }
}

function rfbOptions({ format, rle, compression, decimation, framebuffer }: ScreenOptions): RfbOptions {
  return {
    ...(format === undefined ? {} : { format }),
    ...(rle === undefined ? {} : { rle }),
    ...(compression === undefined ? {} : { compression }),
    ...(decimation === undefined ? {} : { decimation }),
    ...(framebuffer === undefined ? {} : { framebuffer }),
  };
}

/** Some firmware shows a form in the picture, other closes in time: without the consent there is nothing to see. */
async function consented(host: string, consent: Consent, { consentCode, signal }: ScreenOptions): Promise<void> {
  if (consentCode === 'in-picture') return;
  const { required, state } = await until(consent.read(), signal);
  if (required === 'none' || state === 'received' || state === 'in-session') return;
  if (consentCode === undefined) {
    throw new ConsentRequired(`${host} shows its screen only with the consent of the person at it.`, {
      host,
      hint: 'Ask for a code (consent request), have it read out, send it (consent send), then try again.',
    });
  }
  const plan = { consentMs: CONSENT_MS, pollMs: CONSENT_POLL_MS, consentCode, tell: () => {}, signal };
  try {
    await askConsent({ host, consent }, plan);
  } catch (error) {
    // Nobody waits for the code any more.
    await consent.cancel().catch(() => {});
    throw error;
  }
}

function notShown(host: string): TimedOut {
  return new TimedOut(`${host} opened its screen (KVM) and told nothing of it within ${SHOW_MS / 1000} seconds.`, {
    host,
    hint: 'Try again; if that does not help, switch the feature off and on.',
  });
}

function dropError(host: string, { cause: of, reason }: RfbDrop, cause?: unknown): AmtError {
  const begun = of === 'ended' || of === 'no-picture' || of === 'too-large';
  const message = `The screen of ${host} ${begun ? 'was lost' : 'did not open'}: ${reason[0]?.toLowerCase()}${reason.slice(1)}`;
  switch (of) {
    case 'refused':
    case 'too-large':
      return new RedirectionRefused(message, { host, cause });
    case 'no-display':
      return new RedirectionRefused(message, {
        host,
        cause,
        hint: 'Wake the PC; attach a monitor or a dummy plug to the port of its built-in graphics.',
      });
    case 'no-channel':
    case 'no-picture':
    case 'ended':
      return new ConnectFailed(message, { host, cause });
  }
}
