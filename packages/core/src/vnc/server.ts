/**
 * A screen for any VNC viewer: one end of one connection, RFB 3.3 to 3.8. No socket, no clock. Several of them may show
 * one framebuffer; each sends its viewer what that viewer has not seen, when it asks. [RFC 6143] [RFB]
 */
import { VNC_CHALLENGE_LENGTH, vncResponse } from '../auth/vnc-challenge.ts';
import { excerpt } from '../bytes/hex.ts';
import { Inbox } from '../bytes/inbox.ts';
import { Reader } from '../bytes/reader.ts';
import { ProtocolError } from '../errors.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import type { KeyStroke } from '../redirection/kvm/keysyms.ts';
import type { KeyboardLayout } from '../redirection/kvm/layouts/layout.ts';
import { us } from '../redirection/kvm/layouts/us.ts';
import {
  RFB_VERSION,
  RfbSecurity,
  refusalReason,
  rfbServerMessages,
  rfbVersion,
  securityResult,
  securityTypes,
  serverInit,
} from '../redirection/kvm/messages.ts';
import { ALL_BUTTONS } from '../redirection/kvm/pointer.ts';
import type { Protocol } from '../redirection/protocol.ts';
import { KeyTranslator } from './keys.ts';
import { decidedSecurity, decodeViewerMessage, type ViewerMessage } from './messages.ts';
import { NATIVE_FORMAT } from './pixels.ts';
import { ViewerScreen } from './screen.ts';

/** What is shown to a viewer, and who may look. */
export interface VncServerOptions {
  readonly framebuffer: Framebuffer;
  /** What the viewer writes over its window. Not the firmware's own name: noVNC falls back to 8 bits when it sees that. */
  readonly title: string;
  /** Asked for as a proof; eight characters of it count. Nobody is asked without. */
  readonly password?: PasswordCheck;
  /** Keys and pointer of the viewer count for nothing. @default false */
  readonly viewOnly?: boolean;
  /** Layout of the guest, for viewers that tell characters and not keys. @default us */
  readonly layout?: KeyboardLayout;
}

/** A password and the question it answers. */
export interface PasswordCheck {
  readonly password: string;
  /** 16 bytes that nobody can guess, new for each viewer. */
  readonly challenge: Uint8Array;
}

/** What a viewer did. */
export type VncEvent =
  /** It is in, and knows of the screen. `shared`: it does not mind others. */
  | { readonly type: 'joined'; readonly shared: boolean }
  /** It does not get in: close the connection once this has been sent. */
  | { readonly type: 'rejected'; readonly reason: string; readonly cause: RejectionCause }
  /** A key of the machine, as the firmware knows it. */
  | ({ readonly type: 'key' } & KeyStroke)
  /** The pointer and all buttons that are down. */
  | { readonly type: 'pointer'; readonly x: number; readonly y: number; readonly buttons: number }
  /** It has something new in its clipboard, with \n at the end of lines: to be typed, if at all. */
  | { readonly type: 'clipboard'; readonly text: string }
  /** It is gone; before this come the keys and buttons that it held, let go. */
  | { readonly type: 'left' };

/** Why a viewer does not get in: its password was wrong, it was to be refused, or it asked for what was not offered. */
export type RejectionCause = 'password' | 'refusal' | 'type';

/** Where the conversation is; `minor` is the version agreed on, 3.`minor`. */
type State =
  | { readonly name: 'version' }
  | { readonly name: 'security'; readonly minor: 7 | 8 }
  | { readonly name: 'proof'; readonly minor: 3 | 7 | 8 }
  | { readonly name: 'init' }
  | { readonly name: 'running' }
  | { readonly name: 'over' };

/**
 * Serves one viewer. Updates are made when `takeOutgoing` is called, of what the framebuffer holds then: call it after
 * every change of the framebuffer, and not while the viewer is behind in reading.
 */
export class VncServer implements Protocol<VncEvent> {
  readonly #options: VncServerOptions;
  readonly #inbox = new Inbox(MAX_WAITING);
  readonly #screen: ViewerScreen;
  readonly #keys: KeyTranslator;
  #outgoing: Uint8Array[] = [];
  #state: State = { name: 'version' };
  #pointer = { x: 0, y: 0, buttons: 0 };
  #refusal: string | undefined;

