/** Who gets in: pages of this server in a browser that came by its address, and nobody else. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The door of one server. */
export class Door {
  /** Part of the address that is told to the person; opens once. */
  readonly token = randomBytes(32).toString('base64url');
  #used = false;
  readonly #keys: string[] = [];

  /**
   * The key of a session, for the token; `undefined` for another one, and for the right one a second time: an address
   * stays behind in histories and logs.
   */
  enter(token: string): string | undefined {
    if (this.#used || !isSame(token, this.token)) return undefined;
    this.#used = true;
    const key = randomBytes(32).toString('base64url');
    this.#keys.push(key);
    return key;
  }

  /** Whether this is the key of a session. */
  knows(key: string | undefined): boolean {
    return key !== undefined && this.#keys.some((each) => isSame(key, each));
  }
}

/** Names of this computer, as a browser at it may write them. */
const LOCAL_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether a request was made to this computer by name: another name that leads here is somebody's trick. */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  return LOCAL_NAMES.some((name) => headers.host === `${name}:${socket.localPort}`);
}

/** Whether a request was made by a page of this server, and not by one of another. */
export function isOwn({ headers }: IncomingMessage): boolean {
  return headers.origin === `http://${headers.host}`;
}

/** The key of a request: behind `Bearer`, or the last of the subprotocols, where a browser can say no more. */
export function keyOf({ headers }: IncomingMessage): string | undefined {
  const [, bearer] = /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '') ?? [];
  return bearer ?? headers['sec-websocket-protocol']?.split(',').at(-1)?.trim();
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
