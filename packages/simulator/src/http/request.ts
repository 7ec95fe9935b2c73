/** HTTP requests out of a stream, as tolerantly as firmware reads them. [RFC 9112] */
import type { ByteStream } from '@amtkit/core/streams';

/** One request, whole. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** By lower-case name; of a repeated one the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** What was sent is no request the firmware reads. */
export class BadRequest extends Error {}

/** Bytes of header that are read before giving up. */
const MAX_HEADER = 16 * 1024;
/** Bytes of a line between chunks. */
const MAX_LINE = 1024;
/** Bytes of body that fit the firmware's buffer. UNCERTAIN; certificates need some 16 KB. */
const MAX_BODY = 256 * 1024;

/** Reads one request after another. */
export class RequestReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #sayContinue: () => Promise<void>;
  #buffer: Uint8Array = new Uint8Array(0);

  /** @param sayContinue answers a console that waits to be told before it sends its body */
  constructor(stream: ByteStream, sayContinue: () => Promise<void>) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#sayContinue = sayContinue;
  }

  /** The next request, or nothing when the console has ended. @throws BadRequest */
  async next(): Promise<HttpRequest | undefined> {
    const header = await this.#header();
    if (header === undefined) return undefined;
    const [line = '', ...rest] = header.split('\r\n');
    const [method, path, protocol] = line.split(' ');
    if (method === undefined || path === undefined || !/^HTTP\/1\.[01]$/.test(protocol ?? '')) throw new BadRequest();
    const headers = new Map<string, string>();
    for (const each of rest) {
      const colon = each.indexOf(':');
      if (colon <= 0) throw new BadRequest();
      headers.set(each.slice(0, colon).trim().toLowerCase(), each.slice(colon + 1).trim());
    }
    const body = await this.#body(headers);
    return body && { method, path, headers, body };
  }

  /** Reads and forgets until the console ends. */
  async drain(): Promise<void> {
    this.#buffer = new Uint8Array(0);
    while (!(await this.#chunks.next()).done);
  }

  async #body(headers: ReadonlyMap<string, string>): Promise<Uint8Array | undefined> {
    const coding = headers.get('transfer-encoding')?.toLowerCase();
    const length = Number(headers.get('content-length') ?? '0');
    if (coding === undefined ? !Number.isInteger(length) || length < 0 || length > MAX_BODY : coding !== 'chunked') {
      throw new BadRequest();
    }
    const waits = /100-continue/i.test(headers.get('expect') ?? '');
    if (waits && (coding !== undefined || length > this.#buffer.length)) await this.#sayContinue();
    return coding === undefined ? await this.#take(length) : await this.#chunked();
  }

  /** A body in chunks, as the pages of some consoles send it from the browser; what trails it is skipped. */
  async #chunked(): Promise<Uint8Array | undefined> {
    const chunks: Uint8Array[] = [];
    for (let total = 0; ; ) {
      const line = await this.#line();
      if (line === undefined) return undefined;
      const size = /^([0-9a-f]{1,6})[ \t]*(;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new BadRequest();
      const length = Number.parseInt(size, 16);
      total += length;
      if (total > MAX_BODY) throw new BadRequest();
      if (length === 0) break;
      const chunk = await this.#take(length + 2);
      if (chunk === undefined) return undefined;
      if (chunk[length] !== 13 || chunk[length + 1] !== 10) throw new BadRequest();
      chunks.push(chunk.subarray(0, length));
    }
    for (let line = await this.#line(); line !== ''; line = await this.#line())
      if (line === undefined) return undefined;
    return Buffer.concat(chunks);
  }

  /** Up to the end of the line, which is not part of it. */
  async #line(): Promise<string | undefined> {
    for (let searched = 0; ; ) {
      const end = this.#buffer.indexOf(10, searched);
      if (end >= 0) {
        const text = latin1(this.#buffer.subarray(0, end)).replace(/\r$/, '');
        this.#buffer = this.#buffer.subarray(end + 1);
        return text;
      }
      searched = this.#buffer.length;
      if (searched > MAX_LINE) throw new BadRequest();
      if (!(await this.#more())) return undefined;
    }
  }

  /** Start line and headers, one byte per character; blank lines before them are skipped. */
  async #header(): Promise<string | undefined> {
    for (let searched = 0; ; ) {
      let skip = 0;
      while (this.#buffer[skip] === 13 || this.#buffer[skip] === 10) skip++;
      if (skip > 0) this.#buffer = this.#buffer.subarray(skip);
      const end = endOfHeader(this.#buffer, searched);
      if (end >= 0) {
        const text = latin1(this.#buffer.subarray(0, end));
        this.#buffer = this.#buffer.subarray(end + 4);
        return text;
      }
      if (this.#buffer.length > MAX_HEADER) throw new BadRequest();
      searched = Math.max(0, this.#buffer.length - 3);
      if (!(await this.#more())) return undefined;
    }
  }

  async #take(length: number): Promise<Uint8Array | undefined> {
    while (this.#buffer.length < length) {
      if (!(await this.#more())) return undefined;
    }
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    if (this.#buffer.length === 0) this.#buffer = value;
    else {
      const joined = new Uint8Array(this.#buffer.length + value.length);
      joined.set(this.#buffer);
      joined.set(value, this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }
}

/** Bytes as characters of the same number. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Text of a body: UTF-8, or Latin-1 where it is none, as some consoles send whatever their XML declaration says. */
export function bodyText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function endOfHeader(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}
