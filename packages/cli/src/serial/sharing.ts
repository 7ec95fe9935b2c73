/** One serial line for several who read and one who writes. */
import type { Server, Socket } from 'node:net';
import type { SerialLine } from '@amtkit/core/automation';

/** Who came and went. */
export type SharingEvent =
  | { readonly type: 'joined'; readonly client: number; readonly writes: boolean }
  | { readonly type: 'left'; readonly client: number }
  /** The one that typed has left; this one types from now on. */
  | { readonly type: 'writes'; readonly client: number }
  /** It did not read for so long that it was left behind. */
  | { readonly type: 'dropped'; readonly client: number };

/** How a line is shared. */
export interface SharingOptions {
  readonly line: SerialLine;
  readonly server: Server;
  readonly onEvent: (event: SharingEvent) => void;
}

/** So much may wait for a client that does not read. Bytes. */
const MOST_WAITING = 1_048_576;

/**
 * Everybody who connects sees what the host writes. The first one types; when it leaves, the one that has waited longest
 * does. What the others send is dropped. Ends when the line does. @throws what the line was lost by
 */
export async function shareLine({ line, server, onEvent }: SharingOptions): Promise<void> {
  const clients = new Map<Socket, number>();
  let count = 0;

  const writer = (): Socket | undefined => clients.keys().next().value;
  const leave = (socket: Socket): void => {
    const wrote = writer() === socket;
    const client = clients.get(socket);
    if (client === undefined) return;
    clients.delete(socket);
    onEvent({ type: 'left', client });
    const next = wrote ? writer() : undefined;
    if (next !== undefined) onEvent({ type: 'writes', client: clients.get(next) ?? 0 });
  };
  const onConnection = (socket: Socket): void => {
    const client = ++count;
    clients.set(socket, client);
    onEvent({ type: 'joined', client, writes: writer() === socket });
    socket.on('data', (bytes) => {
      if (writer() !== socket) return;
      // Held back as the host holds us back. Without a session what is typed goes nowhere.
      socket.pause();
      line
        .write(bytes)
        .catch(() => {})
        .finally(() => socket.resume());
    });
    socket.on('error', () => {});
    socket.on('close', () => leave(socket));
  };
  server.on('connection', onConnection);
  try {
    for await (const bytes of line) {
      for (const [socket, client] of clients) {
        socket.write(bytes);
        if (socket.writableLength <= MOST_WAITING) continue;
        onEvent({ type: 'dropped', client });
        socket.destroy();
      }
    }
  } finally {
    server.off('connection', onConnection);
    await closed(server, [...clients.keys()]);
  }
}

/** What was written still leaves; whoever does not take it within a moment goes without. */
async function closed(server: Server, sockets: readonly Socket[]): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.end();
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, PARTING_MS);
  await done;
  clearTimeout(timer);
}

/** How long a client may take for what is left. */
const PARTING_MS = 500;
