/** What an image behind a URL is called, who may read it, and what its server's answers mean. [RFC 9110 §14] [RFC 9110 §15] */
import { ImageFailed } from '../../errors.ts';

/** A URL taken apart. */
export interface HttpPlace {
  /** Without user and password. */
  readonly url: URL;
  /** For people: without anything that may be a secret. */
  readonly name: string;
  /** Value of the header, where the URL had a user; for its own server only. */
  readonly authorization: string | undefined;
}

/** @throws TypeError when it is no URL of HTTP */
export function httpPlace(text: string): HttpPlace {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError('An image behind a URL needs one of http: or https:.');
  const { username, password } = url;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  url.hash = '';
  return {
    url,
    name: `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`,
    authorization: username === '' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
  };
}

/** `bytes 0-1023/4096`: what a reply holds, and of how much. */
export function contentRange(header: unknown): { first: number; last: number; size: number } | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(header)) ?? [];
  return size === undefined ? undefined : { first: Number(first), last: Number(last), size: Number(size) };
}

/** Why a request came to nothing this time; the next one may do better. */
export class Hiccup extends Error {
  /** Goes on from "The server of …": `refused the connection`. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** An error of the HTTP client. What does not get better by trying again is an ImageFailed. */
export function clientTrouble(name: string, error: NodeJS.ErrnoException): Hiccup | ImageFailed {
  const code = error.code ?? error.name;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code)) {
    return new ImageFailed(`The server of ${name} shows a certificate that is not trusted (${code}).`, {
      image: name,
      hint: 'Trust its authority (NODE_EXTRA_CA_CERTS), or use a URL of http: where the network is your own.',
      cause: error,
    });
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new ImageFailed(`${name} was closed.`, { image: name, cause: error });
  }
  return new Hiccup(REASONS[code] ?? `cannot be read from (${code})`, error);
}

const REASONS: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'takes the request and does not answer',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its answer',
  UND_ERR_SOCKET: 'closed the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed the connection in the middle of its answer',
  ECONNRESET: 'closed the connection',
  ECONNREFUSED: 'refuses the connection',
  EPIPE: 'closed the connection',
  EHOSTUNREACH: 'is not reachable',
  ENETUNREACH: 'is not reachable',
  ETIMEDOUT: 'does not answer',
  ENOTFOUND: 'is not a known name',
  EAI_AGAIN: 'is a name that nobody could look up',
};

/** A status other than that of data. */
export function statusTrouble(name: string, status: number): Hiccup | ImageFailed {
  if (status >= 500 || status === 408 || status === 429) return new Hiccup(`is not able to answer (HTTP ${status})`);
  const what = STATUSES[status] ?? `answers with HTTP ${status}`;
  return new ImageFailed(`The server of ${name} ${what}.`, { image: name, hint: HINTS[status] });
}

const STATUSES: Readonly<Record<number, string>> = {
  401: 'wants a user and a password, or other ones (HTTP 401)',
  403: 'does not give it away (HTTP 403)',
  404: 'has no such file (HTTP 404)',
  410: 'has this file no longer (HTTP 410)',
};

const HINTS: Readonly<Record<number, string>> = {
  401: 'Put them into the URL: https://user:password@…',
  404: 'Check the URL in a browser.',
};

/** It is another file than before. */
export function replaced(name: string): ImageFailed {
  return new ImageFailed(`${name} was replaced while it was served.`, {
    image: name,
    hint: 'What the host has read and what it would read now do not belong together: insert it again and restart the host.',
  });
}
