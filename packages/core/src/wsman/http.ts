/**
 * HTTP to one machine: one kept-alive connection, one request at a time, the log-in answered ahead so that a call costs
 * one round trip. [AMT: HTTP Digest]
 */
import { createHash, randomBytes } from 'node:crypto';
import type net from 'node:net';
import { Client } from 'undici';
import { type DigestChallenge, digestAuthorization, parseChallenge } from '../auth/digest.ts';
import {
  AmtError,
  AuthenticationFailed,
  Cancelled,
  ConnectFailed,
  ProtocolError,
  TimedOut,
  Untrusted,
} from '../errors.ts';
import { duplexOf } from '../transport/duplex.ts';
import type { Dial } from '../transport/stream.ts';
import { connectError, openSocket, type PresentedCertificate } from '../transport/tcp.ts';
import { withoutSecrets } from './secrets.ts';

/** How to reach and enter one machine. */
export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string;
  readonly password: string;
  /** The only certificate to accept: SHA-256, hex pairs. */
  readonly fingerprint?: string | undefined;
  /** Allow TLS below 1.2. */
  readonly legacyTls?: boolean | undefined;
  /** The only digest realm to log in to; another one means another machine, or one provisioned again. */
  readonly realm?: string | undefined;
  /** Per request. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  readonly dial?: Dial | undefined;
  /** Called with each request and reply; log-in and secrets are taken out. */
  readonly trace?: ((line: string) => void) | undefined;
}

