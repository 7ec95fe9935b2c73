/**
 * HTTP to one machine: one kept-alive connection, one request at a time, the log-in answered ahead so that a call costs
 * one round trip. [AMT: HTTP Digest]
 */
import type { IncomingHttpHeaders } from 'node:http';
import type net from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { openStream } from '../transport/duplex.ts';
import type { Dial, PresentedCertificate } from '../transport/stream.ts';
import { openSocket } from '../transport/tcp.ts';
import { cancelled, Dropped, type HttpPeer, originOf, type Phase, silent, tooLong, translate } from './http-errors.ts';
import { Login } from './login.ts';
import { withoutSecrets } from './secrets.ts';

/** How to reach and enter one machine. */
export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string;
  readonly password: string;
  /** The only certificate to accept: SHA-256, hex pairs. Without it the first one seen is kept to. */
  readonly fingerprint?: string | undefined;
  /** Allow TLS below 1.2. */
  readonly legacyTls?: boolean | undefined;
  /** The only digest realm to log in to; another one means another machine, or one provisioned again. */
  readonly realm?: string | undefined;
  /** From a request to the end of its reply. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /** For a connection, TLS included: sleeping firmware takes up to 30 s to wake. @default three times `timeoutMs` */
  readonly connectTimeoutMs?: number | undefined;
  readonly dial?: Dial | undefined;
  /** Called with each request and reply; log-in and secrets are taken out. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Called after each round trip, those for challenges included. */
  readonly onRoundTrip?: ((trip: RoundTrip) => void) | undefined;
}

/** What one request and its reply cost. */
export interface RoundTrip {
  /** From handing the request over to the last byte of the reply; connecting included. */
  readonly ms: number;
  /** Of the reply's body. */
  readonly bytesIn: number;
  /** Of the request's body. */
  readonly bytesOut: number;
}

/** A reply, whole. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
}

/** How one request is to be treated. */
export interface PostOptions {
  /** It may be sent again when a kept-alive connection turns out to be dead. @default false */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One machine's web service. */
export interface HttpSession {
  /** Sends a body to `/wsman`, after the ones before it. @throws AmtError */
  post(body: string, options?: PostOptions): Promise<HttpReply>;
  readonly user: string;
  /** The `Server` header of the last reply. */
  readonly server: string;
  /** The realm of the last challenge. */
  readonly realm: string;
  readonly certificate: PresentedCertificate | undefined;
  /** A connection was open at least once. */
  readonly accepted: boolean;
  /** Something came back at least once, were it a refusal. */
  readonly answered: boolean;
  /** Requests that were really sent, those for challenges included. */
  readonly roundTrips: number;
  /** Continues with another password, after it was changed. */
  setPassword(password: string): void;
  /** Ends the connection and whatever waits for it. Repeating it is harmless. */
  close(): Promise<void>;
}

/** A session; nothing is sent before the first request. @throws TypeError when `host` is no name or address */
export function createHttpSession(options: HttpOptions): HttpSession {
  return new Session(options);
}

/** Replies beyond this are cut off: 390 log records make 15 KB. */
const MAX_REPLY = 8 * 1024 * 1024;

/** Firmware closes idle connections after about 30 seconds; we do before it. */
const KEEP_ALIVE_MS = 20_000;

/** No transfer coding, no compression, no user agent: what consoles in the field send, and not more. */
const HEADERS = { 'content-type': 'application/soap+xml;charset=UTF-8' };

class Session implements HttpSession {
  readonly #options: HttpOptions;
  readonly #peer: HttpPeer;
  readonly #timeoutMs: number;
  readonly #client: Client;
  readonly #login: Login;
  #tail: Promise<unknown> = Promise.resolve();
  /** Set while a connection is made. */
  #connecting: AbortController | undefined;
  /** The request that is on its way. */
  #current: Exchange | undefined;
  /** One for all requests, moved on with each: making and ending a timer costs more. */
  readonly #deadline: NodeJS.Timeout;
  /** Counts connections, to tell a fresh one from a kept one. */
  #connections = 0;
  server = '';
  certificate: PresentedCertificate | undefined;
  accepted = false;
  answered = false;
  roundTrips = 0;

