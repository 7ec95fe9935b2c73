/** Connections made by somebody else, dressed as the sockets that an HTTP client expects. */
import type net from 'node:net';
import { Duplex } from 'node:stream';
import { dialled } from './dialled.ts';
import type { ByteStream, Dial, PresentedCertificate } from './stream.ts';
import type { SocketTarget } from './tcp.ts';

/** A connection through `dial`, as a socket. @throws ConnectFailed, Untrusted, Cancelled */
export async function openStream(
  dial: Dial,
  target: SocketTarget,
): Promise<{ readonly socket: net.Socket; readonly certificate?: PresentedCertificate }> {
  const stream = await dialled(dial, target);
  const { certificate } = stream;
  return { socket: duplexOf(stream), ...(certificate === undefined ? {} : { certificate }) };
}

/** The few things of a socket beyond a duplex stream that HTTP clients touch do nothing here. */
function duplexOf(stream: ByteStream): net.Socket {
  const reader = stream[Symbol.asyncIterator]();
  const duplex = new Duplex({
    read() {
      next().then(
        (chunk) => this.push(chunk),
        (error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, callback) {
      stream.write(Uint8Array.from(chunk)).then(() => callback(), callback);
    },
    writev(chunks: { chunk: Uint8Array }[], callback) {
      stream.write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => callback(), callback);
    },
    final(callback) {
      stream.end().then(() => callback(), callback);
    },
    destroy(error, callback) {
      stream.close().then(
        () => callback(error),
        () => callback(error),
      );
    },
  });
  /** An empty chunk would be taken for "nothing yet, will call", which nobody does. */
  async function next(): Promise<Uint8Array | null> {
    for (;;) {
      const { done, value } = await reader.next();
      if (done === true) return null;
      if (value.length > 0) return value;
    }
  }
  const itself = () => duplex;
  return Object.assign(duplex, {
    setNoDelay: itself,
    setKeepAlive: itself,
    setTimeout: itself,
    ref: itself,
    unref: itself,
    remoteAddress: stream.remoteAddress,
  }) as unknown as net.Socket;
}
