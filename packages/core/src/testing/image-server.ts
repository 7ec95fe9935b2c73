/** A web server that gives away one file, well or badly: for tests of images behind URLs. */
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';

/** What it does to one request; without one, and where it returns false, the file is served. */
export type Misbehaviour = (request: http.IncomingMessage, response: http.ServerResponse) => boolean;

/** The server. Fields may be changed while it runs. */
export class ImageServer {
  bytes: Uint8Array;
  /** @default a new one with each content */
  etag: string | undefined = '"1"';
  modified: string | undefined;
  ranges = true;
  misbehave: Misbehaviour = () => false;
  /** Ranges that were asked for, `-` without. */
  readonly asked: string[] = [];
  readonly headers: http.IncomingHttpHeaders[] = [];
  connections = 0;
  readonly #server: http.Server;
  readonly #scheme: string;

  constructor(bytes: Uint8Array, secure?: https.ServerOptions) {
    this.bytes = bytes;
    this.#scheme = secure === undefined ? 'http' : 'https';
    const serve: http.RequestListener = (request, response) => this.#serve(request, response);
    this.#server = secure === undefined ? http.createServer(serve) : https.createServer(secure, serve);
    this.#server.on('connection', () => this.connections++);
  }

  /** Listens on a free port of 127.0.0.1. */
  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/install.iso`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.asked.push(request.headers.range ?? '-');
    this.headers.push(request.headers);
    if (this.misbehave(request, response)) return;
    const { bytes, etag, modified } = this;
    const validators = {
      ...(etag === undefined ? {} : { etag }),
      ...(modified === undefined ? {} : { 'last-modified': modified }),
    };
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const condition = request.headers['if-range'];
    const holds = condition === undefined || condition === etag || condition === modified;
    if (!this.ranges || first === undefined || !holds) {
      response.writeHead(200, { 'content-length': bytes.length, ...validators }).end(bytes);
      return;
    }
    const from = Number(first);
    if (from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const part = bytes.subarray(from, Number(last) + 1);
    const range = `bytes ${from}-${from + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-length': part.length, 'content-range': range, ...validators }).end(part);
  }
}