  constructor(options: VncServerOptions) {
    const challenge = options.password?.challenge;
    if (challenge !== undefined && challenge.length !== VNC_CHALLENGE_LENGTH) {
      throw new TypeError(`A challenge has ${VNC_CHALLENGE_LENGTH} bytes, not ${challenge.length}.`);
    }
    this.#options = options;
    this.#screen = new ViewerScreen(options.framebuffer);
    this.#keys = new KeyTranslator(options.layout ?? us);
    this.#outgoing.push(rfbVersion.encode({ version: RFB_VERSION }));
  }

  receive(chunk: Uint8Array): VncEvent[] {
    if (this.#state.name === 'over') return [];
    this.#inbox.push(chunk);
    const events: VncEvent[] = [];
    for (let step = this.#step(); step !== undefined; step = this.#step()) events.push(...step);
    return events;
  }

  /** The connection is gone, from whichever side: lets go of everything the viewer held. */
  receiveEnd(): VncEvent[] {
    if (this.#state.name === 'over') return [];
    const joined = this.#state.name === 'running';
    this.#state = { name: 'over' };
    this.#screen.close();
    if (!joined) return [];
    const { x, y, buttons } = this.#pointer;
    return [
      ...this.#keys.release().map((stroke) => ({ type: 'key', ...stroke }) as const),
      ...(buttons === 0 ? [] : [{ type: 'pointer', x, y, buttons: 0 } as const]),
      { type: 'left' },
    ];
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (this.#state.name === 'running') outgoing.push(...this.#screen.takeUpdate());
    return outgoing;
  }

  /**
   * From now on: whoever is not in yet is not let in, and hears why as soon as it listens. Its password is not looked at.
   * With `undefined` it may come in after all.
   */
  refuse(reason: string | undefined): void {
    this.#refusal = reason;
  }

  /** Makes the viewer's machine beep. */
  bell(): void {
    if (this.#state.name === 'running') this.#outgoing.push(rfbServerMessages.encode({ type: 'Bell' }));
  }

  /** The next whole message and what it meant; `undefined` where there is none yet. */
  #step(): VncEvent[] | undefined {
    const state = this.#state;
    switch (state.name) {
      case 'version':
        return this.#taken(RFB_VERSION.length, (bytes) => this.#version(bytes));
      case 'security':
        return this.#taken(1, ([type = 0]) => this.#chosen(type, state.minor));
      case 'proof':
        return this.#taken(VNC_CHALLENGE_LENGTH, (bytes) => this.#proven(bytes, state.minor));
      case 'init':
        return this.#taken(1, ([shared]) => this.#joined(shared !== 0));
      case 'running': {
        const message = this.#inbox.next(decodeViewerMessage);
        return message === undefined ? undefined : this.#handle(message);
      }
      case 'over':
        return undefined;
    }
  }

  #taken(length: number, handle: (bytes: Uint8Array) => VncEvent[]): VncEvent[] | undefined {
    const bytes = this.#inbox.take(length);
    return bytes === undefined ? undefined : handle(bytes);
  }

  #version(bytes: Uint8Array): VncEvent[] {
    const minor = minorVersion(rfbVersion.decode(new Reader(bytes))?.version ?? '', bytes);
    const type = this.#options.password === undefined ? RfbSecurity.None : RfbSecurity.VncAuthentication;
    if (this.#refusal !== undefined) {
      // No type at all: then a reason comes, in every version.
      const none =
        minor === 3 ? decidedSecurity.encode({ type: 0 }) : securityTypes.encode({ types: new Uint8Array(0) });
      this.#outgoing.push(none, reasonBytes(this.#refusal));
      return this.#over(this.#refusal, 'refusal');
    }
    if (minor === 3) {
      this.#outgoing.push(decidedSecurity.encode({ type }));
      return this.#begin(type, minor);
    }
    this.#outgoing.push(securityTypes.encode({ types: Uint8Array.of(type) }));
    this.#state = { name: 'security', minor };
    return [];
  }

  #chosen(type: number, minor: 7 | 8): VncEvent[] {
    const offered = this.#options.password === undefined ? RfbSecurity.None : RfbSecurity.VncAuthentication;
    if (type !== offered) return this.#reject(`security type ${type} was not offered`, minor, 'type');
    return this.#begin(type, minor);
  }

  /** Asks for a proof, or none. */
  #begin(type: number, minor: 3 | 7 | 8): VncEvent[] {
    const challenge = this.#options.password?.challenge;
    if (type === RfbSecurity.VncAuthentication && challenge !== undefined) {
      this.#outgoing.push(challenge);
      this.#state = { name: 'proof', minor };
      return [];
    }
    // Only 3.8 says that nothing went well.
    if (minor === 8) this.#outgoing.push(securityResult.encode({ status: 0 }));
    this.#state = { name: 'init' };
    return [];
  }

