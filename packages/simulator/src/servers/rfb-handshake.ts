/** The beginning of RFB from the firmware's side: versions, security, who is welcome. [RFC 6143 §7.1] [REDIR §KVM 3] */
import {
  type Inbox,
  ProtocolError,
  RfbSecurity,
  refusalReason,
  rfbVersion,
  securityResult,
  securityTypes,
} from '@amtkit/core/wire';
import { VNC_CHALLENGE } from './vnc-password.ts';

/** How one begins. */
export interface RfbHandshakeOptions {
  /** What the firmware calls its version: `003.008`, or `004.000`, which no console may choose. */
  readonly version: string;
  readonly send: (bytes: Uint8Array) => void;
  /** Whether a viewer has to know a password; without it who comes has proved itself already. */
  readonly password?: {
    readonly challenge: () => Uint8Array;
    readonly right: (answer: Uint8Array, to: Uint8Array) => boolean;
  };
}

type State =
  | { readonly name: 'version' }
  | { readonly name: 'security'; readonly minor: number }
  | { readonly name: 'answer'; readonly minor: number; readonly challenge: Uint8Array }
  | { readonly name: 'sharing' }
  | { readonly name: 'over'; readonly welcome: boolean };

/** One of them. What a console says decides; nothing of it waits. */
export class RfbHandshake {
  readonly #options: RfbHandshakeOptions;
  #state: State = { name: 'version' };

  constructor(options: RfbHandshakeOptions) {
    this.#options = options;
  }

  /** The first message. In the KVM channel it shares a segment with what opens that. */
  get greeting(): Uint8Array {
    return rfbVersion.encode({ version: `RFB ${this.#options.version}\n` });
  }

  /** True once the console is in, false when it never will be. */
  get welcome(): boolean | undefined {
    return this.#state.name === 'over' ? this.#state.welcome : undefined;
  }

  /** Takes the console's next message; false while it is not whole. @throws ProtocolError */
  next(inbox: Inbox): boolean {
    switch (this.#state.name) {
      case 'version': {
        const message = inbox.next((reader) => rfbVersion.decode(reader));
        if (message !== undefined) this.#version(message.version);
        return message !== undefined;
      }
      case 'security':
      case 'sharing': {
        const byte = inbox.take(1)?.[0];
        if (byte === undefined) return false;
        if (this.#state.name === 'security') this.#security(byte, this.#state.minor);
        else this.#state = { name: 'over', welcome: true };
        return true;
      }
      case 'answer': {
        const answer = inbox.take(VNC_CHALLENGE);
        if (answer !== undefined) this.#answer(answer, this.#state);
        return answer !== undefined;
      }
      case 'over':
        throw new ProtocolError('A console began anew after the handshake was over.');
    }
  }

  /** 3.8, or earlier: 3.3 is told what it gets and asks nothing, 3.7 hears of no result. */
  #version(version: string): void {
    const [, major, minor] = /^RFB (\d{3})\.(\d{3})\n$/.exec(version) ?? [];
    if (Number(major) !== 3) throw new ProtocolError(`A console chose the version ${JSON.stringify(version)}.`);
    if (Number(minor) >= 7) {
      this.#options.send(securityTypes.encode({ types: Uint8Array.of(this.#type) }));
      this.#state = { name: 'security', minor: Number(minor) };
    } else {
      this.#options.send(Uint8Array.of(0, 0, 0, this.#type));
      this.#begin(Number(minor));
    }
  }

  get #type(): number {
    return this.#options.password === undefined ? RfbSecurity.None : RfbSecurity.VncAuthentication;
  }

  #security(type: number, minor: number): void {
    if (type === this.#type) this.#begin(minor);
    else this.#refuse(minor, 'No such security type');
  }

  /** The type is agreed on. Of "none" only 3.8 says that it went well. */
  #begin(minor: number): void {
    const { password, send } = this.#options;
    if (password === undefined) {
      if (minor >= 8) send(securityResult.encode({ status: 0 }));
      this.#state = { name: 'sharing' };
      return;
    }
    const challenge = password.challenge();
    send(challenge);
    this.#state = { name: 'answer', minor, challenge };
  }

  #answer(answer: Uint8Array, { minor, challenge }: Extract<State, { name: 'answer' }>): void {
    const { password, send } = this.#options;
    if (password?.right(answer, challenge) !== true) {
      this.#refuse(minor, 'Wrong password');
      return;
    }
    send(securityResult.encode({ status: 0 }));
    this.#state = { name: 'sharing' };
  }

  #refuse(minor: number, reason: string): void {
    const { send } = this.#options;
    send(securityResult.encode({ status: 1 }));
    if (minor >= 8) send(refusalReason.encode({ reason: new TextEncoder().encode(reason) }));
    this.#state = { name: 'over', welcome: false };
  }
}
