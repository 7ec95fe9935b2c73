/** What can go wrong between us and one machine's web service, in our words. Floor 3 translates here and nowhere else. */
import { type AmtError, Cancelled, ConnectFailed, ProtocolError, TimedOut } from '../errors.ts';
import { connectError, seconds } from '../transport/tcp.ts';

/** The web service somebody speaks to. */
export interface HttpPeer {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The connection was closed before a single byte of the reply. Outside this folder only the cause of another error. */
export class Dropped extends Error {
  constructor(cause: Error) {
    super('dropped', { cause });
  }

  /** The same for a person. `repeatable`: asking again does no harm, so there is nothing to find out first. */
  explained({ host, port }: HttpPeer, repeatable: boolean): ConnectFailed {
    const unclear = repeatable ? '' : '; whether it did what it was asked is unclear';
    return new ConnectFailed(`${host} port ${port} closed the connection without an answer${unclear}.`, {
      host,
      hint: 'It may be out of connections: close other consoles, wait a minute and try again.',
      cause: this,
    });
  }
}

/** `http://host:port`. @throws TypeError when the host is no name or address */
export function originOf({ host, port, tls }: HttpPeer): string {
  // A zone such as `%eth0` chooses our own interface; it is no business of the other side.
  const name = host.includes(':') ? `[${host.replace(/%.*$/, '')}]` : host;
  const origin = `${tls ? 'https' : 'http'}://${name}:${port}`;
  const url = URL.parse(origin);
  if (url === null || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new TypeError(`${JSON.stringify(host)} with port ${port} is no address that can be asked.`);
  }
  return origin;
}

/** Nothing came for too long. `answered`: there was an answer to something before. */
export function silent({ host, port }: HttpPeer, timeoutMs: number, answered: boolean): AmtError {
  const hint = 'The firmware may be busy or asleep; wait ten seconds and try again.';
  return answered
    ? new TimedOut(`${host} answered before and did not within ${seconds(timeoutMs)} now.`, { host, hint })
    : new ConnectFailed(
        `${host} port ${port} accepted the connection and did not answer within ${seconds(timeoutMs)}.`,
        { host, hint },
      );
}

/** The reply is longer than any that makes sense. */
export function tooLong({ host }: HttpPeer, limit: number): ProtocolError {
  return new ProtocolError(`${host} sent a reply of more than ${limit} bytes; it was cut off.`, { host });
}

/** The caller gave up. */
export function cancelled({ host }: HttpPeer, signal: AbortSignal | undefined): Cancelled {
  return new Cancelled(`Cancelled while asking ${host}.`, { host, cause: signal?.reason });
}

/** How far a request had come. */
export type Phase = 'connecting' | 'sent' | 'replying';

/** An error of the HTTP client, or of the connection below it. */
export function translate(error: Error, peer: HttpPeer, phase: Phase): Error {
  const { host, port, tls } = peer;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (error.name === 'HTTPParserError') return notHttp(error, peer);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new Cancelled(`The connection to ${host} was closed from our side.`, { host, cause: error });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new ProtocolError(`${host} sent headers without end.`, { host, cause: error });
  }
  const lost = error instanceof ConnectFailed || LOST.has(code);
  if (lost && phase === 'sent') return new Dropped(error);
  if (lost && phase === 'replying') {
    return new ProtocolError(`${host} closed the connection in the middle of its reply.`, { host, cause: error });
  }
  return connectError(error as NodeJS.ErrnoException, { host, port, ...(tls ? { tls: {} } : {}) });
}

/** Of a connection that was open. */
const LOST = new Set(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET', 'EPIPE']);

/** First bytes of a TLS alert: what a TLS server says to somebody who speaks in clear. [RFC 8446 §5.1] */
const TLS_ALERT = [0x15, 0x03];

function notHttp(error: Error & { data?: unknown }, { host, port, tls }: HttpPeer): ProtocolError | ConnectFailed {
  const bytes = Buffer.from(String(error.data ?? ''), 'latin1');
  if (!tls && TLS_ALERT.every((byte, i) => bytes[i] === byte)) {
    return new ConnectFailed(`${host} port ${port} speaks only TLS.`, { host, cause: error });
  }
  return new ProtocolError(`${host} port ${port} sent something that is not HTTP.`, { host, cause: error });
}
