import { createHash } from 'node:crypto';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { digestResponse, parseAuthorization } from '../auth/digest.ts';
import { AuthenticationFailed, Cancelled, ConnectFailed, ProtocolError, TimedOut, Untrusted } from '../errors.ts';
import { createHttpSession, type HttpOptions, type HttpSession } from './http.ts';

const md5 = (data: string | Uint8Array) => createHash('md5').update(data).digest('hex');
const REALM = 'Digest:A3829B3827DE4D33D4449B366831FD01';
const OK = chunked('<a/>');

/** A firmware's web server as it was recorded: 401 closes, replies are chunked with four-digit sizes. */
class Firmware {
  nonces = 0;
  stale = 'false';
  qop = 'auth';
  requests: { body: string; authorization: Readonly<Record<string, string>> | undefined }[] = [];
  connections = 0;
  /** The reply to an authorized request; a function may write by itself and return nothing. */
  reply: string | Buffer | ((socket: net.Socket) => void) = OK;
  readonly #password: string;
  readonly #server = net.createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<net.Socket>();

  constructor(password = 'right') {
    this.#password = password;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get nonce(): string {
    return `nonce${this.nonces}`;
  }

  #serve(socket: net.Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (text.length < end + 4 + length) return;
        this.#answer(socket, text.slice(0, end), text.slice(end + 4, end + 4 + length));
        text = text.slice(end + 4 + length);
      }
    });
  }

  #answer(socket: net.Socket, head: string, body: string): void {
    const authorization = parseAuthorization(/authorization: (.*)/i.exec(head)?.[1]);
    this.requests.push({ body, authorization });
    if (authorization === undefined || !this.#good(authorization, body)) {
      this.nonces++;
      const page = '<html></html>';
      socket.end(
        `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="${REALM}", nonce="${this.nonce}",stale="${this.stale}",qop="${this.qop}"\r\n` +
          `Content-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`,
      );
      return;
    }
    if (typeof this.reply === 'function') this.reply(socket);
    else socket.write(this.reply);
  }

  #good(fields: Readonly<Record<string, string>>, body: string): boolean {
    if (fields.nonce !== this.nonce) return false;
    const { username = '', qop, nc = '', cnonce = '', uri = '' } = fields;
    const expected = digestResponse(md5, {
      user: username,
      password: this.#password,
      realm: REALM,
      nonce: this.nonce,
      method: 'POST',
      uri,
      qop: qop as 'auth',
      nc,
      cnonce,
      body,
    });
    return expected === fields.response;
  }
}

