/** The log-in of the redirection ports: what is offered, the challenge, and whether an answer is right. [REDIR §4] */
import { timingSafeEqual } from 'node:crypto';
import {
  AuthenticationMethod,
  type AuthenticationStatus,
  decodeTexts,
  digestResponseOf,
  encodeTexts,
  REDIRECTION_URI,
  type SessionMessage,
} from '@amtkit/core/wire';
import { type Firmware, md5 } from '../firmware.ts';
import { accountOf, type Failures } from '../log-in.ts';
import { mayRedirect } from '../realms.ts';
import type { Login, Recorder } from '../record.ts';
import type { Account } from '../state.ts';

type Request = Extract<SessionMessage, { type: 'AuthenticateSession' }>;
type Reply = Extract<SessionMessage, { type: 'AuthenticateSessionReply' }>;

/** What an AuthenticateSession led to: a reply, and who it is, or that the connection is over. */
export interface LogInStep {
  readonly reply: Reply;
  readonly account?: Account;
  readonly failed?: boolean;
}

/** What a log-in works with. */
export interface LogInOptions {
  readonly firmware: Firmware;
  readonly failures: Failures;
  readonly recorder: Recorder;
  readonly address: string;
}

/** Challenges one connection gets. Consoles that answer each of them would go on for ever. */
const MOST_CHALLENGES = 3;

const METHODS: Readonly<Record<string, number>> = AuthenticationMethod;

/** The log-in of one connection. */
export class LogIn {
  readonly #options: LogInOptions;
  /** The nonce of this connection; no other one is good here. */
  #nonce: string | undefined;
  #challenges = 0;

  constructor(options: LogInOptions) {
    this.#options = options;
  }

  /** @throws ProtocolError when the texts of a log-in are none */
  step({ method, data }: Request): LogInStep {
    const number = typeof method === 'number' ? method : (METHODS[method] as number);
    const { redirectionLogins } = this.#options.firmware.quirks;
    if (method === 'Query') return { reply: reply('Success', method, Uint8Array.from(redirectionLogins)) };
    if (!redirectionLogins.some((offered) => offered === number)) return { reply: reply('NotSupported', method) };
    const texts = decodeTexts(data);
    if (method === 'UserPassword') return this.#password(method, texts);
    return this.#digest(method, texts);
  }

  #password(method: Request['method'], [user = '', password = '']: readonly string[]): LogInStep {
    const { realm } = this.#options.firmware.identity;
    return this.#judge(method, user, (account) => same(md5(`${user}:${realm}:${password}`), account.ha1));
  }

  /** Fields in order: user, realm, nonce, URI, cnonce, counter, response, and with type 4 the quality of protection. */
  #digest(method: Request['method'], texts: readonly string[]): LogInStep {
    const [user = '', realm = '', nonce = '', uri = '', cnonce = '', nc = '', response = '', qop = ''] = texts;
    if (response === '') return this.#challenge(method);
    const { identity } = this.#options.firmware;
    const withQop = method === 'DigestQop';
    const known = realm === identity.realm && nonce !== '' && nonce === this.#nonce && uri === REDIRECTION_URI;
    const input = { method: 'POST', uri, nonce, nc, cnonce, ...(withQop && { qop: 'auth' as const }) };
    return this.#judge(
      method,
      user,
      ({ ha1 }) => known && (!withQop || qop === 'auth') && same(digestResponseOf(md5, ha1, input), response),
    );
  }

  #challenge(method: Request['method']): LogInStep {
    if (++this.#challenges > MOST_CHALLENGES) return { reply: reply('Failure', method), failed: true };
    const { identity, random } = this.#options.firmware;
    this.#nonce ??= Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
    const fields = [identity.realm, this.#nonce, ...(method === 'DigestQop' ? ['auth'] : [])];
    return { reply: reply('Failure', method, encodeTexts(fields)) };
  }

  #judge(method: Request['method'], user: string, right: (account: Account) => boolean): LogInStep {
    const { firmware, failures, recorder, address } = this.#options;
    const account = accountOf(firmware, user);
    const refuse = (why: NonNullable<Login['why']>): LogInStep => {
      recorder.addLogin({ user, ok: false, why, address });
      return { reply: reply('Failure', method), failed: true };
    };
    if (failures.locked(user)) return refuse('locked');
    if (account === undefined || !right(account)) {
      failures.add(user);
      return refuse(account === undefined ? 'unknown' : 'wrong');
    }
    // The password was right, so this is no failure to count; but it opens nothing here.
    if (!mayRedirect(account)) return refuse('unknown');
    failures.forget(user);
    recorder.addLogin({ user, ok: true, address });
    return { reply: reply('Success', method), account };
  }
}

function reply(status: keyof typeof AuthenticationStatus, method: Request['method'], data: Uint8Array = NONE): Reply {
  return { type: 'AuthenticateSessionReply', status, method, data };
}

const NONE = new Uint8Array(0);

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other.toLowerCase())];
  return a.length === b.length && timingSafeEqual(a, b);
}
