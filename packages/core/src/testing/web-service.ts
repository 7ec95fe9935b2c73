/**
 * A firmware's web service as it was recorded, on a port of this computer: digest with a nonce of its own, a connection
 * closed after each refusal, replies in chunks with four-digit sizes. For tests of the client side, misbehaviour included.
 */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { digestResponse, parseAuthorization } from '../auth/digest.ts';

/** A request as it arrived. */
export interface ReceivedPost {
  readonly head: string;
  readonly body: string;
  /** Fields of its log-in; `undefined` when it had none. */
  readonly authorization: Readonly<Record<string, string>> | undefined;
}

/** What it says to an authorized request: the whole reply, or a function that writes one or something else. */
export type WebReply = string | ((socket: net.Socket, body: string) => void);

/** The realm it begins with. */
export const REALM = 'Digest:A3829B3827DE4D33D4449B366831FD01';

/** The `Server` header of its replies. */
const SERVER = 'Intel(R) Active Management Technology 12.0.67.1579';

/** One web service; every field may be changed while it runs. */
export class WebService {
  password = 'right';
  realm = REALM;
  stale = 'false';
  qop = 'auth';
  /** Instead of a Digest challenge, where set. */
  challenge: string | undefined;
  reply: WebReply = chunked('<a/>');
  readonly requests: ReceivedPost[] = [];
  connections = 0;
  port = 0;
  #nonces = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  /** @param secure TLS with these options */
  constructor(secure?: tls.TlsOptions) {
    const serve = (socket: net.Socket) => this.#serve(socket);
    this.#server = secure === undefined ? net.createServer(serve) : tls.createServer(secure, serve);
    this.#server.on('tlsClientError', () => {});
  }

  /** Listens on a free port of 127.0.0.1. */
  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as net.AddressInfo).port;
    return this;
  }

  /** Ends every connection and listens no more. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const dropped = this.drop();
    await Promise.all([dropped, new Promise((resolve) => this.#server.close(resolve))]);
  }

  /** Ends every connection; resolves when they are gone. */
  async drop(): Promise<void> {
    const closing = [...this.#sockets].map((socket) => once(socket.destroy(), 'close'));
    await Promise.all(closing);
  }

  /** From now on every answer given before is refused. */
  age(): void {
    this.#nonces++;
  }

  /** Requests that tried to log in. */
  get logins(): readonly ReceivedPost[] {
    return this.requests.filter(({ authorization }) => authorization !== undefined);
  }

  #serve(socket: net.Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!/^[A-Z]/.test(text)) return socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/^content-length: (\d+)\r$/im.exec(text)?.[1]);
        if (text.length < end + 4 + length) return;
        this.#answer(socket, text.slice(0, end), text.slice(end + 4, end + 4 + length));
        text = text.slice(end + 4 + length);
      }
    });
  }

  #answer(socket: net.Socket, head: string, body: string): void {
    const authorization = parseAuthorization(/^authorization: (.*)\r?$/im.exec(head)?.[1]);
    this.requests.push({ head, body, authorization });
    if (authorization === undefined || !this.#accepts(authorization, body)) this.#refuse(socket);
    else if (typeof this.reply === 'string') socket.write(this.reply);
    else this.reply(socket, body);
  }

  #refuse(socket: net.Socket): void {
    this.age();
    const page = '<html><body>Log on failed.</body></html>';
    socket.end(
      'HTTP/1.1 401 Unauthorized\r\n' +
        `WWW-Authenticate: ${this.challenge ?? this.#digest}\r\n` +
        `Content-Type: text/html\r\nServer: ${SERVER}\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`,
    );
  }

  #accepts(fields: Readonly<Record<string, string>>, body: string): boolean {
    const { username = '', nonce = '', qop, nc = '', cnonce = '', uri = '', response } = fields;
    if (nonce !== this.#nonce) return false;
    const { password, realm } = this;
    const { qop: offered } = this;
    if (!offered.split(', ').includes(qop ?? '')) return false;
    const protection = qop as 'auth' | 'auth-int';
    const expected = {
      user: Buffer.from(username, 'latin1').toString(),
      password,
      realm,
      nonce,
      method: 'POST',
      uri,
      qop: protection,
      nc,
      cnonce,
    };
    return response === digestResponse(md5, { ...expected, body: Buffer.from(body, 'latin1') });
  }

  get #digest(): string {
    return `Digest realm="${this.realm}", nonce="${this.#nonce}",stale="${this.stale}",qop="${this.qop}"`;
  }

  get #nonce(): string {
    return `bQali2IAAAAAAAAAn0xaWCOcxNsR${String(this.#nonces).padStart(4, '0')}`;
  }
}

/** A whole reply with its body in one chunk. */
export function chunked(body: string, status = '200 OK'): string {
  const bytes = Buffer.from(body);
  const size = bytes.length.toString(16).toUpperCase().padStart(4, '0');
  return (
    `HTTP/1.1 ${status}\r\nServer: ${SERVER}\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n` +
    `Transfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`
  );
}

function md5(data: string | Uint8Array): string {
  return hash('md5', data, 'hex');
}
