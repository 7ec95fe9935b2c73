/**
 * An image behind a URL: read in ranges as the host wants them, from a server that may go away for a moment, and never
 * from two versions of it. [RFC 9110 §14] [RFC 9110 §13.1.5]
 */
import { setTimeout } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { Cancelled, ImageFailed } from '../../errors.ts';
import { BlockCache, type BlockStore, CACHE_BLOCK } from './block-cache.ts';
import { fileStore, memoryStore } from './block-store.ts';
import { downloadedImage } from './download.ts';
import {
  clientTrouble,
  contentRange,
  Hiccup,
  type HttpPlace,
  httpPlace,
  replaced,
  statusTrouble,
} from './http-place.ts';
import type { BlockSource, ReadOptions } from './image.ts';
import { refuseFormat } from './image-format.ts';

/** How an image behind a URL is read. */
export interface HttpImageOptions {
  /** Most bytes that are kept of it. @default 64 MiB */
  readonly cacheBytes?: number;
  /** Keep them in a file in this folder instead of in memory. */
  readonly cacheFolder?: string;
  /**
   * From a server that cannot serve ranges, an image of up to so many bytes is copied to a temporary file first; a larger
   * one is refused. @default 64 MiB
   */
  readonly downloadBytes?: number;
  /** Certificates of authorities to trust instead of the usual ones, PEM. */
  readonly ca?: string;
  /** Without a word of the server for so long a request has failed. @default 10_000 */
  readonly timeoutMs?: number;
  /** Ends the attempt to open it. */
  readonly signal?: AbortSignal;
}

const MIB = 1024 * 1024;

/** Connections to one server. */
const CONNECTIONS = 6;

/** The image at `url`. @throws ImageFailed, Cancelled; TypeError for what is no URL of HTTP */
export async function httpImage(url: string, options: HttpImageOptions = {}): Promise<BlockSource> {
  const { cacheBytes = 64 * MIB, cacheFolder, downloadBytes = 64 * MIB, ca, timeoutMs = 10_000, signal } = options;
  const place = httpPlace(url);
  const agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  let store: BlockStore | undefined;
  try {
    const server = new ImageServer(agent, place);
    const begin = await server.begin(signal);
    if ('body' in begin) {
      const image = await downloadedImage(place.name, begin, downloadBytes);
      await agent.destroy();
      return image;
    }
    refuseFormat(place.name, begin.first);
    store = cacheFolder === undefined ? memoryStore(cacheBytes) : await fileStore(cacheFolder, cacheBytes);
    await store.put(0, begin.first);
    return new HttpImage(place.name, begin.size, agent, store, server);
  } catch (error) {
    await store?.close();
    await agent.destroy();
    if (signal?.aborted) throw new Cancelled(`Cancelled while opening ${place.name}.`, { cause: signal.reason });
    if (!(error instanceof Hiccup)) throw error;
    throw new ImageFailed(`The server of ${place.name} ${error.reason}.`, { image: place.name, cause: error.cause });
  }
}

class HttpImage implements BlockSource {
  readonly name: string;
  readonly size: number;
  readonly #agent: Agent;
  readonly #cache: BlockCache;

  constructor(name: string, size: number, agent: Agent, store: BlockStore, server: ImageServer) {
    this.name = name;
    this.size = size;
    this.#agent = agent;
    this.#cache = new BlockCache(size, store, (offset, length, sink, signal) =>
      server.range(offset, length, sink, signal),
    );
  }

  read(offset: number, target: Uint8Array, options?: ReadOptions): Promise<void> {
    return this.#cache.read(offset, target, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    await this.#cache.close();
  }
}

/** Where redirects may lead at most. */
const MAX_REDIRECTS = 5;

/** Waits before a request is made again; the host gives up a read after half a minute. */
const RETRIES_MS = [200, 1_000, 3_000];

/** Without progress for so long nothing is tried again. */
const GIVE_UP_MS = 20_000;

/** The file as its server knows it. */
class ImageServer {
  readonly #agent: Agent;
  readonly #place: HttpPlace;
  /** Where redirects led. */
  #url: URL;
  #size = 0;
  /** Tell this version from every other; empty where the server names none. */
  #etag = '';
  #modified = '';

  constructor(agent: Agent, place: HttpPlace) {
    this.#agent = agent;
    this.#place = place;
    this.#url = place.url;
  }

