/** Sockets: TCP, TLS as firmware needs it, and the check of its certificate before anything is sent. */
import { constants } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { AmtError, Cancelled, ConnectFailed, Untrusted } from '../errors.ts';
import { streamOf } from './socket-stream.ts';
import type { ByteStream, DialTarget, DialTls, PresentedCertificate } from './stream.ts';

/** Where to connect, and for how long to try. */
export interface SocketTarget extends DialTarget {
  /** TLS included. @default 30_000: sleeping firmware takes that long to wake */
  readonly timeoutMs?: number;
}

/** A socket that is connected. */
export interface OpenSocket {
  readonly socket: net.Socket;
  readonly certificate?: PresentedCertificate;
}

/**
 * An open socket, its certificate checked.
 * @throws ConnectFailed, Untrusted, Cancelled
 */
export async function openSocket(target: SocketTarget): Promise<OpenSocket> {
  try {
    return await attempt(target, NEWEST);
  } catch (error) {
    if (error instanceof AmtError) throw error;
    const failure = error as NodeJS.ErrnoException;
    if (target.tls === undefined || !MAYBE_OLD_TLS.test(failure.code ?? '')) throw connectError(failure, target);
    return await greetAsBefore(target, failure);
  }
}

/** The door that leads through sockets of this computer. */
export const dialTcp = async (target: SocketTarget): Promise<ByteStream> => {
  const { socket, certificate } = await openSocket(target);
  return streamOf(socket, target, certificate);
};

/** A system error of connecting or of an open connection in our words. */
export function connectError(error: NodeJS.ErrnoException, { host, port, tls: secure }: DialTarget): AmtError {
  if (error instanceof AmtError) return error;
  const code = error.code ?? error.name;
  const where = NAME_PROBLEMS.has(code) ? host : `${host} port ${port}`;
  if (NOT_TLS.has(code)) {
    return new ConnectFailed(`${where} answers, but does not speak TLS.`, { host, cause: error });
  }
  if (secure !== undefined && /^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) {
    return new Untrusted(`${where} answered, but the TLS handshake failed (${code}).`, { host, cause: error });
  }
  return new ConnectFailed(`${where} ${REASONS[code] ?? `cannot be reached (${code})`}.`, {
    host,
    hint: NAME_PROBLEMS.has(code)
      ? 'Check the spelling, or use its address.'
      : 'Check that AMT is provisioned, that cable and mains are connected, and that no firewall is between.',
    cause: error,
  });
}

/** The certificate is another one than the pinned one. */
export function changedCertificate({ host, port }: DialTarget, expected: string, presented: string): Untrusted {
  return new Untrusted(
    `${host} port ${port} presents another certificate than before: expected ${expected}, got ${presented}.`,
    {
      host,
      expected,
      presented,
      hint: 'It was provisioned again, its certificate was renewed, or somebody stands between. If you know why, run: amt trust',
    },
  );
}

/** Whether two fingerprints are the same one, however they are written. */
export function sameFingerprint(one: string, other: string): boolean {
  const plain = (fingerprint: string) => fingerprint.replace(/[^0-9a-f]/gi, '').toUpperCase();
  return plain(one) === plain(other);
}

/** Nobody answered the attempt to connect. */
export function silentConnect({ host, port }: DialTarget, timeoutMs: number): ConnectFailed {
  return new ConnectFailed(`${host} port ${port} did not answer within ${seconds(timeoutMs)}.`, {
    host,
    hint: 'A sleeping firmware may need a second try. Check cable and mains.',
  });
}

/** The caller gave up before there was a connection. */
export function cancelledConnect({ host, signal }: DialTarget): Cancelled {
  return new Cancelled(`Cancelled while connecting to ${host}.`, { host, cause: signal?.reason });
}

/** A time for a person: `10 seconds`, `200 milliseconds`. */
export function seconds(ms: number): string {
  const [count, unit] = ms < 1000 ? [ms, 'millisecond'] : [Math.round(ms / 100) / 10, 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection at once',
  EHOSTUNREACH: 'is not reachable: no route, or nobody has this address',
  ENETUNREACH: 'is not reachable: there is no route to its network',
  EHOSTDOWN: 'is down',
  ETIMEDOUT: 'did not answer',
  ENOTFOUND: 'is not a known name',
  EAI_AGAIN: 'is a name that nobody could look up',
};

const NAME_PROBLEMS = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** What OpenSSL says when the first bytes of the other side are no TLS record. */
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);

