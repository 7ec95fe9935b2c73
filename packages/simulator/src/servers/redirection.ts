/** The redirection ports of one firmware: who is connected, and which sessions are taken. [REDIR §7] */
import type { ByteStream } from '@amtkit/core/streams';
import type { Kind, RedirectionOptions } from './redirected-service.ts';
import { Connection } from './redirection-connection.ts';
import { serveRfb } from './rfb-port.ts';

/** All redirection of one firmware, on both its ports. */
export class RedirectionServer {
  readonly #options: RedirectionOptions;
  /** A session is taken from its start on, logged in or not. */
  readonly #taken = new Set<Kind>();
  readonly #connections = new Set<Connection>();
  readonly #viewers = new Set<ByteStream>();

  constructor(options: RedirectionOptions) {
    this.#options = options;
  }

  /** Serves one connection until it ends. Never throws: what goes wrong here ends the connection. */
  async serve(stream: ByteStream): Promise<void> {
    const connection = new Connection(stream, this.#options, this.#taken);
    this.#connections.add(connection);
    await connection.run();
    this.#connections.delete(connection);
  }

  /** Serves one viewer at port 5900 until it ends. */
  async serveRfb(stream: ByteStream): Promise<void> {
    this.#viewers.add(stream);
    await serveRfb(stream, this.#options, this.#taken);
    this.#viewers.delete(stream);
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections, ...this.#viewers].map((connection) => connection.close()));
  }
}