  /** The size and the first block; or the whole of it, where the server knows no ranges. */
  async begin(
    signal: AbortSignal | undefined,
  ): Promise<
    | { readonly size: number; readonly first: Uint8Array }
    | { readonly size: number | undefined; readonly body: AsyncIterable<Uint8Array> }
  > {
    const { name } = this.#place;
    const { statusCode, headers, body } = await this.#get({ range: `bytes=0-${CACHE_BLOCK - 1}` }, signal);
    const coding = headers['content-encoding'] ?? 'identity';
    if (coding !== 'identity') {
      discard(body);
      throw new ImageFailed(`The server of ${name} sends it packed (${coding}), though it was asked not to.`, {
        image: name,
      });
    }
    if (statusCode === 200) {
      const length = headers['content-length'];
      return { size: length === undefined ? undefined : Number(length), body: this.#bytesOf(body) };
    }
    const range = statusCode === 206 ? contentRange(headers['content-range']) : undefined;
    if (range?.first !== 0) {
      discard(body);
      if (statusCode === 416 && /^bytes \*\/0$/.test(String(headers['content-range']))) {
        throw new ImageFailed(`${name} is empty.`, { image: name });
      }
      throw statusCode === 206 ? nonsense(name) : statusTrouble(name, statusCode);
    }
    this.#size = range.size;
    this.#etag = String(headers.etag ?? '');
    this.#modified = String(headers['last-modified'] ?? '');
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#bytesOf(body)) chunks.push(chunk);
    const first = Buffer.concat(chunks);
    if (first.length !== Math.min(CACHE_BLOCK, range.size)) throw new Hiccup('sent less than it announced');
    return { size: range.size, first };
  }

  /** Hands over a range as it comes, through interruptions. @throws ImageFailed */
  async range(offset: number, length: number, sink: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    const { name } = this.#place;
    let at = offset;
    let failures = 0;
    let progressAt = performance.now();
    const end = offset + length;
    while (at < end) {
      try {
        for await (const chunk of this.#request(at, end, signal)) {
          sink(chunk);
          at += chunk.length;
          failures = 0;
          progressAt = performance.now();
        }
        if (at < end) throw new Hiccup('sent less than it announced');
      } catch (error) {
        if (!(error instanceof Hiccup) || signal.aborted) throw error;
        const wait = RETRIES_MS[failures++];
        if (wait === undefined || performance.now() - progressAt > GIVE_UP_MS) {
          throw new ImageFailed(`${name} cannot be read any more: its server ${error.reason}.`, {
            image: name,
            cause: error.cause,
          });
        }
        await setTimeout(wait, undefined, { signal });
      }
    }
  }

  async *#request(at: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { name } = this.#place;
    // A weak tag does not tell bytes from bytes.
    const version = this.#etag.startsWith('"') ? this.#etag : this.#modified;
    const { statusCode, headers, body } = await this.#get(
      { range: `bytes=${at}-${end - 1}`, ...(version === '' ? {} : { 'if-range': version }) },
      signal,
    );
    const range = contentRange(headers['content-range']);
    if (statusCode !== 206 || range?.first !== at || range.size !== this.#size || this.#isAnother(headers)) {
      discard(body);
      if (statusCode === 206 && range !== undefined && range.first !== at) throw nonsense(name);
      // Without the condition met, or with fewer bytes than before, the server tells of another file.
      if (statusCode === 200 || statusCode === 206 || statusCode === 412 || statusCode === 416) throw replaced(name);
      throw statusTrouble(name, statusCode);
    }
    // Read to its end: then the connection can be used again.
    let left = end - at;
    for await (const chunk of this.#bytesOf(body)) {
      const wanted = chunk.subarray(0, left);
      left -= wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }

  #isAnother(headers: Dispatcher.ResponseData['headers']): boolean {
    const differs = (before: string, now: unknown) => before !== '' && now !== undefined && String(now) !== before;
    return this.#etag === '' ? differs(this.#modified, headers['last-modified']) : differs(this.#etag, headers.etag);
  }

  async *#bytesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* body;
    } catch (error) {
      throw clientTrouble(this.#place.name, error as NodeJS.ErrnoException);
    }
  }

  /** The reply to a request, behind redirects. */
  async #get(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    let url = this.#url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const reply = await this.#ask(url, headers, signal);
      const { location } = reply.headers;
      const { statusCode } = reply;
      if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
        discard(reply.body);
        url = this.#redirected(url, String(location));
        continue;
      }
      // An address that was lent for a while: the first one knows the next.
      if (GONE.has(statusCode) && url !== this.#place.url && redirects === 0) {
        discard(reply.body);
        url = this.#place.url;
        continue;
      }
      this.#url = url;
      return reply;
    }
    throw new ImageFailed(`The server of ${this.#place.name} redirects without end.`, { image: this.#place.name });
  }

  async #ask(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const { authorization } = this.#place;
    const known = authorization !== undefined && url.origin === this.#place.url.origin;
    try {
      return await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'accept-encoding': 'identity', ...headers, ...(known ? { authorization } : {}) },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw clientTrouble(this.#place.name, error as NodeJS.ErrnoException);
    }
  }

  #redirected(from: URL, location: string): URL {
    const { name } = this.#place;
    const url = URL.parse(location, from.href);
    if (url === null || !/^https?:$/.test(url.protocol)) throw nonsense(name);
    if (from.protocol === 'https:' && url.protocol === 'http:') {
      throw new ImageFailed(
        `The server of ${name} redirects from https: to http:, where anybody may change what comes.`,
        {
          image: name,
          hint: 'If that is your own network, give the URL of http: itself.',
        },
      );
    }
    url.hash = '';
    return url;
  }
}

/** Statuses of addresses that were valid for a while. */
const GONE = new Set([401, 403, 404, 410]);

/** A body that nobody reads: a short one is, so that the connection can be used again. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.dump({ limit: 16_384 }).catch(() => {});
}

function nonsense(name: string): ImageFailed {
  return new ImageFailed(`The server of ${name} answers with something that makes no sense.`, { image: name });
}
