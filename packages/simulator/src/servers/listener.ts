/** TCP and TLS listeners: sockets in, streams of bytes out. */
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { ByteStream } from '@amtkit/core/streams';
import { ConnectFailed } from '@amtkit/core/wire';
import type { Certificate } from '../certificate.ts';
import type { Profile } from '../profiles/profile.ts';

/** A port that listens. */
export interface Listener {
  readonly port: number;
  /** Stops listening and cuts what is connected. */
  close(): Promise<void>;
}

/** What to listen on, and what to do with who comes. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** With TLS when given; asked for at every connection. */
  readonly secure?: () => Promise<SecureContext>;
  readonly connected: (stream: ByteStream) => void;
}

/** Listens. @throws ConnectFailed when the port cannot be had */
export async function listen({ host, port, secure, connected }: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {});
    if (secure === undefined) connected(socketStream(socket));
    else secured(socket, secure, connected);
  });
  server.listen(port, host);
  await listening(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** The TLS of a firmware generation. No tickets and no sessions: firmware resumes none. */
export function secureContext({ tls }: Profile, certificate: Certificate): SecureContext {
  return createSecureContext({
    cert: certificate.pem,
    key: certificate.key,
    minVersion: tls.min,
    maxVersion: tls.max,
    ciphers: tls.ciphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}

function secured(socket: Socket, secure: () => Promise<SecureContext>, connected: (stream: ByteStream) => void): void {
  secure().then(
    (context) => {
      if (socket.destroyed) return;
      const secured = new TLSSocket(socket, { isServer: true, secureContext: context });
      secured.on('error', () => socket.destroy());
      secured.once('secure', () => connected(socketStream(secured, socket.remoteAddress)));
    },
    () => socket.destroy(),
  );
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConnectFailed(`The virtual PC cannot listen on ${host}:${port}: ${code}.`, { host, cause: error });
  }
}

/** Chunks that may lie unread before the socket is told to wait. */
const HIGH_WATER = 16;

/** A socket as a stream. It stays half open when the peer ends, as firmware's does. */
export function socketStream(socket: Socket, remoteAddress: string | undefined = socket.remoteAddress): ByteStream {
  const chunks: Uint8Array[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const changed = () => {
    wake?.();
    wake = undefined;
  };
  socket.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    if (chunks.length >= HIGH_WATER) socket.pause();
    changed();
  });
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      ended = true;
      changed();
    });
  }
  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (chunks.length === 0 && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = chunks.shift();
    if (chunks.length === 0 && socket.isPaused()) socket.resume();
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }
  async function close(): Promise<void> {
    socket.destroy();
  }
  return {
    ...(remoteAddress !== undefined && { remoteAddress }),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => {
          if (error) reject(new ConnectFailed('The console is gone.', { cause: error }));
          else resolve();
        });
      }),
    async end() {
      socket.end();
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        await close();
        return { done: true, value: undefined };
      },
    }),
  };
}
