/** VNC over WebSocket, for pages that are not ours: noVNC as others serve it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ByteStream } from '@amtkit/core';
import { acceptSocket, type OpenSocket } from './web-socket.ts';

/** How it is offered. */
export interface VncSocketOptions {
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
  /** Let pages of any site connect, which is for viewers that have to prove a password. */
  readonly anyPage: boolean;
  /** Takes each viewer; resolves when it is gone. */
  readonly serve: (stream: ByteStream) => Promise<void>;
}

/** A listener that is open. */
export interface VncSocket {
  readonly port: number;
  close(): void;
}

/** Listens. Whatever path is asked for is the screen. @throws TypeError where nothing can listen there */
export async function listenWebSocket({ host, port, anyPage, serve }: VncSocketOptions): Promise<VncSocket> {
  const sockets = new Set<OpenSocket>();
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' }).end('A WebSocket is expected.\n');
  });
  server.on('upgrade', async (request, socket, head) => {
    socket.on('error', () => {});
    if (!anyPage && !isLocalPage(request.headers.origin)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const opened = await acceptSocket(request, socket, head);
    sockets.add(opened);
    await serve(opened.stream());
    sockets.delete(opened);
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new TypeError(`Nothing can listen at ${host}:${port}: ${(error as NodeJS.ErrnoException).code}.`);
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Any site that a browser at this computer shows could ask: those that come from this computer may. */
export function isLocalPage(origin: string | undefined): boolean {
  return origin === undefined || /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin);
}
