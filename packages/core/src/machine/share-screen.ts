/** One screen for several viewers: each speaks VNC over a stream of its own, all look at the one session there is. */
import { ConnectFailed, TimedOut } from '../errors.ts';
import type { KeyboardLayout } from '../redirection/kvm/layouts/layout.ts';
import { type KeyboardLayoutName, keyboardLayouts } from '../redirection/kvm/layouts/typing.ts';
import { type Pump, pump } from '../redirection/pump.ts';
import type { ByteStream } from '../transport/stream.ts';
import { GuessLimit, type Refusal, slowed } from '../vnc/guesses.ts';
import { type VncEvent, VncServer } from '../vnc/server.ts';
import { type PasteEvent, Pasting } from './paste.ts';
import type { ScreenSession } from './screen-session.ts';

/** How a screen is shown. */
export interface ShareOptions {
  /** What viewers write over their window. */
  readonly title: string;
  /** Keyboard that the guest is set to, for viewers that tell characters and not keys. @default 'us' */
  readonly layout?: KeyboardLayoutName | KeyboardLayout;
  /** Called with what viewers do beside looking and typing. */
  readonly onEvent?: (event: ViewerEvent) => void;
  readonly patience?: Partial<SharePatience>;
  /** After each key that goes down or up while a clipboard is typed, milliseconds. @default as for all text */
  readonly strokeMs?: number;
  /** What time it is, for waits after wrong passwords and between pictures; milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** How long viewers may take, milliseconds. */
export interface SharePatience {
  /** Until one is in. @default 60_000: somebody may have to type a password */
  readonly joinMs: number;
  /** While it takes nothing of what waits for it. @default 30_000 */
  readonly stallMs: number;
  /** Between two looks at both. @default 5_000 */
  readonly checkMs: number;
}

/**
 * A picture comes as many areas, one after the other, and viewers are told of what is painted until then: of the first at
 * once, of the others no more often than this, milliseconds. Each update costs both ends something.
 */
const GATHER_MS = 10;

/** What one viewer may do. */
export interface ViewerOptions {
  /**
   * Asked for as a proof; eight characters of it count. Nobody is asked without. After some wrong ones viewers of that
   * address are refused for a while, which grows; after many from anywhere, everybody is who was not in before.
   */
  readonly password?: string | undefined;
  /** It looks and does not type. @default false */
  readonly viewOnly?: boolean | undefined;
  /**
   * Each text that is new in its clipboard is typed at the machine, up to 2,000 characters, until somebody presses a key.
   * @default false
   */
  readonly paste?: boolean | undefined;
}

/** What a viewer did; `viewer` counts them from 1. */
export type ViewerEvent =
  /** It sees the screen. */
  | { readonly type: 'joined'; readonly viewer: number; readonly address?: string }
  /** It was not let in. Not told of those that are refused because of wrong passwords before. */
  | { readonly type: 'rejected'; readonly viewer: number; readonly address?: string; readonly reason: string }
  /**
   * After so many wrong passwords nobody from its address is let in for a while, or with `everybody` nobody at all who
   * was not in before.
   */
  | ({ readonly type: 'slowed'; readonly viewer: number; readonly address?: string } & Refusal)
  /** It is gone; `error` where that was not in good order. Told of those that were in. */
  | { readonly type: 'left'; readonly viewer: number; readonly error?: Error }
  /** It has something new in its clipboard, with \n at the end of lines. */
  | { readonly type: 'clipboard'; readonly viewer: number; readonly text: string }
  /** And where that is typed, what became of it. */
  | PasteEvent;

/** A screen that is shown. Closing it sends the viewers away and leaves the session as it is. */
export interface SharedScreen extends AsyncDisposable {
  /** How many see it. */
  readonly viewers: number;
  /** Resolves when it is closed, or the session was. Rejects with what else ended the session, and may be left alone. */
  readonly done: Promise<void>;
  /** Shows it to whoever is at the other end of a stream. Resolves when that one is gone, for whatever reason. */
  serve(stream: ByteStream, options?: ViewerOptions): Promise<void>;
  close(): Promise<void>;
}

/** Shows a screen to viewers that come and go. */
export function shareScreen(screen: ScreenSession, options: ShareOptions): SharedScreen {
  return new Sharing(screen, options);
}

/** One viewer. */
interface Viewer {
  readonly number: number;
  readonly address: string | undefined;
  readonly pump: Pump;
  joined: boolean;
  /** It is being sent something; what changes meanwhile comes after that, as one. */
  sending: boolean;
  changed: boolean;
}

class Sharing implements SharedScreen {
  readonly done: Promise<void>;
  readonly #screen: ScreenSession;
  readonly #options: ShareOptions;
  readonly #patience: SharePatience;
  readonly #viewers = new Set<Viewer>();
  readonly #updates: AsyncIterableIterator<unknown>;
  readonly #pasting: Pasting;
  readonly #guesses = new GuessLimit();
  readonly #now: () => number;
  #count = 0;
  /** Takes back that viewers will be told. */
  #unwake: (() => void) | undefined;
  #wokenAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(screen: ScreenSession, options: ShareOptions) {
    this.#screen = screen;
    this.#options = options;
    this.#patience = { joinMs: 60_000, stallMs: 30_000, checkMs: 5_000, ...options.patience };
    this.#now = options.now ?? (() => performance.now());
    this.#pasting = new Pasting(screen, {
      layout: this.#layout,
      strokeMs: options.strokeMs,
      onEvent: (event) => this.#tell(event),
    });
    this.#updates = screen.updates();
    this.done = this.#follow();
    this.done.catch(() => {});
  }

  get viewers(): number {
    return [...this.#viewers].filter(({ joined }) => joined).length;
  }

  async serve(stream: ByteStream, options: ViewerOptions = {}): Promise<void> {
    if (this.#closed) return await stream.close();
    const number = ++this.#count;
    const address = stream.remoteAddress;
    const { password, paste = false } = options;
    const server = new VncServer(this.#serverOptions(options));
    const waitMs = (): number => this.#guesses.waitMs(address, this.#now());
    const protocol = password === undefined ? server : slowed(server, waitMs);
    const take = (event: VncEvent): void => {
      if (event.type === 'joined') {
        viewer.joined = true;
        if (password !== undefined) this.#guesses.right(address);
        this.#tell({ type: 'joined', viewer: number, ...from(address) });
      } else if (event.type === 'rejected') {
        this.#rejected(viewer, event);
        void viewer.pump.close();
      } else this.#take(event, number, paste);
    };
    const check = this.#checks(stream, () => viewer.joined);
    const { checkMs } = this.#patience;
    const viewer: Viewer = {
      number,
      address,
      pump: pump(protocol, stream, { host: 'the viewer', deliver: take, heartbeat: { everyMs: checkMs, beat: check } }),
      joined: false,
      sending: false,
      changed: false,
    };
    this.#viewers.add(viewer);
    const error = await viewer.pump.done.then(
      () => undefined,
      (reason: Error) => reason,
    );
    this.#viewers.delete(viewer);
    // Whatever became of the connection: no key stays down.
    for (const event of server.receiveEnd()) this.#take(event, number, false);
    this.#pasting.left(number);
    if (viewer.joined) this.#tell({ type: 'left', viewer: number, ...(error === undefined ? {} : { error }) });
  }

  async close(): Promise<void> {
    await this.#end();
    await this.#updates.return?.();
    await this.done.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #layout(): KeyboardLayout {
    const { layout = 'us' } = this.#options;
    return typeof layout === 'string' ? keyboardLayouts[layout] : layout;
  }

  #serverOptions({ password, viewOnly = false }: ViewerOptions) {
    return {
      framebuffer: this.#screen.framebuffer,
      title: this.#options.title,
      viewOnly,
      layout: this.#layout,
      ...(password === undefined
        ? {}
        : { password: { password, challenge: crypto.getRandomValues(new Uint8Array(16)) } }),
    };
  }

  async #follow(): Promise<void> {
    try {
      for (;;) {
        if ((await this.#updates.next()).done) return;
        this.#unwake ??= soon(this.#wokenAt + GATHER_MS - this.#now(), () => this.#wake());
      }
    } finally {
      await this.#end();
    }
  }

  #wake(): void {
    this.#unwake = undefined;
    this.#wokenAt = this.#now();
    for (const viewer of this.#viewers) void refresh(viewer);
  }

  #rejected({ number, address }: Viewer, { reason, cause }: VncEvent & { type: 'rejected' }): void {
    if (cause !== 'refusal') this.#tell({ type: 'rejected', viewer: number, ...from(address), reason });
    if (cause !== 'password') return;
    for (const refusal of this.#guesses.wrong(address, this.#now())) {
      this.#tell({ type: 'slowed', viewer: number, ...from(address), ...refusal });
    }
  }

  #take(event: VncEvent, viewer: number, paste: boolean): void {
    if (event.type === 'clipboard') this.#tell({ type: 'clipboard', viewer, text: event.text });
    if (event.type === 'clipboard' && paste) void this.#pasting.paste(viewer, event.text);
    if (event.type === 'key') this.#pasting.key(viewer, event.keysym, event.pressed);
    try {
      if (event.type === 'key') this.#screen.key(event.keysym, event.pressed);
      if (event.type === 'pointer') this.#screen.pointer(event.x, event.y, event.buttons);
    } catch (error) {
      // Without a session what is typed goes nowhere.
      if (!(error instanceof ConnectFailed)) throw error;
    }
  }

  /** Throws when a viewer takes too long to come in, or takes nothing any more. */
  #checks(stream: ByteStream, joined: () => boolean): () => void {
    const { joinMs, stallMs, checkMs } = this.#patience;
    let waitedMs = 0;
    let stalledMs = 0;
    let unsent = 0;
    return () => {
      waitedMs += checkMs;
      const { unsent: now = 0 } = stream;
      stalledMs = now > 0 && now === unsent ? stalledMs + checkMs : 0;
      unsent = now;
      if (!joined() && waitedMs >= joinMs) throw new TimedOut('A viewer connected and did not come in.');
      if (stalledMs >= stallMs) throw new TimedOut('A viewer does not read what it is sent.');
    };
  }

  #tell(event: ViewerEvent): void {
    this.#options.onEvent?.(event);
  }

  async #end(): Promise<void> {
    this.#closed = true;
    this.#pasting.close();
    this.#unwake?.();
    await Promise.all([...this.#viewers].map(({ pump }) => pump.close()));
  }
}

/** Calls back after a while, or without one when all that waits has been done. Returns what takes it back. */
function soon(waitMs: number, act: () => void): () => void {
  if (waitMs > 0) {
    const timer = setTimeout(act, waitMs);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(act);
  return () => clearImmediate(immediate);
}

function from(address: string | undefined) {
  return address === undefined ? {} : { address };
}

/** Sends what is new, one update after the other: what is overtaken while a viewer is behind is never sent. */
async function refresh(viewer: Viewer): Promise<void> {
  viewer.changed = true;
  if (viewer.sending) return;
  viewer.sending = true;
  while (viewer.changed && !viewer.pump.over) {
    viewer.changed = false;
    await viewer.pump.flush();
  }
  viewer.sending = false;
}