/** What OpenSSL says when the other side knows only older versions than we offer, or hangs up because it does. */
const MAYBE_OLD_TLS =
  /^(ECONNRESET|ERR_SSL_(UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|TLSV1_ALERT_PROTOCOL_VERSION|.*ALERT_HANDSHAKE_FAILURE|.*BAD_RECORD_MAC))$/;

/** The newest version that a greeting offers. */
type Greeting = 'TLSv1.3' | 'TLSv1.1';
const NEWEST: Greeting = 'TLSv1.3';

/**
 * Greets a second time as consoles did before TLS 1.2: some old firmware hangs up on anything newer. Where old TLS is not
 * permitted, that it takes this greeting is only said, and nothing more is sent.
 */
async function greetAsBefore(target: SocketTarget, failure: NodeJS.ErrnoException): Promise<OpenSocket> {
  const permitted = target.tls?.legacy === true;
  let opened: OpenSocket;
  try {
    opened = await attempt({ ...target, tls: { ...target.tls, legacy: true } }, 'TLSv1.1');
  } catch (error) {
    if (error instanceof Untrusted || error instanceof Cancelled) throw error;
    throw connectError(failure, target);
  }
  if (permitted) return opened;
  opened.socket.destroy();
  throw tooOld(target, failure);
}

function tooOld({ host, port }: DialTarget, cause: unknown): Untrusted {
  return new Untrusted(
    `${host} port ${port} speaks only TLS 1.0 or 1.1, which is broken and therefore not used unasked.`,
    { host, hint: 'Update its firmware, or permit it for this machine: legacyTls: true.', cause },
  );
}

/** One attempt; rejects with our errors or with the system's. */
async function attempt(target: SocketTarget, newest: Greeting): Promise<OpenSocket> {
  const { host, port, signal, timeoutMs = 30_000 } = target;
  if (signal?.aborted) throw cancelledConnect(target);
  const socket =
    target.tls === undefined
      ? net.connect({ host, port })
      : tls.connect({ host, port, ...tlsOptions(host, target.tls, newest) });
  socket.setNoDelay(true);
  // Errors after this attempt belong to whoever uses the socket, and until then to nobody.
  socket.on('error', () => {});
  try {
    await ready(socket, target.tls === undefined ? 'connect' : 'secureConnect', target, timeoutMs);
    if (!(socket instanceof tls.TLSSocket)) return { socket };
    return { socket, certificate: checkCertificate(socket, target) };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function ready(socket: net.Socket, event: string, target: SocketTarget, timeoutMs: number): Promise<void> {
  const { signal } = target;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => over(silentConnect(target, timeoutMs)), timeoutMs);
    const cancel = () => over(cancelledConnect(target));
    const closed = () => over(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const done = () => over(undefined);
    function over(error: Error | undefined): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      socket.off('error', over).off('close', closed).off(event, done);
      if (error === undefined) resolve();
      else reject(error);
    }
    signal?.addEventListener('abort', cancel, { once: true });
    socket.on('error', over).on('close', closed).on(event, done);
  });
}

/**
 * Firmware knows no secure renegotiation [RFC 5746], no resumption and no ALPN, signs with short keys, and ignores names.
 * Its identity is its fingerprint, so the certificate chain is not judged.
 */
function tlsOptions(host: string, { legacy = false }: DialTls, newest: Greeting): tls.ConnectionOptions {
  const suites = legacy ? 'ALL' : 'DEFAULT:AES256-SHA:AES128-SHA';
  return {
    rejectUnauthorized: false,
    minVersion: legacy ? 'TLSv1' : 'TLSv1.2',
    maxVersion: newest,
    ciphers: `${suites}:!aNULL:!eNULL:!EXPORT:!MD5:!DSS:@SECLEVEL=0`,
    secureOptions:
      constants.SSL_OP_LEGACY_SERVER_CONNECT |
      constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
      constants.SSL_OP_NO_TICKET,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
  };
}

function checkCertificate(socket: tls.TLSSocket, target: SocketTarget): PresentedCertificate {
  const { host, port } = target;
  const certificate = socket.getPeerCertificate();
  const presented = certificate.fingerprint256;
  if (presented === undefined) throw new Untrusted(`${host} port ${port} presents no certificate.`, { host });
  const expected = target.tls?.fingerprint;
  if (expected !== undefined && !sameFingerprint(expected, presented)) {
    throw changedCertificate(target, expected, presented);
  }
  return {
    fingerprint: presented,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: new Date(certificate.valid_from),
    validTo: new Date(certificate.valid_to),
    protocol: socket.getProtocol() ?? '',
  };
}

function nameOf(name: tls.Certificate | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}
