/** A TCP port in front of another one, which a test can shut: a broker that is away. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The port, and what a test does with it. */
export interface Door extends AsyncDisposable {
  readonly port: number;
  /** Cuts what is open and refuses what comes. */
  shut(): void;
  open(): void;
}

/** A door to a port of this computer. */
export async function doorTo(port: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((outside) => {
    if (!isOpen) {
      outside.resetAndDestroy();
      return;
    }
    const inside = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shut() {
      isOpen = false;
      cut();
    },
    open() {
      isOpen = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
