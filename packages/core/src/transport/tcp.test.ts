import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Cancelled, ConnectFailed, Untrusted } from '../errors.ts';
import { officeRsa, somebodyElse } from '../testing/certificates.ts';
import { writeAll } from './stream.ts';
import { dialTcp, openSocket } from './tcp.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that collects what it is sent. */
async function listen(options?: tls.TlsOptions, serve: (socket: net.Socket) => void = () => {}) {
  let received = '';
  const sockets = new Set<net.Socket>();
  const accept = (socket: net.Socket) => {
    sockets.add(socket.on('error', () => {}));
    if (options !== undefined) socket.on('data', (chunk) => (received += chunk));
    serve(socket);
  };
  const server = options === undefined ? net.createServer(accept) : tls.createServer(options, accept);
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port, received: () => received };
}

/** Firmware before 12: no TLS 1.2, and only AES with RSA. */
const OLD: tls.TlsOptions = {
  ...officeRsa,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'AES128-SHA:@SECLEVEL=0',
};

describe('A TLS connection', () => {
  it('to a certificate nobody else trusts is open, and tells what was presented', async () => {
    const server = await listen(officeRsa);
    await using stream = await dialTcp({ ...server, tls: {} });
    expect(stream.certificate).toMatchObject({
      fingerprint: officeRsa.fingerprint,
      subject: 'CN=office-pc, O=amtkit',
      issuer: 'CN=office-pc, O=amtkit',
      validFrom: expect.any(Date),
    });
    expect(stream.certificate?.protocol).toMatch(/^TLSv1\.[23]$/);
  });

  it('to the pinned certificate is open however the pin is written', async () => {
    const server = await listen(officeRsa);
    const pins = [officeRsa.fingerprint, officeRsa.fingerprint.toLowerCase().replaceAll(':', '')];
    for (const fingerprint of pins) await (await dialTcp({ ...server, tls: { fingerprint } })).close();
  });

  it('to another certificate than the pinned one is refused before a byte is sent, with both fingerprints', async () => {
    const server = await listen(officeRsa);
    const refused = dialTcp({ ...server, tls: { fingerprint: somebodyElse.fingerprint } });
    await expect(refused).rejects.toBeInstanceOf(Untrusted);
    await expect(refused).rejects.toMatchObject({
      expected: somebodyElse.fingerprint,
      presented: officeRsa.fingerprint,
      message: expect.stringContaining(officeRsa.fingerprint),
    });
    expect(server.received()).toBe('');
  });

  it('to firmware of the year 2021 works with AES and RSA alone', async () => {
    const server = await listen({ ...officeRsa, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' });
    await using stream = await dialTcp({ ...server, tls: {} });
    expect(stream.certificate?.protocol).toBe('TLSv1.2');
  });

  it('to firmware that speaks only old TLS is refused with the option that permits it, and works with it', async () => {
    const server = await listen(OLD);
    const refused = dialTcp({ ...server, tls: {} });
    await expect(refused).rejects.toBeInstanceOf(Untrusted);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining('speaks only TLS 1.0 or 1.1'),
      hint: expect.stringContaining('legacyTls: true'),
    });
    await using stream = await dialTcp({ ...server, tls: { legacy: true } });
    expect(stream.certificate?.protocol).toBe('TLSv1.1');
    expect(server.received()).toBe('');
  });

  it('whose greeting old firmware hangs up on is made the old way, where that is permitted', async () => {
    const old = await listen(OLD);
    // Hangs up on a greeting that offers 1.2 or newer, and hands older ones on.
    const rude = await listen(undefined, (socket) => {
      socket.once('data', (hello) => {
        if (newestVersionOf(hello) > 0x0302) return socket.resetAndDestroy();
        const behind = net.connect(old.port, '127.0.0.1', () => behind.write(hello));
        behind.pipe(socket).pipe(behind);
        behind.on('error', () => {});
      });
    });
    await expect(dialTcp({ ...rude, tls: {} })).rejects.toThrow(/speaks only TLS 1\.0 or 1\.1/);
    await using stream = await dialTcp({ ...rude, tls: { legacy: true } });
    expect(stream.certificate?.protocol).toBe('TLSv1.1');
    const { fingerprint } = somebodyElse;
    await expect(dialTcp({ ...rude, tls: { legacy: true, fingerprint } })).rejects.toMatchObject({
      expected: fingerprint,
    });
  });

  it('to a port that does not speak TLS says so, and is no question of trust', async () => {
    const server = await listen(undefined, (socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const refused = dialTcp({ ...server, tls: {} });
    await expect(refused).rejects.toBeInstanceOf(ConnectFailed);
    await expect(refused).rejects.toThrow(/does not speak TLS/);
  });

  it('whose handshake fails for another reason names it', async () => {
    const server = await listen({ ...officeRsa, maxVersion: 'TLSv1.2', ciphers: 'NULL-SHA256:@SECLEVEL=0' });
    await expect(dialTcp({ ...server, tls: {} })).rejects.toThrow(/TLS handshake failed \(ERR_SSL/);
  });
});

describe('A connection', () => {
  it('carries bytes both ways and ends when the peer ends', async () => {
    const server = await listen(undefined, (socket) => socket.pipe(socket));
    await using stream = await dialTcp(server);
    await stream.write(Uint8Array.of(1, 2, 3));
    await stream.end();
    const read: number[] = [];
    for await (const chunk of stream) read.push(...chunk);
    expect(read).toEqual([1, 2, 3]);
    await expect(stream.write(Uint8Array.of(4))).rejects.toBeInstanceOf(ConnectFailed);
  });

  it('carries bytes that lie in several places as one, in their order', async () => {
    const server = await listen(undefined, (socket) => socket.pipe(socket));
    await using stream = await dialTcp(server);
    await writeAll(stream, [Uint8Array.of(1), Uint8Array.of(2, 3), Uint8Array.of(4)]);
    await writeAll(stream, []);
    await stream.end();
    const read: number[] = [];
    for await (const chunk of stream) read.push(...chunk);
    expect(read).toEqual([1, 2, 3, 4]);
  });

  it('holds back a peer while nobody reads, and loses nothing of what it wrote', async () => {
    const whole = new Uint8Array(32 * 1024 * 1024);
    let peer: net.Socket | undefined;
    const server = await listen(undefined, (socket) => {
      peer = socket;
      socket.end(whole);
    });
    await using stream = await dialTcp(server);
    const reader = stream[Symbol.asyncIterator]();
    let length = (await reader.next()).value?.length ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer?.writableLength).toBeGreaterThan(0);
    for (let read = await reader.next(); read.done !== true; read = await reader.next()) length += read.value.length;
    expect(length).toBe(whole.length);
  });

  it('that is reset is lost, behind what was read', async () => {
    const server = await listen(undefined, (socket) => {
      socket.write('x', () => socket.once('data', () => socket.resetAndDestroy()));
    });
    await using stream = await dialTcp(server);
    const reader = stream[Symbol.asyncIterator]();
    expect((await reader.next()).value).toHaveLength(1);
    await stream.write(Uint8Array.of(1));
    await expect(reader.next()).rejects.toThrow(`The connection to 127.0.0.1 port ${server.port} was lost: `);
    await expect(reader.next()).rejects.toBeInstanceOf(ConnectFailed);
  });

  it('ends for who waits for bytes when this side closes it, and for who leaves the loop', async () => {
    const server = await listen(undefined, (socket) => void socket.write('x'));
    const stream = await dialTcp(server);
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    await stream.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const left = await dialTcp(server);
    for await (const chunk of left) if (chunk.length > 0) break;
    await expect(left.write(Uint8Array.of(1))).rejects.toThrow('is closed');
  });

  it('makes a writer wait while the peer does not read, and lets go when it hangs up', async () => {
    let peer: net.Socket | undefined;
    const server = await listen(undefined, (socket) => {
      peer = socket.pause();
    });
    await using stream = await dialTcp(server);
    const megabyte = new Uint8Array(1024 * 1024);
    const flood = (async () => {
      for (;;) await stream.write(megabyte);
    })();
    await expect.poll(() => peer?.readableLength ?? 0).toBeGreaterThan(0);
    peer?.destroy();
    await expect(flood).rejects.toBeInstanceOf(ConnectFailed);
  });

  it.each([
    ['in clear', undefined],
    ['with TLS', officeRsa],
  ])('knows how much of what it took over is not sent yet, %s', async (_, secure) => {
    let peer: net.Socket | undefined;
    const server = await listen(secure, (socket) => {
      peer = socket.pause();
    });
    await using stream = await dialTcp({ ...server, ...(secure === undefined ? {} : { tls: {} }) });
    expect(stream.unsent).toBe(0);
    const much = new Uint8Array(16 * 1024 * 1024).fill(1);
    const written = stream.write(much);
    expect(stream.unsent).toBeGreaterThan(0);
    await expect.poll(() => peer).toBeDefined();
    let received = 0;
    let spoiled = 0;
    peer?.on('data', (chunk: Buffer) => {
      received += chunk.length;
      for (const byte of chunk) if (byte !== 1) spoiled++;
    });
    peer?.resume();
    await written;
    await expect.poll(() => stream.unsent).toBe(0);
    much.fill(2);
    await expect.poll(() => received).toBe(much.length);
    expect(spoiled).toBe(0);
  });

  it('that nobody answers is given up after its time, and at once when the caller wants', async () => {
    const server = await listen();
    await expect(openSocket({ ...server, tls: {}, timeoutMs: 30 })).rejects.toThrow(/did not answer within 30 millis/);
    const stop = new AbortController();
    const waiting = openSocket({ ...server, tls: {}, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
    await expect(openSocket({ ...server, signal: stop.signal })).rejects.toBeInstanceOf(Cancelled);
  });

  it('to a closed port is refused', async () => {
    const server = await listen();
    await closing.pop()?.();
    await expect(dialTcp(server)).rejects.toThrow(`127.0.0.1 port ${server.port} refused the connection.`);
  });
});

/** The newest version a ClientHello offers: that of its extension, else its own. [RFC 8446 §4.2.1] */
function newestVersionOf(hello: Buffer): number {
  const own = hello.readUInt16BE(9);
  return hello.includes(Buffer.from([0x00, 0x2b])) && hello.includes(Buffer.from([0x03, 0x04])) ? 0x0304 : own;
}
