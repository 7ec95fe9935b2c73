import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { parseServer, probeHttp } from './http-probe.ts';

describe('parseServer', () => {
  // Headers reported of real machines.
  test.each([
    ['Intel(R) Active Management Technology 7.1.91', { product: 'amt', version: '7.1.91' }],
    ['Intel(R) Active Management Technology 15.0.23.1706', { product: 'amt', version: '15.0.23.1706' }],
    ['Intel(R) Standard Manageability 11.8.77.3664', { product: 'standard-manageability', version: '11.8.77.3664' }],
    ['Intel(R) Small Business Technology 8.1.0', { product: 'small-business', version: '8.1.0' }],
    ['Intel(R) Con. Management Engine 5.0.1', { product: 'management-engine', version: '5.0.1' }],
    ['Intel(R) Active Management Technology', { product: 'amt' }],
    ['AMT', { product: 'amt' }],
    [' AMT  ', { product: 'amt' }],
    ['AMT 11.8', undefined],
    ['Intel(R) Active Management Technology 7', undefined],
    ['Intel(R) Active Management Technology 7.1.91 (modified)', undefined],
    ['nginx/1.25', undefined],
    ['', undefined],
  ])('"%s"', (header, name) => {
    expect(parseServer(header)).toEqual(name);
  });
});

describe('probeHttp', () => {
  const servers: TcpServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(server: TcpServer): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** A port nobody listens on. */
  async function closedPort(): Promise<number> {
    const server = createTcp();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  function firmware(answer: RequestListener): Server {
    return createHttp(answer);
  }

  const amt: RequestListener = (request, response) => {
    expect(request.method).toBe('GET');
    expect(request.url).toBe('/');
    response.writeHead(303, {
      Location: '/logon.htm',
      'Content-Length': 0,
      Server: 'Intel(R) Active Management Technology 11.8.50',
    });
    response.end();
  };

  function probe(httpPort: number, httpsPort: number, signal = new AbortController().signal) {
    return probeHttp('127.0.0.1', { httpPort, httpsPort, connectMs: 1_000, signal });
  }

  test('finds the plain port', async () => {
    const port = await listen(firmware(amt));
    expect(await probe(port, await closedPort())).toEqual({
      port,
      via: 'http',
      product: 'amt',
      version: '11.8.50',
      roundTripMs: expect.any(Number),
    });
  });

  test.each<[SecureVersion, SecureVersion]>([
    ['TLSv1', 'TLSv1'],
    ['TLSv1.2', 'TLSv1.3'],
  ])('finds the TLS port when the plain one is closed, from %s', async (minVersion, maxVersion) => {
    const { key, cert } = selfSigned();
    const options = { key, cert, minVersion, maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' };
    const port = await listen(createHttps(options, amt));
    expect(await probe(await closedPort(), port)).toEqual({
      port,
      via: 'https',
      product: 'amt',
      version: '11.8.50',
      roundTripMs: expect.any(Number),
      fingerprint: expect.stringMatching(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
  });

  test('tries TLS 1.0 alone when a handshake that offers more is cut off', async () => {
    const { key, cert } = selfSigned();
    const behind = createHttps({ key, cert, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }, amt);
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => {});
        socket.once('data', (hello) => {
          // A ClientHello names extension 43, supported_versions, only when it offers TLS 1.3.
          if (hello.includes(Buffer.of(0x00, 0x2b, 0x00))) {
            socket.destroy();
            return;
          }
          socket.pause();
          socket.unshift(hello);
          behind.emit('connection', socket);
        });
      }),
    );
    expect(await probe(await closedPort(), port)).toMatchObject({ via: 'https', version: '11.8.50' });
  });

  test('recognises a machine without Server header by the realm of its challenge', async () => {
    const port = await listen(
      firmware((request, response) => {
        if (request.url === '/wsman') {
          expect(request.method).toBe('POST');
          const realm = 'Digest:A3829B3827DE4D33D4449B366831FD01';
          response.setHeader('WWW-Authenticate', `Digest realm="${realm}", nonce="x",stale="false",qop="auth"`);
        }
        response.writeHead(request.url === '/wsman' ? 401 : 404, { 'Content-Length': 0 }).end();
      }),
    );
    expect(await probe(port, await closedPort())).toMatchObject({ port, via: 'http', product: 'amt' });
  });

  test.each<[string, RequestListener]>([
    ['another web server', (_request, response) => response.setHeader('Server', 'nginx').end()],
    ['a web server without a name', (_request, response) => response.end()],
    ['a server that sends headers without end', (_request, response) => response.socket?.write('x'.repeat(20_000))],
    ['a server that hangs up', (_request, response) => response.socket?.destroy()],
  ])('does not take %s for AMT', async (_what, answer) => {
    const port = await listen(firmware(answer));
    expect(await probe(port, port)).toBeUndefined();
  });

  test('finds nobody where nobody listens', async () => {
    expect(await probe(await closedPort(), await closedPort())).toBeUndefined();
  });

  test('ends at once when told to', async () => {
    let asked = (): void => {};
    const request = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const port = await listen(createTcp((socket) => socket.on('error', () => {}).once('data', asked)));
    const abort = new AbortController();
    const answer = probe(port, port, abort.signal);
    await request;
    const start = performance.now();
    abort.abort();
    expect(await answer).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(50);
  });
});

/** A certificate for one test run. [RFC 5280 §4.1] */
function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = der(0x30, Buffer.from('06092a864886f70d01010b0500', 'hex'));
  const name = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('test')))));
  const dates = ['20200101000000Z', '20991231235959Z'].map((date) => der(0x18, Buffer.from(date)));
  const body = der(0x30, der(2, Buffer.of(1)), algorithm, name, der(0x30, ...dates), name, publicBytes(publicKey));
  const signature = der(3, Buffer.of(0), sign('sha256', body, privateKey));
  const cert = der(0x30, body, algorithm, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
  };
}

function publicBytes(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}
