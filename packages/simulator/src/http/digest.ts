/**
 * The log-in of the web server: digest with nonces nobody has to remember, and a back-off after too many failures.
 * [RFC 7616] [AMT: HTTP Digest]
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { digestResponseOf, parseAuthorization } from '@amtkit/core/wire';
import { type Firmware, md5 } from '../firmware.ts';
import { accountOf, Failures } from '../log-in.ts';
import type { Login } from '../record.ts';
import type { Account } from '../state.ts';
import type { HttpRequest } from './request.ts';

/** What came of a log-in. */
export type LoginResult =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly challenge: string; readonly login?: Omit<Login, 'address'> };

/** The door of one firmware. */
export class DigestDoor {
  readonly #firmware: Firmware;
  readonly #failures: Failures;
  #uses: Map<string, number> | undefined;
  #accounts: { readonly users: readonly Account[]; readonly admin: Account };
  #epoch = 0;

  /** @param failures counted with those of the other doors */
  constructor(firmware: Firmware, failures: Failures = new Failures(firmware)) {
    this.#firmware = firmware;
    this.#failures = failures;
    const { users, admin } = firmware.state;
    this.#accounts = { users, admin };
  }

  /** Who sends this request, or what to ask for. */
  check(request: HttpRequest): LoginResult {
    const fields = parseAuthorization(request.headers.get('authorization'));
    if (fields === undefined) return { ok: false, challenge: this.challenge(false) };
    const user = fields.username ?? '';
    const refuse = (why: NonNullable<Login['why']>): LoginResult => ({
      ok: false,
      challenge: this.challenge(why === 'stale' && this.#firmware.quirks.saysStale),
      login: { user, ok: false, why },
    });
    if (this.#failures.locked(user)) return refuse('locked');
    const account = accountOf(this.#firmware, user);
    const right = account !== undefined && this.#verify(account, fields, request);
    if (!right) {
      this.#failures.add(user);
      return refuse(account === undefined ? 'unknown' : 'wrong');
    }
    if (!this.#fresh(fields.nonce ?? '')) return refuse('stale');
    this.#failures.forget(user);
    return { ok: true, account };
  }

  /** A challenge with a new nonce; the spelling of the commas is firmware's own. */
  challenge(stale: boolean): string {
    const { identity, quirks } = this.#firmware;
    const qop = quirks.qop.length > 1 ? 'auth-int, auth' : quirks.qop[0];
    return `Digest realm="${identity.realm}", nonce="${this.#nonce()}",stale="${stale}",qop="${qop}"`;
  }

  #verify(account: Account, fields: Readonly<Record<string, string>>, request: HttpRequest): boolean {
    const { response = '', qop, nonce = '', uri = '', realm, nc, cnonce } = fields;
    if (!/^[0-9a-f]{32}$/i.test(response) || realm !== this.#firmware.identity.realm) return false;
    if (uri !== request.path) return false;
    if (qop !== undefined && !this.#firmware.quirks.qop.includes(qop as 'auth')) return false;
    const expected = digestResponseOf(md5, account.ha1, {
      method: request.method,
      uri,
      nonce,
      ...(qop === undefined ? {} : { qop: qop as 'auth' | 'auth-int' }),
      nc: nc ?? '',
      cnonce: cnonce ?? '',
      body: request.body,
    });
    return timingSafeEqual(Buffer.from(expected), Buffer.from(response.toLowerCase()));
  }

  /** 24 bytes: time, zeros, and what only this firmware could have added. */
  #nonce(): string {
    const bytes = Buffer.alloc(24);
    bytes.writeUIntLE(this.#firmware.clock.now() % 2 ** 48, 0, 6);
    bytes.writeUInt32LE(Math.floor(this.#firmware.random() * 2 ** 32), 12);
    this.#seal(bytes).copy(bytes, 16);
    return bytes.toString('base64');
  }

  /** What makes a nonce ours. A change of accounts makes all those before it worthless. */
  #seal(bytes: Buffer): Buffer {
    const { secret } = this.#firmware.identity;
    const { users, admin } = this.#firmware.state;
    if (users !== this.#accounts.users || admin !== this.#accounts.admin) {
      this.#accounts = { users, admin };
      this.#uses = undefined;
      this.#epoch++;
    }
    return createHash('sha256')
      .update(secret)
      .update(bytes.subarray(0, 16))
      .update(String(this.#epoch))
      .digest()
      .subarray(0, 8);
  }

  /** Milliseconds since a nonce of ours was made. */
  #age(nonce: string): number | undefined {
    const bytes = Buffer.from(nonce, 'base64');
    if (bytes.length !== 24 || !this.#seal(bytes).equals(bytes.subarray(16))) return undefined;
    return this.#firmware.clock.now() - bytes.readUIntLE(0, 6);
  }

  #fresh(nonce: string): boolean {
    const { nonceSeconds, nonceUses } = this.#firmware.quirks;
    if ((this.#age(nonce) ?? Number.POSITIVE_INFINITY) > nonceSeconds * 1000) return false;
    if (nonceUses === 0) return true;
    this.#uses ??= new Map();
    const uses = (this.#uses.get(nonce) ?? 0) + 1;
    this.#uses.set(nonce, uses);
    return uses <= nonceUses;
  }
}
