/**
 * The opening of every redirection connection, the console's side: names a service, logs in, and hands the bytes over
 * to the protocol of that service. [REDIR §Session]
 */
import { digestResponse, type Md5 } from '../../auth/digest.ts';
import { Inbox } from '../../bytes/inbox.ts';
import { describe } from '../../bytes/layout.ts';
import { AuthenticationFailed, ConnectFailed, NotSupported, ProtocolError, Untrusted } from '../../errors.ts';
import type { Protocol } from '../protocol.ts';
import {
  AuthenticationMethod,
  decodeTexts,
  encodeTexts,
  REDIRECTION_URI,
  RedirectionService,
  type SessionMessage,
  StartStatus,
  sessionMessages,
} from './messages.ts';
import { SERVICE_WORDS, startRefusal } from './refusals.ts';

/** What is opened, and as whom. */
export interface SessionOptions {
  /** Name of the machine, for texts. */
  readonly host: string;
  readonly service: keyof typeof RedirectionService;
  readonly user: string;
  readonly password: string;
  readonly md5: Md5;
  /** Our share of the digest: never the same twice, 32 hex digits as consoles in the field send. */
  readonly cnonce: string;
  /** The only digest realm to answer: that of WS-Management, which is the same one. */
  readonly realm?: string | undefined;
  /** Send user and password as they are where the firmware offers no digest, as some before 12 do. @default false */
  readonly clearText?: boolean;
}

/** What the opening comes to. */
export interface SessionEvent {
  readonly type: 'open';
  /** How it was logged in. */
  readonly method: LogIn;
  /** Version of the firmware as this service tells it. */
  readonly firmware: { readonly major: number; readonly minor: number };
  /** Bytes that came behind the log-in and belong to the service; firmware in order sends none. */
  readonly rest: Uint8Array;
}

/** The ways to log in that are known here. Kerberos is not one of them. */
export type LogIn = 'DigestQop' | 'Digest' | 'UserPassword';

/** Counts requests with one nonce, and the opening was the first: what consoles in the field send. [REDIR §4.3] */
const NONCE_COUNT = '00000002';

type State =
  /** Asked for the service. */
  | { readonly name: 'starting' }
  /** Asked for the ways to log in. */
  | { readonly name: 'choosing' }
  /** Asked for a challenge. */
  | { readonly name: 'asking'; readonly method: 'DigestQop' | 'Digest' }
  /** Answered it, or sent the password: whatever comes now is the verdict. */
  | { readonly name: 'proving'; readonly method: LogIn }
  | { readonly name: 'open' }
  | { readonly name: 'closed' };

/**
 * One opening. Digest with qop is preferred to digest without, and that to a password in clear. One challenge is answered
 * once: a second one is a refusal, and asking again would count towards the lock of the account.
 *
 * Refusals are thrown by `receive`: RedirectionRefused, ConsentRequired, AuthenticationFailed, NotSupported, Untrusted.
 */
export class RedirectionSession implements Protocol<SessionEvent> {
  readonly #options: SessionOptions;
  readonly #inbox = new Inbox();
  #outgoing: Uint8Array[] = [];
  #state: State = { name: 'starting' };
  #firmware = { major: 0, minor: 0 };

  constructor(options: SessionOptions) {
    this.#options = options;
    const variant = options.service === 'kvm' ? 1 : 0;
    this.#send({ type: 'StartRedirectionSession', variant, service: RedirectionService[options.service] });
  }

