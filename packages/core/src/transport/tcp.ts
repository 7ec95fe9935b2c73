/** Sockets: TCP, TLS as firmware needs it, and the check of its certificate before anything is sent. */
import { constants } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { AmtError, Cancelled, ConnectFailed, Untrusted } from '../errors.ts';
import type { ByteStream, Dial, DialTarget, DialTls } from './stream.ts';

/** What was presented while connecting. */
export interface PresentedCertificate {
  /** SHA-256 over the DER, upper-case hex pairs with colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Such as `TLSv1.2`. */
  readonly protocol: string;
}

/** Where to connect, and for how long to try. */
export interface SocketTarget extends DialTarget {
  /** @default 10_000 */
  readonly timeoutMs?: number;
}

/**
 * An open socket, its certificate checked.
 * @throws ConnectFailed, Untrusted, Cancelled
 */
export async function openSocket(
  target: SocketTarget,
): Promise<{ readonly socket: net.Socket; readonly certificate?: PresentedCertificate }> {
  const { host, port, signal, timeoutMs = 10_000 } = target;
  if (signal?.aborted) throw cancelled(target);
  const socket =
    target.tls === undefined
      ? net.connect({ host, port, noDelay: true })
      : tls.connect({ host, port, ...tlsOptions(host, target.tls) });
  socket.setNoDelay(true);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(silent(target, timeoutMs)), timeoutMs);
      const stop = () => reject(cancelled(target));
      signal?.addEventListener('abort', stop, { once: true });
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        socket.off('error', failed);
        socket.off('close', closed);
      };
      const failed = (error: NodeJS.ErrnoException) => {
        over();
        reject(connectError(error, target));
      };
      const closed = () => {
        over();
        reject(connectError(Object.assign(new Error('closed'), { code: 'ECONNRESET' }), target));
      };
      socket.on('error', failed);
      socket.on('close', closed);
      socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () => {
        over();
        resolve();
      });
    });
    if (!(socket instanceof tls.TLSSocket)) return { socket };
    return { socket, certificate: checkCertificate(socket, target) };
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

/** The door that leads through sockets of this computer. */
export const dialTcp: Dial = async (target) => {
  const { socket, certificate } = await openSocket(target);
  return streamOf(socket, target, certificate);
};

/** A system error of connecting or of an open connection in our words. */
export function connectError(error: NodeJS.ErrnoException, { host, port, tls: secure }: SocketTarget): AmtError {
  if (error instanceof AmtError) return error;
  const where = `${host} port ${port}`;
  const code = error.code ?? '';
  if (secure !== undefined && (code.startsWith('ERR_SSL') || code === 'EPROTO' || code.startsWith('ERR_TLS'))) {
    const old = OLD_TLS.test(`${code} ${error.message}`);
    if (old && secure.legacy !== true) {
      return new Untrusted(`${where} speaks only TLS 1.0 or 1.1, which is broken and therefore not used unasked.`, {
        host,
        hint: 'Update its firmware, or permit it for this machine: legacyTls: true.',
        cause: error,
      });
    }
    return new Untrusted(`${where} answered, but the TLS handshake failed (${code || error.message}).`, {
      host,
      cause: error,
    });
  }
  const said = REASONS[code];
  return new ConnectFailed(`${where} ${said ?? `cannot be reached (${code || error.message})`}.`, {
    host,
    hint:
      code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'Check the spelling, or use its address.'
        : 'Check that AMT is provisioned, that cable and mains are connected, and that no firewall is between.',
    cause: error,
  });
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

/** What OpenSSL says when the other side knows only what we do not offer. */
const OLD_TLS = /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|WRONG_VERSION_NUMBER|NO_PROTOCOLS_AVAILABLE|wrong version/i;

/**
 * Firmware knows no secure renegotiation [RFC 5746], no resumption and no ALPN, signs with short keys, and ignores names.
 * Its identity is its fingerprint, so the certificate chain is not judged.
 */
function tlsOptions(host: string, { legacy = false }: DialTls): tls.ConnectionOptions {
  return {
    rejectUnauthorized: false,
    minVersion: legacy ? 'TLSv1' : 'TLSv1.2',
    ciphers: legacy ? 'ALL:!aNULL:!eNULL:!EXPORT:@SECLEVEL=0' : 'DEFAULT:AES256-SHA:AES128-SHA:@SECLEVEL=0',
    secureOptions:
      constants.SSL_OP_LEGACY_SERVER_CONNECT |
      constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
      constants.SSL_OP_NO_TICKET,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
  };
}

function checkCertificate(socket: tls.TLSSocket, { host, port, tls: wanted }: SocketTarget): PresentedCertificate {
  const certificate = socket.getPeerCertificate();
  const fingerprint = certificate.fingerprint256;
  if (fingerprint === undefined) {
    throw new Untrusted(`${host} port ${port} presents no certificate.`, { host });
  }
  const expected = wanted?.fingerprint;
  if (expected !== undefined && plain(expected) !== plain(fingerprint)) {
    throw new Untrusted(
      `${host} port ${port} presents another certificate than before: expected ${expected}, got ${fingerprint}.`,
      {
        host,
        expected,
        presented: fingerprint,
        hint: 'It was provisioned again, its certificate was renewed, or somebody stands between. If you know why, run: amt trust',
      },
    );
  }
  return {
    fingerprint,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: new Date(certificate.valid_from),
    validTo: new Date(certificate.valid_to),
    protocol: socket.getProtocol() ?? '',
  };
}

function plain(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toUpperCase();
}

function nameOf(name: tls.Certificate | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}

function silent({ host, port }: SocketTarget, timeoutMs: number): ConnectFailed {
  return new ConnectFailed(`${host} port ${port} did not answer within ${Math.round(timeoutMs / 1000)} seconds.`, {
    host,
    hint: 'A sleeping firmware may need a second try. Check cable and mains.',
  });
}

function cancelled({ host, signal }: SocketTarget): Cancelled {
  return new Cancelled(`Cancelled while connecting to ${host}.`, { host, cause: signal?.reason });
}

function streamOf(socket: net.Socket, target: DialTarget, certificate: PresentedCertificate | undefined): ByteStream {
  socket.on('error', () => {});
  const lost = () => new ConnectFailed(`The connection to ${target.host} is closed.`, { host: target.host });
  async function close(): Promise<void> {
    socket.destroy();
  }
  return {
    ...(socket.remoteAddress === undefined ? {} : { remoteAddress: socket.remoteAddress }),
    ...(certificate === undefined ? {} : { certificate }),
    async write(bytes) {
      if (socket.destroyed || !socket.writable) throw lost();
      if (socket.write(bytes)) return;
      await new Promise<void>((resolve, reject) => {
        const done = () => {
          socket.off('close', gone);
          resolve();
        };
        const gone = () => {
          socket.off('drain', done);
          reject(lost());
        };
        socket.once('drain', done);
        socket.once('close', gone);
      });
    },
    async end() {
      socket.end();
    },
    close,
    [Symbol.asyncDispose]: close,
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of socket) yield chunk as Uint8Array;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') {
          throw connectError(error as NodeJS.ErrnoException, target);
        }
      }
    },
  };
}