/** A reply, whole. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
}

/** One machine's web service. */
export interface HttpSession {
  /** Sends a body to `/wsman`. `repeatable`: it may be sent again when a kept-alive connection turns out to be dead. */
  post(
    body: string,
    options?: { readonly repeatable?: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<HttpReply>;
  readonly user: string;
  /** The `Server` header of the last reply. */
  readonly server: string;
  /** The realm of the last challenge. */
  readonly realm: string;
  readonly certificate: PresentedCertificate | undefined;
  /** Requests that were really sent, those for challenges included. */
  readonly roundTrips: number;
  /** Continues with another password, after it was changed. */
  setPassword(password: string): void;
  close(): Promise<void>;
}

/** A session; nothing is sent before the first request. */
export function createHttpSession(options: HttpOptions): HttpSession {
  return new Session(options);
}

/** Replies beyond this are cut off: 390 log records make 15 KB. */
const MAX_REPLY = 8 * 1024 * 1024;

/** Firmware closes idle connections after about 30 seconds; we do before it. */
const KEEP_ALIVE_MS = 20_000;

class Session implements HttpSession {
  readonly #options: HttpOptions;
  readonly #timeoutMs: number;
  readonly #client: Client;
  #password: string;
  #challenge: DigestChallenge | undefined;
  /** The nonce was accepted at least once, so a refusal may mean that it has aged. */
  #proven = false;
  #counter = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #answered = false;
  #connectionFresh = true;
  readonly user: string;
  server = '';
  realm = '';
  certificate: PresentedCertificate | undefined;
  roundTrips = 0;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#password = options.password;
    this.user = options.user;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    const { host, port, tls } = options;
    this.#client = new Client(`${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: (_options: unknown, callback: (error: Error | null, socket: net.Socket | null) => void) => {
        this.#open().then(
          (socket) => callback(null, socket),
          (error) => callback(error, null),
        );
      },
    } as Client.Options);
  }

  post(
    body: string,
    { repeatable = false, signal }: { repeatable?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<HttpReply> {
    const turn = this.#tail.then(() => this.#exchange(Buffer.from(body), repeatable, signal));
    this.#tail = turn.catch(() => {});
    return turn;
  }

  setPassword(password: string): void {
    this.#password = password;
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }

  /** Sends, answers the challenge if there is one, and gives up at the first refusal of a fresh nonce. */
  async #exchange(body: Buffer, repeatable: boolean, signal: AbortSignal | undefined): Promise<HttpReply> {
    for (let tries = 0; ; tries++) {
      const loggedIn = this.#challenge !== undefined;
      const reply = await this.#patient(body, repeatable, signal);
      if (reply.status !== 401) {
        if (loggedIn) this.#proven = true;
        return reply;
      }
      const challenge = parseChallenge(reply.challenges);
      if (challenge === undefined) {
        throw new ProtocolError(`${this.#options.host} asks for a log-in that is not Digest.`, {
          host: this.#options.host,
        });
      }
      this.#checkRealm(challenge);
      const aged = loggedIn && (challenge.stale || this.#proven);
      const wasGood = this.#proven;
      this.#challenge = challenge;
      this.#proven = false;
      if (loggedIn && !aged) throw this.#refused(false);
      if (tries >= 2) throw this.#refused(wasGood);
    }
  }

  #checkRealm({ realm }: DigestChallenge): void {
    const { host, realm: expected } = this.#options;
    this.realm = realm;
    if (expected === undefined || expected === '' || expected === realm) return;
    throw new Untrusted(`${host} is not the machine it was: its realm was ${expected} and is ${realm}.`, {
      host,
      hint: 'It was provisioned again, or another machine has its address. If you know why, run: amt trust',
    });
  }

  #refused(lockedOut: boolean): AuthenticationFailed {
    const { host, user } = this.#options;
    return new AuthenticationFailed(`${host} refused the user ${JSON.stringify(user)} with this password.`, {
      host,
      hint: lockedOut
        ? 'The same log-in was good a moment ago: the account is locked for up to 80 seconds, or its password was changed.'
        : 'Check user and password. After ten refusals in a row the firmware locks the account for up to 80 seconds.',
      lockedUntil: lockedOut ? new Date(Date.now() + 80_000) : undefined,
    });
  }

  /** A kept-alive connection may be closed just as it is used; then nothing of the request was done. */
  async #patient(body: Buffer, repeatable: boolean, signal: AbortSignal | undefined): Promise<Answer> {
    const kept = !this.#connectionFresh;
    try {
      return await this.#send(body, signal);
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      const { host } = this.#options;
      if (kept && repeatable) {
        try {
          return await this.#send(body, signal);
        } catch (again) {
          if (!(again instanceof Dropped)) throw again;
        }
      }
      throw new ConnectFailed(
        `${host} closed the connection without an answer${repeatable ? '' : '; whether it did what it was asked is unclear'}.`,
        { host, cause: error.cause },
      );
    }
  }

  #send(body: Buffer, signal: AbortSignal | undefined): Promise<Answer> {
    const { host, trace } = this.#options;
    if (signal?.aborted)
      return Promise.reject(new Cancelled(`Cancelled before asking ${host}.`, { host, cause: signal.reason }));
    const authorization = this.#authorize(body);
    trace?.(`> POST /wsman ${withoutSecrets(body.toString())}`);
    this.roundTrips++;
    return new Promise((resolve, reject) => {
      const reply: { status: number; challenges: string | string[] | undefined } = { status: 0, challenges: undefined };
      const chunks: Buffer[] = [];
      let bytes = 0;
      let abort: ((reason: Error) => void) | undefined;
      let problem: AmtError | undefined;
      const stop = (error: AmtError) => {
        problem ??= error;
        if (abort === undefined) fail(error);
        else abort(error);
      };
      const timer = setTimeout(() => stop(this.#silent()), this.#timeoutMs);
      const cancel = () => stop(new Cancelled(`Cancelled while waiting for ${host}.`, { host, cause: signal?.reason }));
      signal?.addEventListener('abort', cancel, { once: true });
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      };
      const fail = (error: Error) => {
        over();
        reject(problem ?? this.#translate(error, reply.status !== 0));
      };
      this.#client.dispatch(
        {
          path: '/wsman',
          method: 'POST',
          headers: {
            'content-type': 'application/soap+xml;charset=UTF-8',
            ...(authorization === undefined ? {} : { authorization }),
          },
          body,
        },
        {
          onRequestStart: (controller) => {
            abort = (reason) => controller.abort(reason);
            if (problem !== undefined) controller.abort(problem);
          },
          onResponseStart: (controller, status, headers) => {
            reply.status = status;
            reply.challenges = headers['www-authenticate'];
            this.server = String(headers.server ?? this.server);
            this.#answered = true;
            this.#connectionFresh = false;
            if (Number(headers['content-length'] ?? 0) > MAX_REPLY) controller.abort(this.#tooLong());
          },
          onResponseData: (controller, chunk) => {
            bytes += chunk.length;
            if (bytes > MAX_REPLY) controller.abort(this.#tooLong());
            else chunks.push(chunk);
          },
          onResponseEnd: () => {
            over();
            const text = (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
            trace?.(`< ${reply.status} ${withoutSecrets(text)}`);
            resolve({ ...reply, text });
          },
          onResponseError: (_controller, error) => fail(error),
        },
      );
    });
  }

  #authorize(body: Buffer): string | undefined {
    if (this.#challenge === undefined) return undefined;
    this.#counter++;
    return digestAuthorization(md5, this.#challenge, {
      user: this.#options.user,
      password: this.#password,
      method: 'POST',
      uri: '/wsman',
      nc: this.#counter,
      cnonce: randomBytes(8).toString('hex'),
      body,
    });
  }

  async #open(): Promise<net.Socket> {
    const { host, port, tls, fingerprint, legacyTls, dial } = this.#options;
    this.#connectionFresh = true;
    const secure = tls
      ? {
          tls: {
            ...(fingerprint === undefined ? {} : { fingerprint }),
            ...(legacyTls === undefined ? {} : { legacy: legacyTls }),
          },
        }
      : {};
    if (dial !== undefined) {
      const stream = await dial({ host, port, ...secure });
      return duplexOf(stream);
    }
    const { socket, certificate } = await openSocket({ host, port, ...secure, timeoutMs: this.#timeoutMs });
    if (certificate !== undefined) this.certificate = certificate;
    return socket;
  }

  #silent(): AmtError {
    const { host } = this.#options;
    const seconds = Math.round(this.#timeoutMs / 100) / 10;
    const hint = 'The firmware may be busy or asleep; wait ten seconds and try again.';
    return this.#answered
      ? new TimedOut(`${host} answered before and did not within ${seconds} seconds now.`, { host, hint })
      : new ConnectFailed(`${host} accepted the connection and did not answer within ${seconds} seconds.`, {
          host,
          hint,
        });
  }

  #tooLong(): ProtocolError {
    return new ProtocolError(`${this.#options.host} sent a reply of more than ${MAX_REPLY} bytes; it was cut off.`, {
      host: this.#options.host,
    });
  }

  #translate(error: Error, started: boolean): Error {
    if (error instanceof AmtError) return error;
    const { host, port } = this.#options;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (error.name === 'HTTPParserError' || code.startsWith('HPE_') || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
      return new ProtocolError(`${host} sent something that is not HTTP (${code}).`, { host, cause: error });
    }
    if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
      if (!started) return new Dropped(error);
      return new ProtocolError(`${host} closed the connection in the middle of its reply.`, { host, cause: error });
    }
    return connectError(error as NodeJS.ErrnoException, { host, port });
  }
}

interface Answer extends HttpReply {
  readonly challenges: string | string[] | undefined;
}

/** The connection was closed before a single byte of the reply. Never leaves this file. */
class Dropped extends Error {
  constructor(cause: Error) {
    super('dropped', { cause });
  }
}

function md5(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('hex');
}