  receive(chunk: Uint8Array): SessionEvent[] {
    if (this.#state.name === 'closed') return [];
    if (this.#state.name === 'open') throw new TypeError('This connection belongs to its service since the log-in.');
    try {
      this.#inbox.push(chunk);
      this.#refuseEarly();
      for (let message = this.#next(); message !== undefined; message = this.#next()) {
        const event = this.#handle(message);
        if (event !== undefined) return [event];
      }
      return [];
    } catch (error) {
      this.#state = { name: 'closed' };
      throw error;
    }
  }

  /** @throws ConnectFailed: there is no good end before the session is open */
  receiveEnd(): SessionEvent[] {
    const { host, service } = this.#options;
    const { name } = this.#state;
    if (name === 'open' || name === 'closed') return [];
    this.#state = { name: 'closed' };
    throw new ConnectFailed(`${host} closed the connection ${DURING[name]} of ${SERVICE_WORDS[service]}.`, {
      host,
      hint: name === 'proving' ? MAYBE_REFUSED : 'Close other consoles, wait half a minute and try again.',
    });
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    return outgoing;
  }

  #next(): SessionMessage | undefined {
    return this.#inbox.next(sessionMessages.decode);
  }

  #send(message: SessionMessage): void {
    this.#outgoing.push(sessionMessages.encode(message));
  }

  /** The first two bytes of a refused start say all; whether more follow is not known, so nothing is waited for. */
  #refuseEarly(): void {
    const [type, status] = this.#inbox.peek();
    if (this.#state.name !== 'starting' || type !== START_REPLY || status === undefined) return;
    if (status !== StartStatus.Success) throw startRefusal(this.#options.host, this.#options.service, status);
  }

  #handle(message: SessionMessage): SessionEvent | undefined {
    const state = this.#state;
    switch (state.name) {
      case 'starting':
        if (message.type !== 'StartRedirectionSessionReply') break;
        this.#firmware = { major: message.firmwareMajor, minor: message.firmwareMinor };
        this.#state = { name: 'choosing' };
        this.#authenticate('Query', new Uint8Array(0));
        return undefined;
      case 'choosing':
        if (message.type !== 'AuthenticateSessionReply') break;
        this.#choose(message);
        return undefined;
      case 'asking':
        if (message.type !== 'AuthenticateSessionReply') break;
        // Nobody asked for a proof: then none is needed.
        if (message.status === 'Success') return this.#open(state.method);
        this.#answer(state.method, message);
        return undefined;
      case 'proving':
        if (message.type !== 'AuthenticateSessionReply') break;
        if (message.status === 'Success') return this.#open(state.method);
        throw this.#refused(message);
    }
    throw new ProtocolError(`${this.#options.host} sent ${describe(message)} ${DURING[state.name]}.`, {
      host: this.#options.host,
    });
  }

