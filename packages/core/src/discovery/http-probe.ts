/**
 * Asks the web server of a machine what it is, without a log-in, for machines that do not answer the presence ping.
 *
 * `GET /` tells product and version in the `Server` header. Where that is missing, the realm of a refused `POST /wsman`
 * still has a form only AMT uses. TLS is as lenient as it can be: nothing secret is sent, and old firmware knows no better.
 */
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** Kinds of firmware that answer on these ports. */
export type Product = 'amt' | 'standard-manageability' | 'small-business' | 'management-engine';

/** What the `Server` header says. [AMT: Discovery] */
export interface ServerName {
  readonly product: Product;
  /** Two to four numbers, such as `11.8.50`. Observed (11.x): some firmware sends `AMT` alone. */
  readonly version?: string;
}

/** An AMT web server that answered. */
export interface HttpAnswer extends ServerName {
  readonly port: number;
  readonly via: 'http' | 'https';
  /** From asking to connect until the answer. */
  readonly roundTripMs: number;
  /** SHA-256 of the certificate, hex pairs with colons. */
  readonly fingerprint?: string;
}

/** Where and how long to ask. */
export interface ProbeOptions {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** For one connection. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** The AMT web server at an address: plain first, TLS a moment later, whichever answers. `undefined`: there is none. */
export async function probeHttp(host: string, options: ProbeOptions): Promise<HttpAnswer | undefined> {
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal, AbortSignal.timeout(TOTAL_MS)]);
  const within = { ...options, signal };
  try {
    const plain = probePlain(host, within);
    const headStart = Promise.race([plain.catch(() => undefined), pause(STAGGER_MS, signal)]);
    const secure = headStart.then((answer) => (answer ? undefined : probeTls(host, within)));
    return (await firstAnswer([plain, secure])) ?? undefined;
  } finally {
    done.abort();
  }
}

/** Product and version in a `Server` header; `undefined` when it is not Intel firmware. */
export function parseServer(header: string): ServerName | undefined {
  const match = SERVER.exec(header.trim());
  if (!match) return undefined;
  const [, name = 'Active Management Technology', version] = match;
  return { product: PRODUCTS[name] ?? 'amt', ...(version !== undefined && { version }) };
}

const SERVER =
  /^(?:AMT|Intel\(R\) (Active Management Technology|Standard Manageability|Small Business Technology|Con\. Management Engine)(?: (\d+\.\d+(?:\.\d+){0,2}))?)$/;

const PRODUCTS: { readonly [name: string]: Product } = {
  'Active Management Technology': 'amt',
  'Standard Manageability': 'standard-manageability',
  'Small Business Technology': 'small-business',
  'Con. Management Engine': 'management-engine',
};

/** All of one host, both ports and repeated handshakes. */
const TOTAL_MS = 5_000;

/** Head start of the plain port: most machines that are found this way need no second connection. */
const STAGGER_MS = 200;

/** Headers longer than this are nobody's we look for. */
const MAX_HEAD = 16 * 1024;

async function probePlain(host: string, options: ProbeOptions): Promise<HttpAnswer | undefined> {
  const start = performance.now();
  const server = await askServer(host, options.httpPort, options, () => connectTcp({ host, port: options.httpPort }));
  if (!server) return undefined;
  return { ...server, port: options.httpPort, via: 'http', roundTripMs: performance.now() - start };
}

async function probeTls(host: string, options: ProbeOptions): Promise<HttpAnswer | undefined> {
  const port = options.httpsPort;
  // Some old firmware ends a handshake that offers more than TLS 1.0.
  for (const newest of ['TLSv1.3', 'TLSv1'] as const) {
    const start = performance.now();
    let fingerprint: string | undefined;
    try {
      const server = await askServer(host, port, options, () => {
        const socket = connectTls({
          host,
          port,
          rejectUnauthorized: false,
          minVersion: 'TLSv1',
          maxVersion: newest,
          ciphers: 'DEFAULT:@SECLEVEL=0',
          secureOptions: LEGACY_SERVER_CONNECT,
        });
        return socket.once('secureConnect', () => {
          fingerprint ??= socket.getPeerCertificate().fingerprint256;
        });
      });
      if (!server) return undefined;
      const certificate = fingerprint === undefined ? {} : { fingerprint };
      return { ...server, port, via: 'https', roundTripMs: performance.now() - start, ...certificate };
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
    }
  }
  return undefined;
}

/** SSL_OP_LEGACY_SERVER_CONNECT: firmware before 2010 knows no secure renegotiation. [RFC 5746] */
const LEGACY_SERVER_CONNECT = 0x4;

async function askServer(
  host: string,
  port: number,
  options: ProbeOptions,
  open: () => Socket | TLSSocket,
): Promise<ServerName | undefined> {
  const name = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const root = await request(open(), `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`, options);
  const server = headerOf(root, 'server');
  if (server !== undefined) return parseServer(server);
  const ask = `POST /wsman HTTP/1.1\r\nHost: ${name}\r\nContent-Length: 0\r\n\r\n`;
  const challenge = headerOf(await request(open(), ask, options), 'www-authenticate') ?? '';
  return /^digest\s.*realm="digest:/i.test(challenge) ? { product: 'amt' } : undefined;
}

/** Sends a request on a new connection and reads up to the end of the headers. Rejects when none come. */
function request(socket: Socket | TLSSocket, text: string, options: ProbeOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    let connected = false;
    const stop = (): void => fail(new Error('stopped'));
    const timer = setTimeout(() => fail(new Error('nobody there')), options.connectMs);
    const end = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      socket.destroy();
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };
    const lost = (error?: Error): void => fail(connected ? new BrokenOff() : (error ?? new Error('closed')));
    options.signal.addEventListener('abort', stop, { once: true });
    socket.on('error', lost).on('close', () => lost());
    if (options.signal.aborted) return stop();
    socket.once('connect', () => {
      connected = true;
      clearTimeout(timer);
    });
    socket.setEncoding('latin1');
    socket.write(text);
    socket.on('data', (chunk) => {
      head += chunk;
      const over = head.indexOf('\r\n\r\n');
      if (over < 0 && head.length <= MAX_HEAD) return;
      end();
      if (over < 0) reject(new Error('this is not HTTP'));
      else resolve(head.slice(0, over));
    });
  });
}

/** The connection stood, and ended before an answer. */
class BrokenOff extends Error {}

function headerOf(head: string, name: string): string | undefined {
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** The first answer that is one; `undefined` when there is none. */
function firstAnswer<T>(attempts: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve) => {
    let left = attempts.length;
    for (const attempt of attempts) {
      attempt
        .catch(() => undefined)
        .then((answer) => {
          left--;
          if (answer !== undefined || left === 0) resolve(answer);
        });
    }
  });
}

function pause(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(undefined);
    }
  });
}
