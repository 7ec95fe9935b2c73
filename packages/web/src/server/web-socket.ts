/** WebSockets: the only file that knows the library. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ByteStream } from '@amtkit/core';
import { ConnectFailed, ProtocolError } from '@amtkit/core';
import { WebSocket, WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../messages.ts';

/** A WebSocket that is open, as its two uses need it. */
export interface OpenSocket {
  /** Its messages as a stream of bytes; where one ends means nothing. */
  stream(): ByteStream;
  /** Sends text; what nobody takes is dropped with the connection. */
  say(text: string): void;
  readonly closed: Promise<void>;
  close(): void;
}

/** The largest message that is read: a clipboard, and some room. */
const MAX_MESSAGE = 1024 * 1024;

/** Between two looks whether the other side is still there. */
const PING_MS = 30_000;

/** What noVNC once offered, and some viewers still do. */
const BINARY = 'binary';

const server = new WebSocketServer({
  noServer: true,
  maxPayload: MAX_MESSAGE,
  perMessageDeflate: false,
  handleProtocols: (offered) => [SUBPROTOCOL, BINARY].find((name) => offered.has(name)) ?? false,
});

/** Makes a WebSocket of a request that asks for one. The library answers what is no such request. */
export function acceptSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<OpenSocket> {
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (opened) => resolve(new Opened(opened, request)));
  });
}

class Opened implements OpenSocket {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #address: string | undefined;

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.#address = request.socket.remoteAddress;
    // What went wrong is told by the end.
    socket.on('error', () => {});
    let heard = true;
    socket.on('pong', () => {
      heard = true;
    });
    const timer = setInterval(() => {
      if (!heard) return socket.terminate();
      heard = false;
      socket.ping();
    }, PING_MS);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        clearInterval(timer);
        resolve();
      });
    });
  }

  say(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }

  stream(): ByteStream {
    return streamOf(this.#socket, this.#address);
  }
}

function streamOf(socket: WebSocket, address: string | undefined): ByteStream {
  const lost = () => new ConnectFailed('The browser closed the connection.');
  const close = async (): Promise<void> => {
    socket.close();
    // A browser that does not answer is not waited for.
    socket.terminate();
  };
  return {
    ...(address === undefined ? {} : { remoteAddress: address }),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) return reject(lost());
        socket.send(bytes, (error) => (error ? reject(lost()) : resolve()));
      }),
    get unsent() {
      return socket.bufferedAmount;
    },
    async end() {
      socket.close();
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => chunksOf(socket),
  };
}

function chunksOf(socket: WebSocket): AsyncIterator<Uint8Array> {
  const unread: Uint8Array[] = [];
  let waiting: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;
  let over = false;
  let failure: Error | undefined;
  const end: IteratorResult<Uint8Array> = { done: true, value: undefined };
  const stop = (error?: Error): void => {
    if (over) return;
    over = true;
    failure = error;
    if (error === undefined) waiting?.resolve(end);
    else waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) return stop(new ProtocolError('A viewer sent text where bytes of RFB belong.'));
    if (waiting === undefined) {
      unread.push(data);
      socket.pause();
      return;
    }
    const { resolve } = waiting;
    waiting = undefined;
    resolve({ done: false, value: data });
  });
  socket.on('close', () => stop());
  return {
    next() {
      const value = unread.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      if (failure !== undefined) return Promise.reject(failure);
      if (over) return Promise.resolve(end);
      if (socket.isPaused) socket.resume();
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    async return() {
      socket.terminate();
      return end;
    },
  };
}