  #choose({ status, data }: AuthenticateReply): void {
    const { host, user, password, clearText = false } = this.#options;
    const offers = (method: LogIn) => data.includes(AuthenticationMethod[method]);
    if (status !== 'Success') throw this.#refused({ status, data });
    for (const method of ['DigestQop', 'Digest'] as const) {
      if (!offers(method)) continue;
      this.#state = { name: 'asking', method };
      this.#authenticate(method, this.#digestTexts(method, {}));
      return;
    }
    if (offers('UserPassword') && clearText) {
      this.#state = { name: 'proving', method: 'UserPassword' };
      this.#authenticate('UserPassword', encodeTexts([utf8(user), utf8(password)]));
      return;
    }
    throw noCommonMethod(host, data);
  }

  /** Answers the challenge. @throws Untrusted when it is another machine's */
  #answer(method: 'DigestQop' | 'Digest', reply: AuthenticateReply): void {
    const { host, user, password, md5, cnonce, realm: expected } = this.#options;
    if (reply.status !== 'Failure' || reply.data.length === 0) throw this.#refused(reply);
    const [realm, nonce, qop = ''] = decodeTexts(reply.data);
    if (realm === undefined || nonce === undefined) {
      throw new ProtocolError(`${host} sent a challenge without a nonce.`, { host });
    }
    if (expected !== undefined && expected !== realm) throw anotherRealm(host, expected, realm);
    const input = { user, password, realm, nonce, method: 'POST', uri: REDIRECTION_URI };
    if (method === 'DigestQop' && !qop.split(/\s*,\s*/).includes('auth')) {
      throw new ProtocolError(`${host} sent a challenge with the qop ${JSON.stringify(qop)} instead of auth.`, {
        host,
      });
    }
    const response =
      method === 'DigestQop'
        ? digestResponse(md5, { ...input, qop: 'auth', nc: NONCE_COUNT, cnonce })
        : digestResponse(md5, input);
    this.#state = { name: 'proving', method };
    this.#authenticate(
      method,
      this.#digestTexts(method, { realm, nonce, cnonce, nc: NONCE_COUNT, response, qop: 'auth' }),
    );
  }

  #digestTexts(
    method: 'DigestQop' | 'Digest',
    { realm = '', nonce = '', cnonce = '', nc = '', response = '', qop = '' }: Partial<Record<DigestField, string>>,
  ): Uint8Array {
    const texts = [utf8(this.#options.user), realm, nonce, REDIRECTION_URI, cnonce, nc, response];
    return encodeTexts(method === 'DigestQop' ? [...texts, qop] : texts);
  }

  #authenticate(method: keyof typeof AuthenticationMethod, data: Uint8Array): void {
    this.#send({ type: 'AuthenticateSession', method, data });
  }

  #open(method: LogIn): SessionEvent {
    this.#state = { name: 'open' };
    const rest = this.#inbox.take(this.#inbox.length) as Uint8Array;
    return { type: 'open', method, firmware: this.#firmware, rest };
  }

  #refused({ status }: AuthenticateReply): Error {
    const { host, service, user } = this.#options;
    const what = SERVICE_WORDS[service];
    if (status === 'NotSupported') {
      return new NotSupported(`${host} does not take the log-in it offered for ${what}.`, {
        host,
        hint: 'Switch redirection off and on again; if that does not help, report it with a trace.',
      });
    }
    return new AuthenticationFailed(
      `${host} refused the user ${JSON.stringify(user)} with this password for ${what}${status === 'Failure' ? '' : ` (status ${status})`}.`,
      {
        host,
        hint: 'Check user and password, and that the account has the realm for redirection. Ten refusals in a row lock it for a while.',
      },
    );
  }
}

/** Number of StartRedirectionSessionReply. */
const START_REPLY = 0x11;

type AuthenticateReply = Pick<Extract<SessionMessage, { type: 'AuthenticateSessionReply' }>, 'status' | 'data'>;

type DigestField = 'realm' | 'nonce' | 'cnonce' | 'nc' | 'response' | 'qop';

const DURING = {
  starting: 'at the start',
  choosing: 'before the log-in',
  asking: 'during the log-in',
  proving: 'during the log-in',
  open: 'after the log-in',
  closed: 'after its end',
} as const;

const MAYBE_REFUSED =
  'Firmware that refuses a log-in may say so by closing: check user, password and the realm for redirection before trying again.';

function anotherRealm(host: string, expected: string, realm: string): Untrusted {
  return new Untrusted(`${host} is not the machine it was: its realm was ${expected} and is ${realm}.`, {
    host,
    hint: 'It was provisioned again, or another machine has its address. If you know why, run: amt trust',
  });
}

function noCommonMethod(host: string, methods: Uint8Array): NotSupported {
  const names = Object.entries(AuthenticationMethod);
  const offered = Array.from(methods, (method) => names.find(([, number]) => number === method)?.[0] ?? method);
  const list = offered.length === 0 ? 'no way to log in' : `only ${offered.join(', ')} to log in`;
  return new NotSupported(`${host} offers ${list}, which is not done here.`, {
    host,
    hint: methods.includes(AuthenticationMethod.UserPassword)
      ? 'Firmware from 12 on never asks for a password in clear: somebody may stand between.'
      : 'Digest log-ins are switched on in the MEBx.',
  });
}

/** Characters that stand for the bytes of UTF-8, one each. */
function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