const running: (Firmware | HttpSession)[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

async function start(options: Partial<HttpOptions> = {}, firmware = new Firmware()) {
  const port = await firmware.listen();
  const session = createHttpSession({
    host: '127.0.0.1',
    port,
    tls: false,
    user: 'admin',
    password: 'right',
    ...options,
  });
  running.push(firmware, session);
  return { firmware, session };
}

describe('A session', () => {
  it('costs one round trip per call after the first, on one connection', async () => {
    const { firmware, session } = await start();
    for (let call = 0; call < 5; call++) expect((await session.post('<x/>')).text).toBe('<a/>');
    expect(session.roundTrips).toBe(6);
    expect(firmware.connections).toBe(2);
    expect(firmware.requests.map(({ authorization }) => authorization?.nc)).toEqual([
      undefined,
      '00000001',
      '00000002',
      '00000003',
      '00000004',
      '00000005',
    ]);
  });

  it('sends one request at a time, however many are asked', async () => {
    const { session } = await start();
    const replies = await Promise.all(Array.from({ length: 8 }, (_, i) => session.post(`<x>${i}</x>`)));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(session.roundTrips).toBe(9);
  });

  it('tries a wrong password once and stops', async () => {
    const { firmware, session } = await start({ password: 'wr0ng-secret' });
    const refused = session.post('<x/>');
    await expect(refused).rejects.toBeInstanceOf(AuthenticationFailed);
    await expect(refused).rejects.not.toThrow(/wr0ng-secret/);
    expect(firmware.requests.filter(({ authorization }) => authorization !== undefined)).toHaveLength(1);
  });

  it('takes a new nonce when the old one has aged, marked stale or not', async () => {
    for (const stale of ['true', 'false']) {
      const { firmware, session } = await start();
      await session.post('<x/>');
      firmware.nonces++;
      firmware.stale = stale;
      expect((await session.post('<x/>')).status).toBe(200);
    }
  });

  it('says when the account is probably locked: the same log-in was good a moment ago', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    session.setPassword('changed');
    firmware.nonces++;
    await expect(session.post('<x/>')).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('protects the body too where the firmware insists', async () => {
    const { firmware, session } = await start();
    firmware.qop = 'auth-int';
    expect((await session.post('<x>body</x>')).status).toBe(200);
    expect(firmware.requests.at(-1)?.authorization?.qop).toBe('auth-int');
  });

  it('never logs in to another realm than the one it knows', async () => {
    const { firmware, session } = await start({ realm: 'Digest:00000000000000000000000000000000' });
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(Untrusted);
    expect(firmware.requests).toHaveLength(1);
  });

  it('repeats what may be repeated when a kept-alive connection is found dead, and nothing else', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    let drops = 1;
    firmware.reply = (socket) => (drops-- > 0 ? socket.destroy() : socket.write(OK));
    expect((await session.post('<x/>', { repeatable: true })).status).toBe(200);
    drops = 1;
    await expect(session.post('<x/>')).rejects.toThrow(/whether it did what it was asked is unclear/);
  });

  it('leaves no secret in its trace', async () => {
    const lines: string[] = [];
    const { session } = await start({ trace: (line) => lines.push(line) });
    await session.post('<r:OptInCode>123456</r:OptInCode><r:DigestPassword xmlns:r="x">c2VjcmV0</r:DigestPassword>');
    const all = lines.join('\n');
    expect(all).toContain('OptInCode');
    expect(all).not.toMatch(/123456|c2VjcmV0|response=/);
  });
});

describe('A firmware that misbehaves', () => {
  it('by a reply cut in the middle is a protocol error', async () => {
    const { firmware, session } = await start();
    firmware.reply = (socket) => socket.end(OK.slice(0, -8));
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(ProtocolError);
  });

  it('by something that is not HTTP is a protocol error', async () => {
    const { firmware, session } = await start();
    firmware.reply = 'SSH-2.0-nonsense\r\n\r\n';
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(ProtocolError);
  });

  it('by fifty megabytes is cut off early, announced or not', async () => {
    const { firmware, session } = await start();
    const megabyte = Buffer.alloc(1024 * 1024, 0x20);
    let sent = 0;
    firmware.reply = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = () => {
        if (socket.destroyed || sent === 50) return;
        sent++;
        socket.write(`${megabyte.length.toString(16)}\r\n`);
        socket.write(megabyte);
        socket.write('\r\n', more);
      };
      more();
    };
    await expect(session.post('<x/>')).rejects.toThrow(/more than 8388608 bytes/);
    expect(sent).toBeLessThan(50);
    firmware.reply = `HTTP/1.1 200 OK\r\nContent-Length: ${50 * 1024 * 1024}\r\n\r\n`;
    await expect(session.post('<x/>')).rejects.toThrow(/more than 8388608 bytes/);
  });

  it('by silence is a time-out once it has answered before, and no answer at all when it never did', async () => {
    const { firmware, session } = await start({ timeoutMs: 50 });
    await session.post('<x/>');
    firmware.reply = () => {};
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(TimedOut);
    const mute = net.createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const other = createHttpSession({
      host: '127.0.0.1',
      port: (mute.address() as net.AddressInfo).port,
      tls: false,
      user: 'a',
      password: 'b',
      timeoutMs: 50,
    });
    await expect(other.post('<x/>')).rejects.toBeInstanceOf(ConnectFailed);
    await other.close();
    mute.close();
  });

  it('by a closed port is told with what to look at', async () => {
    const { firmware, session } = await start();
    firmware.close();
    await expect(session.post('<x/>')).rejects.toThrow(/127\.0\.0\.1 port \d+ refused the connection/);
  });

  it('can be given up at any time', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.reply = () => {};
    const stop = new AbortController();
    const waiting = session.post('<x/>', { signal: stop.signal });
    await expect.poll(() => firmware.requests.length).toBe(3);
    stop.abort();
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
    firmware.reply = OK;
    expect((await session.post('<x/>')).status).toBe(200);
  });

  it('by bytes one at a time changes nothing', async () => {
    const { firmware, session } = await start();
    firmware.reply = async (socket) => {
      for (const byte of Buffer.from(OK))
        await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => resolve()));
    };
    expect((await session.post('<x/>')).text).toBe('<a/>');
  });
});

function chunked(body: string): string {
  const size = body.length.toString(16).toUpperCase().padStart(4, '0');
  return (
    'HTTP/1.1 200 OK\r\nServer: Intel(R) Active Management Technology 12.0.67\r\n' +
    `Content-Type: application/soap+xml; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`
  );
}
