/**
 * The way from a connection to a screen: the KVM channel is opened, then RFB agrees on a version and on who is there,
 * and the firmware says how large its screen is. [REDIR §KVM 2.5] [RFC 6143 §7.1]
 */
import { VNC_CHALLENGE_LENGTH, vncResponse } from '../../auth/vnc-challenge.ts';
import { excerpt } from '../../bytes/hex.ts';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import type { PieceTaker } from './gatherer.ts';
import { channelMessages, RFB_VERSION, RfbSecurity, rfbVersion, serverInit } from './messages.ts';

/** Set by MeshCentral's relay in front of the reply where it records the session. */
const RECORDING_MARK = 0xf0;

const CHANNEL_REPLY_LENGTH = 8;
const SERVER_INIT_LENGTH = 24;
/** Longer names and reasons are nonsense. */
const MAX_TEXT = 4096;

/** How far it is. `started`: the firmware told of its screen. `refused`: it gave a reason, and closes. */
export type HandshakeState =
  | { readonly name: 'channel'; readonly step: 'first' | 'rest' }
  | { readonly name: 'version' }
  | { readonly name: 'security'; readonly step: 'count' | 'types' | 'challenge' | 'result' }
  | { readonly name: 'refusal'; readonly step: 'length' | 'text' }
  | { readonly name: 'screen'; readonly step: 'head' | 'name' }
  | { readonly name: 'started'; readonly width: number; readonly height: number; readonly title: string }
  | { readonly name: 'refused'; readonly reason: string };

/** How a handshake begins. */
export interface HandshakeOptions {
  /** `channel`: after the log-in of a redirection session. `direct`: on port 5900 of old firmware, RFB at once. */
  readonly over: 'channel' | 'direct';
  /** For VNC authentication; up to eight characters count. */
  readonly password: string | undefined;
}

/** Console side. Wants its bytes piece by piece, `awaiting` of them. */
export class Handshake implements PieceTaker {
  #state: HandshakeState;
  #awaiting: number;
  readonly #password: string | undefined;
  readonly #send: (bytes: Uint8Array) => void;
  /** What came of ServerInit before its name. */
  #screenHead = new Uint8Array(0);

  /** Sends the first message, if it is ours. */
  constructor({ over, password }: HandshakeOptions, send: (bytes: Uint8Array) => void) {
    this.#password = password;
    this.#send = send;
    this.#state = over === 'channel' ? { name: 'channel', step: 'first' } : { name: 'version' };
    this.#awaiting = over === 'channel' ? 1 : RFB_VERSION.length;
    if (over === 'channel') send(channelMessages.encode({ type: 'OpenKvmChannel' }));
  }

  get state(): HandshakeState {
    return this.#state;
  }

  /** 0 when it is over. */
  get awaiting(): number {
    return this.#awaiting;
  }

  /** @throws ProtocolError */
  take(bytes: Uint8Array, at: number): void {
    const piece = bytes.subarray(at, at + this.#awaiting);
    const state = this.#state;
    if (state.name === 'channel') this.#channel(state.step, piece);
    else if (state.name === 'version') this.#version(piece);
    else if (state.name === 'security') this.#security(state.step, piece);
    else if (state.name === 'refusal') this.#refusal(state.step, piece);
    else if (state.name === 'screen') this.#screen(state.step, piece);
    else throw new ProtocolError(`More bytes after the handshake was over: ${excerpt(piece)}.`);
  }

  #go(state: HandshakeState, awaiting: number): void {
    this.#state = state;
    this.#awaiting = awaiting;
  }

