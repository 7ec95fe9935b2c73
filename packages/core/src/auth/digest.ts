/**
 * HTTP Digest as AMT does it: arithmetic for both sides. [RFC 7616 §3.4] [RFC 2617 §3.2.2]
 *
 * The hash is handed in, so that this file runs anywhere. The redirection log-in uses the same arithmetic.
 */

/** MD5 of text (as UTF-8) or bytes, as lower-case hex. */
export type Md5 = (data: string | Uint8Array) => string;

/** What a server asks for. */
export interface DigestChallenge {
  /** `Digest:` and 32 hex digits on AMT; changes when the machine is provisioned again. */
  readonly realm: string;
  readonly nonce: string;
  /** The nonce was good once: the credentials are not in question. */
  readonly stale: boolean;
  /** `auth`, `auth-int`, both, or none. */
  readonly qop: readonly string[];
  readonly opaque?: string;
}

/** What goes into a response. */
export interface DigestInput {
  readonly user: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  /** Absent: the older form without a counter. */
  readonly qop?: 'auth' | 'auth-int';
  /** The counter exactly as it is sent, padded or not. */
  readonly nc?: string;
  readonly cnonce?: string;
  /** Of the whole request; needed for `auth-int`. */
  readonly body?: Uint8Array | string;
}

/** MD5 of user, realm and password: what firmware stores instead of the password. */
export function digestHa1(md5: Md5, user: string, realm: string, password: string): string {
  return md5(`${user}:${realm}:${password}`);
}

/** The response, 32 lower-case hex digits. */
export function digestResponse(md5: Md5, input: DigestInput): string {
  return digestResponseOf(md5, digestHa1(md5, input.user, input.realm, input.password), input);
}

/** The response for a stored {@link digestHa1}: the server's side, which does not know the password. */
export function digestResponseOf(
  md5: Md5,
  ha1: string,
  input: Omit<DigestInput, 'user' | 'realm' | 'password'>,
): string {
  const { method, uri, nonce, qop, nc = '', cnonce = '', body = '' } = input;
  const ha2 = md5(qop === 'auth-int' ? `${method}:${uri}:${md5(body)}` : `${method}:${uri}`);
  return md5(qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}

/**
 * The Digest challenge among `WWW-Authenticate` headers; others such as Negotiate may stand beside it, in headers of
 * their own or in the same one. `undefined` where there is none.
 */
export function parseChallenge(headers: string | readonly string[] | undefined): DigestChallenge | undefined {
  for (const header of headers === undefined ? [] : typeof headers === 'string' ? [headers] : headers) {
    const at = header.search(/(^|,\s*)digest\s/i);
    if (at < 0) continue;
    const fields = parseFields(header.slice(at).replace(/^,?\s*digest\s+/i, ''));
    const { realm, nonce } = fields;
    if (realm === undefined || nonce === undefined) continue;
    return {
      realm,
      nonce,
      stale: fields.stale?.toLowerCase() === 'true',
      qop: (fields.qop ?? '')
        .split(',')
        .map((word) => word.trim().toLowerCase())
        .filter(Boolean),
      ...(fields.opaque === undefined ? {} : { opaque: fields.opaque }),
    };
  }
  return undefined;
}

/** The fields of an `Authorization: Digest …` header, however they are quoted; `undefined` for other schemes. */
export function parseAuthorization(header: string | undefined): Readonly<Record<string, string>> | undefined {
  if (header === undefined || !/^\s*digest\s/i.test(header)) return undefined;
  return parseFields(header.replace(/^\s*digest\s+/i, ''));
}

/** What a console answers a challenge with, again and again. */
export interface DigestAnswer {
  readonly user: string;
  /** The stored {@link digestHa1} for the challenge's realm. */
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
}

/**
 * Writes `Authorization` headers: one for each request, given how often this console has answered and the whole body.
 * `auth` is answered where it is offered, `auth-int` where nothing else is.
 */
export function digestAnswers(
  md5: Md5,
  { realm, nonce, opaque, qop: offered }: DigestChallenge,
  { user, ha1, method, uri, cnonce }: DigestAnswer,
): (nc: number, body: Uint8Array) => string {
  const qop = (['auth', 'auth-int'] as const).find((word) => offered.includes(word));
  const who = `Digest username="${quote(user)}",realm="${quote(realm)}",nonce="${quote(nonce)}",uri="${uri}"`;
  const end = opaque === undefined ? '' : `,opaque="${quote(opaque)}"`;
  if (qop === undefined) {
    const response = digestResponseOf(md5, ha1, { nonce, method, uri });
    return () => `${who},response="${response}"${end}`;
  }
  const plain = md5(`${method}:${uri}`);
  return (count, body) => {
    const nc = count.toString(16).padStart(8, '0');
    const ha2 = qop === 'auth' ? plain : md5(`${method}:${uri}:${md5(body)}`);
    const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
    return `${who},qop=${qop},response="${response}",nc=${nc},cnonce="${cnonce}"${end}`;
  };
}

/** Names and values; commas inside quotes do not separate, and only the first `=` does. */
function parseFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name, quoted, plain] of text.matchAll(/([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))/g)) {
    const key = (name as string).toLowerCase();
    if (!(key in fields)) fields[key] = quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1');
  }
  return fields;
}

function quote(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