  #proven(response: Uint8Array, minor: 3 | 7 | 8): VncEvent[] {
    if (this.#refusal !== undefined) return this.#reject(this.#refusal, minor, 'refusal');
    const { password = '', challenge = new Uint8Array(0) } = this.#options.password ?? {};
    const right = areEqual(response, vncResponse(password, challenge));
    if (!right) return this.#reject('the password is not right', minor, 'password');
    this.#outgoing.push(securityResult.encode({ status: 0 }));
    this.#state = { name: 'init' };
    return [];
  }

  #reject(reason: string, minor: 3 | 7 | 8, cause: RejectionCause): VncEvent[] {
    this.#outgoing.push(securityResult.encode({ status: 1 }));
    if (minor === 8) this.#outgoing.push(reasonBytes(reason));
    return this.#over(reason, cause);
  }

  #over(reason: string, cause: RejectionCause): VncEvent[] {
    this.#state = { name: 'over' };
    this.#screen.close();
    return [{ type: 'rejected', reason, cause }];
  }

  #joined(shared: boolean): VncEvent[] {
    const { width, height } = this.#screen.size;
    const name = new TextEncoder().encode(this.#options.title);
    this.#outgoing.push(serverInit.encode({ width, height, ...NATIVE_FORMAT, name }));
    this.#state = { name: 'running' };
    return [{ type: 'joined', shared }];
  }

  #handle(message: ViewerMessage): VncEvent[] {
    switch (message.type) {
      case 'SetPixelFormat':
        this.#screen.setFormat(message);
        return [];
      case 'SetEncodings':
        this.#screen.setEncodings(message.encodings);
        return [];
      case 'FramebufferUpdateRequest':
        this.#screen.request(message, message.incremental !== 0);
        return [];
      case 'SetDesktopSize':
        this.#screen.refuseResize();
        return [];
      case 'KeyEvent':
        return this.#key(this.#keys.character(message.keysym, message.down !== 0));
      case 'ExtendedKeyEvent':
        return this.#key(this.#keys.place(message.scanCode, message.keysym, message.down !== 0));
      case 'PointerEvent':
        return this.#moved(message);
      case 'ClientCutText':
        return this.#options.viewOnly || message.text.length === 0 ? [] : [clipboard(message.text)];
    }
  }

  #key(strokes: readonly KeyStroke[]): VncEvent[] {
    return this.#options.viewOnly ? [] : strokes.map((stroke) => ({ type: 'key', ...stroke }));
  }

  #moved({ x, y, buttons }: { readonly x: number; readonly y: number; readonly buttons: number }): VncEvent[] {
    if (this.#options.viewOnly) return [];
    const { width, height } = this.#options.framebuffer;
    this.#pointer = {
      x: Math.max(0, Math.min(x, width - 1)),
      y: Math.max(0, Math.min(y, height - 1)),
      buttons: buttons & ALL_BUTTONS,
    };
    return [{ type: 'pointer', ...this.#pointer }];
  }
}

/** More than this that is no whole message is nonsense: the largest is a clipboard. */
const MAX_WAITING = 512 * 1024;

/** 3.3, 3.7 and 3.8 are known. What is none of them is taken for the one before it, as the RFC has it. */
function minorVersion(version: string, bytes: Uint8Array): 3 | 7 | 8 {
  const [, major, minor] = /^RFB (\d{3})\.(\d{3})\n$/.exec(version) ?? [];
  if (major === undefined) throw new ProtocolError(`A viewer does not begin with a version of RFB: ${excerpt(bytes)}.`);
  if (Number(major) > 3 || Number(minor) >= 8) return 8;
  return Number(minor) === 7 ? 7 : 3;
}

function reasonBytes(reason: string): Uint8Array {
  return refusalReason.encode({ reason: new TextEncoder().encode(reason) });
}

function clipboard(text: Uint8Array): VncEvent {
  const latin1 = Array.from(text, (byte) => String.fromCharCode(byte)).join('');
  return { type: 'clipboard', text: latin1.replaceAll('\r\n', '\n') };
}

/** Takes as long for a near miss as for any. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