  #channel(step: 'first' | 'rest', piece: Uint8Array): void {
    if (step === 'rest') {
      this.#go({ name: 'version' }, RFB_VERSION.length);
    } else if (piece[0] === 0x41) {
      this.#go({ name: 'channel', step: 'rest' }, CHANNEL_REPLY_LENGTH - 1);
    } else if (piece[0] !== RECORDING_MARK) {
      throw new ProtocolError(
        `The firmware answers the opening of the KVM channel with ${excerpt(piece)}, not with 41.`,
      );
    }
  }

  #version(piece: Uint8Array): void {
    // Whatever is offered: 4.0 is a protocol of its own that nobody may choose, and its speakers know 3.8.
    if (!/^RFB \d{3}\.\d{3}\n$/.test(latin1(piece))) {
      throw new ProtocolError(`No RFB version: ${excerpt(piece)}.`);
    }
    this.#send(rfbVersion.encode({ version: RFB_VERSION }));
    this.#go({ name: 'security', step: 'count' }, 1);
  }

  #security(step: 'count' | 'types' | 'challenge' | 'result', piece: Uint8Array): void {
    if (step === 'count') {
      const count = piece[0] as number;
      if (count === 0) this.#go({ name: 'refusal', step: 'length' }, 4);
      else this.#go({ name: 'security', step: 'types' }, count);
    } else if (step === 'types') {
      this.#chooseType(piece);
    } else if (step === 'challenge') {
      this.#send(vncResponse(this.#password ?? '', piece));
      this.#go({ name: 'security', step: 'result' }, 4);
    } else if (piece.some((byte) => byte !== 0)) {
      this.#go({ name: 'refusal', step: 'length' }, 4);
    } else {
      // Shared; there is only one session anyway.
      this.#send(Uint8Array.of(1));
      this.#go({ name: 'screen', step: 'head' }, SERVER_INIT_LENGTH);
    }
  }

  #chooseType(types: Uint8Array): void {
    if (types.includes(RfbSecurity.None)) {
      this.#send(Uint8Array.of(RfbSecurity.None));
      this.#go({ name: 'security', step: 'result' }, 4);
    } else if (types.includes(RfbSecurity.VncAuthentication) && this.#password !== undefined) {
      this.#send(Uint8Array.of(RfbSecurity.VncAuthentication));
      this.#go({ name: 'security', step: 'challenge' }, VNC_CHALLENGE_LENGTH);
    } else {
      const wanted = types.includes(RfbSecurity.VncAuthentication) ? 'the VNC password' : 'a log-in nobody here knows';
      this.#refused(`the firmware asks for ${wanted} (security types ${[...types].join(', ')})`);
    }
  }

  #refusal(step: 'length' | 'text', piece: Uint8Array): void {
    if (step === 'text') {
      this.#refused(latin1(piece));
      return;
    }
    const length = lengthIn(piece, 0);
    if (length === 0) this.#refused('no reason given');
    else this.#go({ name: 'refusal', step: 'text' }, length);
  }

  #refused(reason: string): void {
    this.#go({ name: 'refused', reason }, 0);
  }

  #screen(step: 'head' | 'name', piece: Uint8Array): void {
    if (step === 'name') {
      this.#started(piece);
      return;
    }
    this.#screenHead = piece.slice();
    const length = lengthIn(piece, SERVER_INIT_LENGTH - 4);
    if (length === 0) this.#started(new Uint8Array(0));
    else this.#go({ name: 'screen', step: 'name' }, length);
  }

  #started(name: Uint8Array): void {
    const whole = new Uint8Array(SERVER_INIT_LENGTH + name.length);
    whole.set(this.#screenHead);
    whole.set(name, SERVER_INIT_LENGTH);
    const screen = serverInit.decode(new Reader(whole));
    if (screen === undefined) throw new ProtocolError(`ServerInit is too short: ${excerpt(whole)}.`);
    this.#go({ name: 'started', width: screen.width, height: screen.height, title: latin1(screen.name) }, 0);
  }
}

function lengthIn(piece: Uint8Array, at: number): number {
  const length = new DataView(piece.buffer, piece.byteOffset + at, 4).getUint32(0);
  if (length > MAX_TEXT) throw new ProtocolError(`A text of ${length} bytes where ${MAX_TEXT} are plenty.`);
  return length;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
