/** A stream that tells how many bytes pass through it. */
import type { ByteStream } from './stream.ts';

/** What a stream tells. */
export interface StreamCount {
  sent(bytes: number): void;
  received(bytes: number): void;
  /** Once: it was closed, ended or lost. */
  closed(): void;
}

/** The same stream, counted. */
export function counted(stream: ByteStream, count: StreamCount): ByteStream {
  let isOpen = true;
  const ended = (): void => {
    if (isOpen) count.closed();
    isOpen = false;
  };
  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of stream) {
        count.received(chunk.length);
        yield chunk;
      }
    } finally {
      ended();
    }
  }
  async function close(): Promise<void> {
    ended();
    await stream.close();
  }
  const { writeAll } = stream;
  return {
    ...(stream.remoteAddress !== undefined && { remoteAddress: stream.remoteAddress }),
    ...(stream.certificate !== undefined && { certificate: stream.certificate }),
    write(bytes) {
      count.sent(bytes.length);
      return stream.write(bytes);
    },
    ...(writeAll !== undefined && {
      writeAll(chunks: readonly Uint8Array[]) {
        for (const { length } of chunks) count.sent(length);
        return writeAll.call(stream, chunks);
      },
    }),
    get unsent() {
      return stream.unsent;
    },
    end: () => stream.end(),
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: read,
  };
}
