import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, ImageFailed } from '../../errors.ts';
import { officeRsa } from '../../testing/certificates.ts';
import { ImageServer } from '../../testing/image-server.ts';
import { testImage } from '../../testing/served-ider.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { httpImage } from './http-image.ts';
import type { BlockSource } from './image.ts';

const bytes = testImage(1_000_448, 1);

const cleanup: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

async function serve(
  content: Uint8Array = bytes,
  secure?: ConstructorParameters<typeof ImageServer>[1],
): Promise<ImageServer> {
  const server = await new ImageServer(content, secure).listen();
  cleanup.push(() => server.close());
  return server;
}

async function image(...args: Parameters<typeof httpImage>): Promise<BlockSource> {
  const source = await httpImage(...args);
  cleanup.push(async () => source[Symbol.asyncDispose]());
  return source;
}

async function read(source: BlockSource, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await source.read(offset, target, signal === undefined ? {} : { signal });
  return target;
}

/** The error of something that is to fail. */
async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
}

describe('An image behind a URL', () => {
  it('is read in ranges, each block once, over connections that are kept', async () => {
    const server = await serve();
    const source = await image(server.url);
    expect(source).toMatchObject({ name: server.url, size: 1_000_448 });
    expect(await read(source, 0, 2048)).toEqual(bytes.subarray(0, 2048));
    expect(server.asked).toEqual(['bytes=0-65535']);
    expect(await read(source, 65_000, 200_000)).toEqual(bytes.subarray(65_000, 265_000));
    expect(await read(source, 100_000, 512)).toEqual(bytes.subarray(100_000, 100_512));
    expect(await read(source, 999_936, 512)).toEqual(bytes.subarray(999_936));
    expect(server.asked.slice(1)).toEqual(['bytes=65536-327679', 'bytes=983040-1000447']);
    expect(server.headers[1]).toMatchObject({ 'if-range': '"1"', 'accept-encoding': 'identity' });
    // The second one where a block was there before its connection was free again.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('is the same bytes however it is read, with several reads under way', async () => {
    const server = await serve();
    const source = await image(server.url, { cacheBytes: 4 * 65_536 });
    const random = seededRandom(5);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const offset = Math.floor(random() * 900_000);
          const length = 1 + Math.floor(random() * 100_000);
          const got = await read(source, offset, length);
          expect(Buffer.compare(got, bytes.subarray(offset, offset + length))).toBe(0);
        }),
      );
    }
  });

  it('keeps what it fetched in a file where that is asked for, within bounds, and cleans up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
    cleanup.push(() => rm(folder, { recursive: true, force: true }));
    const server = await serve();
    const source = await httpImage(server.url, { cacheFolder: folder, cacheBytes: 3 * 65_536 });
    for (const offset of [0, 100_000, 500_000, 0, 900_000, 100_000]) {
      expect(Buffer.compare(await read(source, offset, 1000), bytes.subarray(offset, offset + 1000))).toBe(0);
    }
    expect(await readdir(folder)).toHaveLength(1);
    await source[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    const attempt = httpImage(server.url, { cacheFolder: join(folder, 'nowhere') });
    await expect(attempt).rejects.toThrow(/^Nothing can be kept in the folder .*nowhere: ENOENT\.$/);
  });

  it('is asked for with the user and password of its URL, which nobody else learns', async () => {
    const server = await serve();
    const elsewhere = await serve();
    server.misbehave = (_request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}?token=s3cret` }).end();
      return true;
    };
    const source = await image(server.url.replace('//', '//anna:p%40ss@'));
    expect(server.headers[0]?.authorization).toBe(`Basic ${Buffer.from('anna:p@ss').toString('base64')}`);
    expect(elsewhere.headers[0]?.authorization).toBeUndefined();
    expect(source.name).toBe(server.url);
    expect((await httpImage(`${elsewhere.url}?token=s3cret`)).name).toBe(`${elsewhere.url}?…`);
  });

  it('is read over TLS from a server whose authority is trusted', async () => {
    const server = await serve(bytes, { key: officeRsa.key, cert: officeRsa.cert });
    const error = await failure(httpImage(server.url));
    expect(error).toBeInstanceOf(ImageFailed);
    expect(error.message).toMatch(/shows a certificate that is not trusted/);
  });

  it('follows redirects, and asks the first address again when the second is no longer valid', async () => {
    const first = await serve();
    const second = await serve();
    let lent = 0;
    first.misbehave = (_request, response) => {
      response.writeHead(307, { location: `${second.url}?until=${++lent}` }).end();
      return true;
    };
    second.misbehave = (request, response) => {
      if (request.url?.endsWith(`until=${lent}`) && lent !== 1) return false;
      if (second.asked.length === 1) return false;
      response.writeHead(403).end();
      return true;
    };
    const source = await image(first.url);
    expect(await read(source, 700_000, 10)).toEqual(bytes.subarray(700_000, 700_010));
    expect(lent).toBe(2);
  });
});

describe('A server that does badly', () => {
  it.each<[string, (server: ImageServer) => void, RegExp]>([
    ['has no such file', (server) => status(server, 404), /has no such file \(HTTP 404\)\.$/],
    ['wants a log-in', (server) => status(server, 401), /wants a user and a password, or other ones \(HTTP 401\)\.$/],
    ['is not able to answer', (server) => status(server, 503), /is not able to answer \(HTTP 503\)\.$/],
    [
      'has an empty file',
      (server) => {
        server.bytes = new Uint8Array(0);
      },
      /install\.iso is empty\.$/,
    ],
    [
      'has a packed file',
      (server) => {
        server.bytes = Uint8Array.of(0x1f, 0x8b, ...new Uint8Array(600));
      },
      /is no image: it is packed with gzip\.$/,
    ],
    [
      'packs it on the way',
      (server) => {
        server.misbehave = (_request, response) => {
          response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 3 }).end('abc');
          return true;
        };
      },
      /sends it packed \(gzip\), though it was asked not to\.$/,
    ],
    [
      'redirects in a circle',
      (server) => {
        server.misbehave = (_request, response) => {
          response.writeHead(302, { location: '/install.iso' }).end();
          return true;
        };
      },
      /redirects without end\.$/,
    ],
    [
      'answers with another range',
      (server) => {
        server.misbehave = (_request, response) => {
          response.writeHead(206, { 'content-range': 'bytes 7-8/1000', 'content-length': 2 }).end('ab');
          return true;
        };
      },
      /answers with something that makes no sense\.$/,
    ],
    [
      'closes without a word',
      (server) => {
        server.misbehave = (request) => {
          request.socket.destroy();
          return true;
        };
      },
      /closed the connection\.$/,
    ],
    [
      'takes the request and is silent',
      (server) => {
        server.misbehave = () => true;
      },
      /takes the request and does not answer\.$/,
    ],
  ])('is refused with a sentence: it %s', async (_, prepare, text) => {
    const server = await serve();
    prepare(server);
    const error = await failure(httpImage(server.url.replace('//', '//anna:secret@'), { timeoutMs: 300 }));
    expect(error).toBeInstanceOf(ImageFailed);
    expect(error.message).toMatch(text);
    expect(`${error.message} ${(error as ImageFailed).hint}`).not.toContain('secret');
  });

  it('is refused when nobody is there', async () => {
    const server = await serve();
    const { url } = server;
    await server.close();
    expect((await failure(httpImage(url))).message).toBe(`The server of ${url} refuses the connection.`);
    cleanup.length = 0;
  });

  it('can be given up', async () => {
    const server = await serve();
    server.misbehave = () => true;
    const giveUp = new AbortController();
    const attempt = failure(httpImage(server.url, { signal: giveUp.signal }));
    giveUp.abort();
    expect(await attempt).toBeInstanceOf(Cancelled);
  });

  it('that drops connections in the middle is asked again from there on', async () => {
    const server = await serve();
    const source = await image(server.url);
    let drops = 2;
    server.misbehave = (request, response) => {
      const from = Number(/=(\d+)/.exec(request.headers.range ?? '')?.[1]);
      if (drops-- <= 0) return false;
      const part = bytes.subarray(from, from + 200_000);
      response.writeHead(206, {
        'content-range': `bytes ${from}-${from + 199_999}/1000448`,
        'content-length': 200_000,
        etag: '"1"',
      });
      response.write(part.subarray(0, 70_000), () => request.socket.destroy());
      return true;
    };
    expect(Buffer.compare(await read(source, 65_536, 200_000), bytes.subarray(65_536, 265_536))).toBe(0);
    expect(server.asked.slice(1).map((range) => Number(/=(\d+)/.exec(range)?.[1]))).toEqual([65_536, 135_536, 205_536]);
  });

  it('that stays away costs the read, and is there again for the next', async () => {
    const server = await serve();
    const source = await image(server.url, { timeoutMs: 200 });
    let away = true;
    server.misbehave = (request) => {
      if (away) request.socket.destroy();
      return away;
    };
    const error = await failure(read(source, 500_000, 1));
    expect(error).toBeInstanceOf(ImageFailed);
    expect(error.message).toBe(`${server.url} cannot be read any more: its server closed the connection.`);
    away = false;
    expect(await read(source, 500_000, 1)).toEqual(bytes.subarray(500_000, 500_001));
  }, 15_000);

  it.each<[string, (server: ImageServer) => void]>([
    [
      'another tag',
      (server) => {
        server.etag = '"2"';
      },
    ],
    [
      'another date',
      (server) => {
        server.etag = undefined;
        server.modified = 'Thu, 26 Nov 2026 04:00:01 GMT';
      },
    ],
    [
      'fewer bytes',
      (server) => {
        server.bytes = bytes.subarray(0, 400_384);
      },
    ],
    [
      'more bytes',
      (server) => {
        server.bytes = testImage(1_000_960, 1);
      },
    ],
    [
      'no ranges any more',
      (server) => {
        server.ranges = false;
      },
    ],
  ])('that serves another file all of a sudden is noticed: %s', async (what, replace) => {
    const server = await serve();
    if (what === 'another date') {
      server.etag = undefined;
      server.modified = 'Thu, 26 Nov 2026 04:00:00 GMT';
    }
    const source = await image(server.url);
    replace(server);
    const error = await failure(read(source, 600_000, 10));
    expect(error).toBeInstanceOf(ImageFailed);
    expect(error.message).toBe(`${server.url} was replaced while it was served.`);
  });
});

describe('A read that nobody wants any more', () => {
  it('ends at once, and what it fetched is fetched again when it is wanted', async () => {
    const server = await serve();
    const source = await image(server.url);
    let held: (() => void) | undefined;
    server.misbehave = (_request, response) => {
      if (held !== undefined) return false;
      held = () => response.destroy();
      return true;
    };
    const giveUp = new AbortController();
    const unwanted = failure(read(source, 300_000, 10, giveUp.signal));
    await vi.waitUntil(() => server.asked.length === 2, { interval: 1 });
    giveUp.abort(new Error('reset'));
    expect((await unwanted).message).toBe('reset');
    expect(await read(source, 300_000, 10)).toEqual(bytes.subarray(300_000, 300_010));
  });
});

describe('A server that knows no ranges', () => {
  it('is copied from where the image is small', async () => {
    const server = await serve();
    server.ranges = false;
    const source = await httpImage(server.url);
    expect(source).toMatchObject({ name: server.url, size: 1_000_448 });
    await server.close();
    cleanup.length = 0;
    expect(await read(source, 777_777, 1000)).toEqual(bytes.subarray(777_777, 778_777));
    await source[Symbol.asyncDispose]();
  });

  it('is refused where the image is large, or of unknown size', async () => {
    const server = await serve();
    server.ranges = false;
    const large = await failure(httpImage(server.url, { downloadBytes: 1_000_000 }));
    expect(large.message).toBe(`The server of ${server.url} cannot serve parts of it, and it has 2 MB.`);
    server.misbehave = (_request, response) => {
      response.writeHead(200).end(bytes);
      return true;
    };
    const unknown = await failure(httpImage(server.url));
    expect(unknown.message).toBe(
      `The server of ${server.url} cannot serve parts of it, and does not say how large it is.`,
    );
    expect(unknown).toBeInstanceOf(ImageFailed);
  });

  it('that breaks off while it is copied is refused, and nothing is left behind', async () => {
    const server = await serve();
    server.misbehave = (request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 500_000), () => request.socket.destroy());
      return true;
    };
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('amtkit-image-'));
    expect((await failure(httpImage(server.url))).message).toMatch(/closed the connection/);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('amtkit-image-'))).toEqual(before);
  });
});

it('takes nothing for a URL that is none', async () => {
  await expect(httpImage('ftp://server/install.iso')).rejects.toThrow(TypeError);
  await expect(httpImage('install.iso')).rejects.toThrow(TypeError);
});

function status(server: ImageServer, code: number): void {
  server.misbehave = (_request, response) => {
    response.writeHead(code).end();
    return true;
  };
}
