/** The ports of the embedded broker: MQTT over TCP or TLS, and over WebSocket. */
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  createServer as createTlsServer,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls';
import { InvalidBook } from '@amtkit/core';
import { type EmbeddedBrokerSettings, isLoopback, type Log } from '@amtkit/core/automation';
import { createWebSocketStream, WebSocketServer } from 'ws';

/** Where to listen, and who may come. */
export interface ListenerOptions
  extends Pick<EmbeddedBrokerSettings, 'listen' | 'port' | 'tls' | 'webSocket' | 'maxClients'> {
  /** Without users, pages of other sites may not connect: a browser would do it for them. */
  readonly anonymous: () => boolean;
  /** A client is there. */
  readonly accept: (stream: Duplex, address: string) => void;
  readonly log: Log;
}

/** The ports, open. */
export interface Listeners {
  readonly url: string;
  readonly webSocketUrl: string | undefined;
  /** Reads the certificate anew, for those who come from now on. @throws InvalidBook */
  renew(): Promise<void>;
  /** No more clients; those that are there stay until {@link destroy}. */
  close(): Promise<void>;
  destroy(): void;
}

/** Opens the ports. @throws InvalidBook when one is taken, or a certificate cannot be read */
export async function openListeners(options: ListenerOptions): Promise<Listeners> {
  const { listen, port, tls, webSocket, accept, log, maxClients = MOST_CLIENTS } = options;
  const secure = tls === undefined ? undefined : await secureOptions(tls);
  const sockets = new Set<Socket>();
  let isFull = false;

  /** Counts over all ports; who is too many is not heard. */
  function admit(socket: Socket): boolean {
    if (sockets.size >= maxClients) {
      if (!isFull) log.warn(`The embedded broker has ${maxClients} clients and takes no more (maxClients).`);
      isFull = true;
      socket.destroy();
      return false;
    }
    isFull = false;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.setNoDelay(true);
    return true;
  }

  const welcome = (socket: Socket): void => accept(socket, socket.remoteAddress ?? '');
  const main = secure === undefined ? createServer(welcome) : createTlsServer(secure, welcome);
  main.on('tlsClientError', () => {});
  main.prependListener('connection', admit);
  const servers: Server[] = [main];
  const secured = secure === undefined ? [] : [main as TlsServer];
  if (webSocket !== undefined) {
    const refuse = (_: unknown, response: { writeHead(code: number): { end(text: string): void } }): void =>
      response.writeHead(426).end('MQTT over WebSocket is spoken here.\n');
    const http = secure === undefined ? createHttpServer(refuse) : createHttpsServer(secure, refuse);
    http.on('connection', admit).on('tlsClientError', () => {});
    if (secure !== undefined) secured.push(http as unknown as TlsServer);
    const server = new WebSocketServer({
      server: http,
      perMessageDeflate: false,
      maxPayload: LARGEST_FRAME,
      handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false),
      verifyClient: ({ origin }: { origin: string | undefined }) =>
        origin === undefined || webSocket.origins.includes(origin) || !options.anonymous() || isOwnPage(origin),
    });
    server.on('error', () => {});
    server.on('connection', (socket, { socket: { remoteAddress = '' } }) =>
      accept(createWebSocketStream(socket), remoteAddress),
    );
    servers.push(http);
  }

  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  };
  const bound: number[] = [];
  for (const [i, server] of servers.entries()) {
    const wanted = i === 0 ? port : (webSocket?.port ?? 0);
    try {
      await listenOn(server, listen, wanted);
    } catch (error) {
      await close();
      throw taken(listen, wanted, i === 0 ? 'port' : 'webSocket.port', error);
    }
    const address = server.address();
    bound.push(typeof address === 'object' && address !== null ? address.port : wanted);
  }
  const host = listen.includes(':') ? `[${listen}]` : listen;
  const letter = secure === undefined ? '' : 's';
  return {
    url: `mqtt${letter}://${host}:${bound[0]}`,
    webSocketUrl: bound[1] === undefined ? undefined : `ws${letter}://${host}:${bound[1]}`,
    async renew() {
      if (tls === undefined) return;
      const fresh = await secureOptions(tls);
      for (const server of secured) server.setSecureContext(fresh);
    },
    close,
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Clients at once, unless the book says otherwise. */
const MOST_CLIENTS = 1000;

/** Bytes of a WebSocket frame; packets have a limit of their own. */
const LARGEST_FRAME = 64 * 1024 * 1024;

/** A page that this computer itself serves. */
function isOwnPage(origin: string): boolean {
  const host = URL.parse(origin)?.hostname;
  return host !== undefined && isLoopback(host.replace(/^\[|\]$/g, ''));
}

async function secureOptions(tls: NonNullable<EmbeddedBrokerSettings['tls']>): Promise<TlsOptions> {
  const read = async (key: 'cert' | 'key' | 'ca', file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw unusable(key, `The embedded broker cannot read ${file}: ${code}.`, error);
    }
  };
  const [cert, key, ca] = await Promise.all([
    read('cert', tls.cert),
    read('key', tls.key),
    tls.ca === undefined ? undefined : read('ca', tls.ca),
  ]);
  const options = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  } as const;
  try {
    createSecureContext(options);
  } catch (error) {
    const why = (error as Error).message.replace(/^error:[^:]*:[^:]*::?/, '');
    throw unusable('cert', `The certificate ${tls.cert} and the key ${tls.key} do not work together: ${why}.`, error);
  }
  return options;
}

function unusable(key: string, message: string, cause: unknown): InvalidBook {
  return new InvalidBook(message, {
    key: `bridge.broker.embedded.tls.${key}`,
    hint: 'It takes files in PEM that the bridge may read.',
    cause,
  });
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function taken(host: string, port: number, key: string, error: unknown): InvalidBook {
  const { code } = error as NodeJS.ErrnoException;
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something listens there already',
    EADDRNOTAVAIL: 'this computer does not have the address',
    EACCES: 'ports below 1024 are for the administrator',
  };
  return new InvalidBook(`The embedded broker cannot listen on ${host}:${port}: ${why[code ?? ''] ?? code}.`, {
    key: `bridge.broker.embedded.${key}`,
    hint: 'Use that broker by bridge.broker.url, or choose another port; 0 takes a free one.',
    cause: error,
  });
}
