/** The network cable between a PC and the world, as far as an open connection notices it. */
import type { ByteStream } from '@amtkit/core/streams';

/** The same stream, which carries nothing in either direction while `carries` says no. */
export function throughCable(stream: ByteStream, carries: () => boolean): ByteStream {
  return new Cable(stream, carries);
}

class Cable implements ByteStream {
  readonly #stream: ByteStream;
  readonly #carries: () => boolean;
  readonly remoteAddress?: string;

  constructor(stream: ByteStream, carries: () => boolean) {
    this.#stream = stream;
    this.#carries = carries;
    if (stream.remoteAddress !== undefined) this.remoteAddress = stream.remoteAddress;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#carries()) await this.#stream.write(bytes);
  }

  async end(): Promise<void> {
    if (this.#carries()) await this.#stream.end();
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of this.#stream) if (this.#carries()) yield chunk;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
