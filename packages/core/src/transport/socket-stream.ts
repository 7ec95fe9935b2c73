/** A connected socket, plain or TLS, as a stream of bytes. */
import type net from 'node:net';
import { ConnectFailed } from '../errors.ts';
import type { ByteStream, DialTarget, PresentedCertificate } from './stream.ts';

/** A connected socket as a stream. */
export function streamOf(
  socket: net.Socket,
  target: DialTarget,
  certificate: PresentedCertificate | undefined,
): ByteStream {
  const lost = () => new ConnectFailed(`The connection to ${target.host} is closed.`, { host: target.host });
  async function close(): Promise<void> {
    socket.destroy();
  }
  /** Waits where the socket took the bytes but has no room for more. */
  async function put(write: () => boolean): Promise<void> {
    if (socket.destroyed || !socket.writable) throw lost();
    if (write()) return;
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        socket.off('close', gone);
        resolve();
      };
      const gone = () => {
        socket.off('drain', done);
        reject(lost());
      };
      socket.once('drain', done);
      socket.once('close', gone);
    });
  }
  return {
    ...(socket.remoteAddress === undefined ? {} : { remoteAddress: socket.remoteAddress }),
    ...(certificate === undefined ? {} : { certificate }),
    write: (bytes) => put(() => socket.write(bytes)),
    writeAll: (chunks) =>
      put(() => {
        let room = true;
        socket.cork();
        for (const chunk of chunks) room = socket.write(chunk);
        socket.uncork();
        return room;
      }),
    get unsent() {
      return socket.writableLength;
    },
    async end() {
      socket.end();
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => chunksOf(socket, target),
  };
}

/** A socket that somebody connected to us with. */
export function acceptedStream(socket: net.Socket): ByteStream {
  return streamOf(socket, { host: socket.remoteAddress ?? 'this computer', port: socket.remotePort ?? 0 }, undefined);
}

/**
 * What a socket reads, chunk by chunk, with nothing in between: the iterator that sockets have themselves costs a
 * third of the time that a small request and its answer take.
 */
function chunksOf(socket: net.Socket, target: DialTarget): AsyncIterator<Uint8Array> {
  const unread: Uint8Array[] = [];
  let waiting: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;
  let over = socket.destroyed || socket.readableEnded;
  let failure: Error | undefined;
  const end: IteratorResult<Uint8Array> = { done: true, value: undefined };
  function stop(error?: NodeJS.ErrnoException): void {
    if (over) return;
    over = true;
    if (error !== undefined) failure = lostConnection(error, target);
    if (waiting === undefined) return;
    if (failure === undefined) waiting.resolve(end);
    else waiting.reject(failure);
    waiting = undefined;
  }
  socket.on('data', (chunk: Uint8Array) => {
    if (waiting === undefined) {
      unread.push(chunk);
      socket.pause();
    } else {
      const { resolve } = waiting;
      waiting = undefined;
      resolve({ done: false, value: chunk });
    }
  });
  socket.on('end', () => stop());
  socket.on('error', stop);
  socket.on('close', () => stop());
  return {
    next() {
      const value = unread.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      if (failure !== undefined) return Promise.reject(failure);
      if (over) return Promise.resolve(end);
      if (socket.isPaused()) socket.resume();
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    async return() {
      socket.destroy();
      return end;
    },
  };
}

/** What became of a connection that was open. */
function lostConnection(error: NodeJS.ErrnoException, { host, port }: DialTarget): ConnectFailed {
  const reason = error.code === 'ECONNRESET' ? 'the other side reset it' : (error.code ?? error.message);
  return new ConnectFailed(`The connection to ${host} port ${port} was lost: ${reason}.`, { host, cause: error });
}