  constructor(options: HttpOptions) {
    const { host, port, tls } = options;
    this.#options = options;
    this.#peer = { host, port, tls };
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#login = new Login(options);
    this.#deadline = setTimeout(() => this.#overdue(), this.#timeoutMs).unref();
    this.#client = new Client(originOf(this.#peer), {
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

  get user(): string {
    return this.#login.user;
  }

  get realm(): string {
    return this.#login.realm;
  }

  post(body: string, { repeatable = false, signal }: PostOptions = {}): Promise<HttpReply> {
    const turn = this.#tail.then(() => this.#exchange(Buffer.from(body), repeatable, signal));
    this.#tail = turn.catch(() => {});
    return signal === undefined ? turn : unlessAborted(turn, signal, this.#peer);
  }

  setPassword(password: string): void {
    this.#login.setPassword(password);
  }

  async close(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#connecting?.abort();
    await this.#client.destroy();
  }

  /** Sends, and answers the challenge if there is one. */
  async #exchange(body: Buffer, repeatable: boolean, signal: AbortSignal | undefined): Promise<HttpReply> {
    for (let refusals = 0; ; ) {
      const authorization = this.#login.authorize(body);
      const answered = authorization !== undefined;
      // Nothing is done for a request that is not logged in, so that one may always be repeated.
      const reply = await this.#persist(body, authorization, repeatable || !answered, signal);
      if (reply.status !== 401) {
        if (answered) this.#login.accepted();
        return reply;
      }
      if (answered) refusals++;
      this.#login.refused(reply.challenges, { answered, refusals });
    }
  }

  /** A kept-alive connection may be closed by the firmware in the moment it is used. */
  async #persist(
    body: Buffer,
    authorization: string | undefined,
    repeatable: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const connections = this.#connections;
    try {
      return await this.#send(body, authorization, signal);
    } catch (error) {
      if (!(error instanceof Dropped)) throw error;
      const kept = connections === this.#connections;
      if (!kept || !repeatable) throw error.explained(this.#peer, repeatable);
    }
    try {
      return await this.#send(body, authorization, signal);
    } catch (error) {
      throw error instanceof Dropped ? error.explained(this.#peer, repeatable) : error;
    }
  }

  #send(body: Buffer, authorization: string | undefined, signal: AbortSignal | undefined): Promise<Answer> {
    const { trace, onRoundTrip } = this.#options;
    if (signal?.aborted) return Promise.reject(cancelled(this.#peer, signal));
    trace?.(`> POST /wsman ${withoutSecrets(body.toString())}`);
    this.roundTrips++;
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({
        peer: this.#peer,
        started: () => {
          this.#current = exchange;
          this.#deadline.refresh();
        },
        giveUpConnecting: (reason) => this.#connecting?.abort(reason),
        replying: (headers) => {
          this.server = String(headers.server ?? this.server);
          this.answered = true;
        },
        done: (answer, bytesIn) => {
          over();
          trace?.(`< ${answer.status} ${withoutSecrets(answer.text)}`);
          onRoundTrip?.({ ms: performance.now() - startedAt, bytesIn, bytesOut: body.length });
          resolve(answer);
        },
        failed: (error) => {
          over();
          reject(error);
        },
      });
      const cancel = () => exchange.stop(cancelled(this.#peer, signal));
      const over = () => {
        this.#current = undefined;
        signal?.removeEventListener('abort', cancel);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const headers = authorization === undefined ? HEADERS : { ...HEADERS, authorization };
      this.#client.dispatch({ path: '/wsman', method: 'POST', headers, body }, exchange);
    });
  }

  /** Nothing came for too long. */
  #overdue(): void {
    this.#current?.stop(silent(this.#peer, this.#timeoutMs, this.answered));
  }

  async #open(): Promise<net.Socket> {
    const { host, port, tls, legacyTls, dial } = this.#options;
    const attempt = new AbortController();
    this.#connecting = attempt;
    this.#connections++;
    const fingerprint = this.#options.fingerprint ?? this.certificate?.fingerprint;
    const secure = {
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(legacyTls === undefined ? {} : { legacy: legacyTls }),
    };
    const target = {
      host,
      port,
      ...(tls ? { tls: secure } : {}),
      signal: attempt.signal,
      timeoutMs: this.#options.connectTimeoutMs ?? 3 * this.#timeoutMs,
    };
    try {
      const { socket, certificate } = dial === undefined ? await openSocket(target) : await openStream(dial, target);
      this.certificate ??= certificate;
      this.accepted = true;
      return socket;
    } finally {
      this.#connecting = undefined;
    }
  }
}

interface Answer extends HttpReply {
  readonly challenges: string | string[] | undefined;
}

/** What a request and its reply tell the session. */
interface ExchangeEvents {
  readonly peer: HttpPeer;
  /** The request is on its way. */
  started(): void;
  giveUpConnecting(reason: Error): void;
  replying(headers: IncomingHttpHeaders): void;
  done(answer: Answer, bytes: number): void;
  failed(error: Error): void;
}

/** One request and its reply, as the HTTP client tells of them. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #events: ExchangeEvents;
  readonly #chunks: Buffer[] = [];
  #phase: Phase = 'connecting';
  #controller: Dispatcher.DispatchController | undefined;
  #problem: Error | undefined;
  #status = 0;
  #challenges: string | string[] | undefined;
  #bytes = 0;

  constructor(events: ExchangeEvents) {
    this.#events = events;
  }

  /** Ends it. The client reports the end, so that nothing of this request is left when the next one is handed over. */
  stop(reason: Error): void {
    this.#problem ??= reason;
    if (this.#controller === undefined) this.#events.giveUpConnecting(this.#problem);
    else this.#controller.abort(this.#problem);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#phase = 'sent';
    if (this.#problem === undefined) this.#events.started();
    else controller.abort(this.#problem);
  }

  onResponseStarted(): void {
    this.#phase = 'replying';
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#challenges = headers['www-authenticate'];
    this.#events.replying(headers);
    if (Number(headers['content-length'] ?? 0) > MAX_REPLY) this.stop(tooLong(this.#events.peer, MAX_REPLY));
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_REPLY) this.stop(tooLong(this.#events.peer, MAX_REPLY));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.#chunks).toString();
    this.#events.done({ status: this.#status, text, challenges: this.#challenges }, this.#bytes);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#events.failed(this.#problem ?? translate(error, this.#events.peer, this.#phase));
  }
}

/** `turn`, or its cancellation as soon as the signal comes, also while it waits for the ones before it. */
function unlessAborted<T>(turn: Promise<T>, signal: AbortSignal, peer: HttpPeer): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(cancelled(peer, signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
