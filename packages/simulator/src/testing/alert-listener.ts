/** Consoles that alerts come to, for tests: an HTTP server and a UDP socket on free ports of this computer. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One post as it arrived. */
export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server says to a post. @default 200 */
export type Answer = (posted: Posted, count: number) => { readonly status: number; readonly challenge?: string };

/** An HTTP server that keeps what it gets. */
export async function alertServer(answer: Answer = () => ({ status: 200 })) {
  const posts: Posted[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, reply) => {
    const posted = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    posts.push(posted);
    const { status, challenge } = answer(posted, posts.length);
    reply.writeHead(status, challenge === undefined ? {} : { 'WWW-Authenticate': challenge }).end();
    for (const tell of [...waiting]) tell();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    posts,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resolves when so many posts have come. */
    async count(wanted: number): Promise<void> {
      while (posts.length < wanted) {
        await new Promise<void>((resolve) => {
          const tell = () => {
            waiting.delete(tell);
            resolve();
          };
          waiting.add(tell);
        });
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A UDP socket that keeps what it gets. */
export async function trapSocket() {
  const socket = createSocket('udp4');
  const datagrams: Uint8Array[] = [];
  socket.on('message', (datagram) => datagrams.push(new Uint8Array(datagram)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    datagrams,
    port: socket.address().port,
    async count(wanted: number): Promise<void> {
      while (datagrams.length < wanted) await once(socket, 'message');
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
