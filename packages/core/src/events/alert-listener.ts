/**
 * The address that firmware posts alerts to: an HTTP server with a secret path for each machine. It answers at once and
 * tells afterwards. [AMT: WS-Eventing] [RFC 9110]
 */
import { createHmac, hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { digestResponse, type Md5, parseAuthorization } from '../auth/digest.ts';
import { AmtError, ConnectFailed } from '../errors.ts';
import { type Delivery, decodeDelivery, encodeAck } from './indication.ts';

/** Where and how to listen. */
export interface AlertListenerOptions {
  /** Address of this computer; 0.0.0.0 and :: are all of them. */
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** Certificate and key in PEM: machines post over TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Hears of what was posted to a door and is no alert: one sentence. */
  readonly nonsense?: (from: string, sentence: string) => void;
}

/** One machine's way in. */
export interface AlertDoor {
  /** Below the address; nobody can guess it. */
  readonly path: string;
  close(): void;
}

/** A listener. */
export interface AlertListener extends AsyncDisposable {
  readonly port: number;
  readonly tls: boolean;
  /**
   * Opens a way in for one machine.
   * @param login what has to be known beside the path
   */
  open(received: (delivery: Delivery) => void, login?: { readonly user: string; readonly password: string }): AlertDoor;
  close(): Promise<void>;
}

/** What all paths begin with, so that a subscription of ours can be told from those of others. */
export const ALERT_PATH = '/amtkit/alerts/';

/** Bytes of an event; real ones have two thousand. */
const MOST_BYTES = 64 * 1024;
/** Milliseconds a nonce lives. */
const NONCE_MS = 600_000;
const REALM = 'amtkit';

/** Listens. @throws ConnectFailed when it cannot */
export async function openAlertListener(options: AlertListenerOptions): Promise<AlertListener> {
  const { host, port, tls } = options;
  const doors = new Doors(options);
  const handle: http.RequestListener = (request, reply) => void doors.answer(request, reply);
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 60_000, maxHeaderSize: 16_384 };
  const server =
    tls === undefined ? http.createServer(limits, handle) : https.createServer({ ...limits, ...tls }, handle);
  server.on('clientError', (_error, socket) => socket.destroy());
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConnectFailed(`Alerts cannot be listened for at ${host}:${port}: ${code}.`, { host, cause: error });
  }
  server.on('error', () => {});
  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  return {
    port: (server.address() as AddressInfo).port,
    tls: tls !== undefined,
    open: (received, login) => doors.open(received, login),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Door {
  readonly received: (delivery: Delivery) => void;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

class Doors {
  readonly #options: AlertListenerOptions;
  readonly #open = new Map<string, Door>();
  readonly #secret = randomBytes(32);

  constructor(options: AlertListenerOptions) {
    this.#options = options;
  }

  open(received: Door['received'], login: Door['login']): AlertDoor {
    const path = `${ALERT_PATH}${randomBytes(16).toString('hex')}`;
    this.#open.set(path, { received, login });
    return { path, close: () => void this.#open.delete(path) };
  }

  async answer(request: http.IncomingMessage, reply: http.ServerResponse): Promise<void> {
    const door = this.#open.get(request.url ?? '');
    if (door === undefined) return refuse(reply, 404);
    if (request.method !== 'POST') return refuse(reply, 405, { Allow: 'POST' });
    const body = await read(request);
    if (body === 'cut') return;
    if (body === 'long') return refuse(reply, 413);
    const challenge = this.#challenge(request, body, door.login);
    if (challenge !== undefined) return refuse(reply, 401, { 'WWW-Authenticate': challenge }, true);
    try {
      const delivery = decodeDelivery(body.toString('utf8'));
      reply.writeHead(200, { 'Content-Type': 'application/soap+xml;charset=UTF-8' });
      reply.end(delivery.ackRequested ? encodeAck(delivery.messageId, `uuid:${randomUUID()}`) : '');
      setImmediate(() => door.received(delivery));
    } catch (error) {
      if (!(error instanceof AmtError)) throw error;
      this.#options.nonsense?.(request.socket.remoteAddress ?? '', error.message);
      refuse(reply, 400, {}, true);
    }
  }

  /** What to ask for; nothing where who posts has proved to know it. */
  #challenge(request: http.IncomingMessage, body: Buffer, login: Door['login']): string | undefined {
    if (login === undefined) return undefined;
    const fields = parseAuthorization(request.headers.authorization);
    const asked = (stale: boolean) =>
      `Digest realm="${REALM}", nonce="${this.#nonce(Date.now())}", qop="auth,auth-int"${stale ? ', stale=true' : ''}`;
    if (fields === undefined) return asked(false);
    const { response = '', nonce = '', uri = '', nc = '', cnonce = '', username, realm, qop } = fields;
    const expected = digestResponse(md5, {
      ...login,
      realm: REALM,
      nonce,
      method: 'POST',
      uri,
      nc,
      cnonce,
      body,
      ...(qop === 'auth' || qop === 'auth-int' ? { qop } : {}),
    });
    const right =
      username === login.user && realm === REALM && uri === request.url && same(response.toLowerCase(), expected);
    if (!right) return asked(false);
    const madeAt = Number.parseInt(nonce.slice(0, 12), 16);
    return same(nonce, this.#nonce(madeAt)) && Date.now() - madeAt < NONCE_MS ? undefined : asked(true);
  }

  /** The time, and what only we can have made of it. */
  #nonce(at: number): string {
    const time = (Number.isFinite(at) ? at : 0).toString(16).padStart(12, '0');
    return time + createHmac('sha256', this.#secret).update(time).digest('hex').slice(0, 32);
  }
}

const md5: Md5 = (data) => hash('md5', data, 'hex');

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The whole body, unless it is too long or never ends. */
function read(request: http.IncomingMessage): Promise<Buffer | 'long' | 'cut'> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return Promise.resolve('long');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MOST_BYTES) chunks.push(chunk);
      else resolve('long');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('cut'));
    request.on('close', () => resolve('cut'));
  });
}

/** @param keep the connection; where a body was not read it has to end */
function refuse(
  reply: http.ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders = {},
  keep = false,
): void {
  reply.writeHead(status, { 'Content-Length': 0, ...headers, ...(keep ? {} : { Connection: 'close' }) }).end();
}
