/**
 * Logging in to one machine: which challenge is answered, and what a refusal means. [RFC 7616 §3.3] [AMT: HTTP Digest]
 *
 * Ten wrong log-ins in a row lock an account, so a password is tried once. The exception is a nonce that may have aged.
 */
import { hash, randomBytes } from 'node:crypto';
import { digestAnswers, digestHa1, parseChallenge } from '../auth/digest.ts';
import { AuthenticationFailed, ProtocolError, Untrusted } from '../errors.ts';

/** Who logs in, and where. */
export interface LoginOptions {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** The only realm to log in to. Without it, the first one that is seen. */
  readonly realm?: string | undefined;
}

/** What a `401` means for one call. */
export interface RefusalContext {
  /** Whether the refused request answered a challenge; the first one of all cannot. */
  readonly answered: boolean;
  /** Answers of the same call that were refused, this one included. */
  readonly refusals: number;
}

/** How long firmware that locks an account may refuse it, at most. [AMT: login back-off] */
const LOCKED_MS = 80_000;

/** Answers of one call that may be refused for an aged nonce before the log-in itself is in question. */
const MAX_REFUSALS = 2;

/** The log-in of one machine. A challenge belongs to the machine and not to a connection: it outlives both. */
export class Login {
  readonly #options: LoginOptions;
  #password: string;
  #realm: string;
  /** Answers the last challenge; nothing before the first one, and nothing where answering was in vain. */
  #answer: ((nc: number, body: Uint8Array) => string) | undefined;
  /** Counts on over new challenges, as consoles in the field do. */
  #counter = 0;
  /** This nonce was accepted, so its refusal may mean that it has aged. */
  #nonceWasGood = false;
  /** This password was accepted, so its refusal may mean that the account is locked. */
  #passwordWasGood = false;
  #refusedCalls = 0;

  /** @throws TypeError when the user's name cannot be written into a header */
  constructor(options: LoginOptions) {
    if (/\p{Cc}/u.test(options.user)) throw new TypeError('A user name has no control characters.');
    this.#options = options;
    this.#password = options.password;
    this.#realm = options.realm ?? '';
  }

  get user(): string {
    return this.#options.user;
  }

  /** The realm of the machine; empty before its first challenge. */
  get realm(): string {
    return this.#realm;
  }

  /** Goes on with another password. The challenge is asked for anew, which does not count as a try. */
  setPassword(password: string): void {
    this.#password = password;
    this.#passwordWasGood = false;
    this.#refusedCalls = 0;
    this.#answer = undefined;
  }

  /** The `Authorization` header for a body; `undefined` while there is no challenge to answer. */
  authorize(body: Uint8Array): string | undefined {
    return this.#answer?.(++this.#counter, body);
  }

  /** A request with an answer in it was not refused. */
  accepted(): void {
    this.#nonceWasGood = true;
    this.#passwordWasGood = true;
    this.#refusedCalls = 0;
  }

  /**
   * Takes the challenge of a `401`. Returns when the request is to be sent again.
   * @throws AuthenticationFailed, Untrusted when the realm is another one, ProtocolError when there is no Digest challenge
   */
  refused(headers: string | readonly string[] | undefined, { answered, refusals }: RefusalContext): void {
    const { host } = this.#options;
    const challenge = parseChallenge(headers);
    if (challenge === undefined) throw new ProtocolError(`${host} asks for a log-in that is not Digest.`, { host });
    this.#checkRealm(challenge.realm);
    const aged = challenge.stale || this.#nonceWasGood;
    this.#nonceWasGood = false;
    if (answered && (!aged || refusals > MAX_REFUSALS)) throw this.#giveUp();
    this.#answer = digestAnswers(md5, challenge, {
      // Headers carry bytes; those of UTF-8 pass as they are.
      user: Buffer.from(this.user).toString('latin1'),
      ha1: digestHa1(md5, this.user, challenge.realm, this.#password),
      method: 'POST',
      uri: '/wsman',
      cnonce: randomBytes(8).toString('hex'),
    });
  }

  /** The hash of a password is worth something to an impostor, so it is not computed for a stranger. */
  #checkRealm(realm: string): void {
    const { host } = this.#options;
    if (this.#realm !== '' && this.#realm !== realm) {
      throw new Untrusted(`${host} is not the machine it was: its realm was ${this.#realm} and is ${realm}.`, {
        host,
        stranger: true,
        hint: 'It was provisioned again, or another machine has its address. If you know why, run: amt trust',
      });
    }
    this.#realm = realm;
  }

  /** Forgets the challenge: whoever asks again, perhaps much later, is to answer a fresh one. */
  #giveUp(): AuthenticationFailed {
    const { host } = this.#options;
    this.#answer = undefined;
    this.#refusedCalls++;
    const locked = this.#passwordWasGood || this.#refusedCalls > 1;
    return new AuthenticationFailed(`${host} refused the user ${JSON.stringify(this.user)} with this password.`, {
      host,
      hint: this.#passwordWasGood
        ? 'The same log-in was good before: the password was changed, or the account is locked for up to 80 seconds, during which the right password is refused, too.'
        : 'Check user and password. After ten refusals in a row the firmware refuses the right password, too, for up to 80 seconds.',
      lockedUntil: locked ? new Date(Date.now() + LOCKED_MS) : undefined,
    });
  }
}

function md5(data: string | Uint8Array): string {
  return hash('md5', data, 'hex');
}
