/** A byte stream dressed as the socket that an HTTP client expects. */
import type net from 'node:net';
import { Duplex } from 'node:stream';
import type { ByteStream } from './stream.ts';

/** The few things of a socket beyond a duplex stream that HTTP clients touch do nothing here. */
export function duplexOf(stream: ByteStream): net.Socket {
  const reader = stream[Symbol.asyncIterator]();
  const duplex = new Duplex({
    read() {
      reader.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, callback) {
      stream.write(Uint8Array.from(chunk)).then(() => callback(), callback);
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
