/**
 * Bytes in both directions, whatever carries them: a TCP or TLS connection, a relay, memory.
 *
 * Everything above the transport is written against these two types, so a session runs the same over a socket, inside
 * one process, behind a trace or on a deliberately bad network.
 */
import { ConnectFailed } from '../errors.ts';

/**
 * One connection. Iterating reads it and ends when the peer ends its side; leaving the loop early closes the stream.
 * Only one reader at a time.
 */
export interface ByteStream extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /**
   * Takes `bytes` over and resolves when there is room for more, which is not yet delivery.
   * @throws ConnectFailed when the connection is closed or was lost
   */
  write(bytes: Uint8Array): Promise<void>;
  /** The same for bytes that lie in several places; {@link writeAll} does it for streams without it. */
  writeAll?(chunks: readonly Uint8Array[]): Promise<void>;
  /**
   * Bytes that were taken over and are still read from the memory they came in: while there are any, that memory must not
   * be written again. Absent where nobody knows.
   */
  readonly unsent?: number | undefined;
  /** Says that nothing more will be written. The peer may still write. */
  end(): Promise<void>;
  /** Ends both directions at once; what is still under way is lost. Repeating it is harmless. */
  close(): Promise<void>;
  /** Address of the peer, where there is one. */
  readonly remoteAddress?: string;
  /** The peer's certificate, where there is one. */
  readonly certificate?: PresentedCertificate;
}

/** A certificate as the peer presented it; whoever carries the bytes may know no more than its fingerprint. */
export interface PresentedCertificate {
  /** SHA-256 over the DER, upper-case hex pairs with colons. */
  readonly fingerprint: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Such as `TLSv1.2`. */
  readonly protocol?: string;
}

/** Where a connection is wanted. */
export interface DialTarget {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** With TLS when present. */
  readonly tls?: DialTls;
  /** Ends the attempt; an open connection is not touched. */
  readonly signal?: AbortSignal;
}

/** What a caller asks of TLS. Firmware signs its own certificates, so trust is a fingerprint and not an authority. */
export interface DialTls {
  /** The only certificate to accept: SHA-256, hex pairs with colons. Any is accepted without it. */
  readonly fingerprint?: string;
  /** Allow TLS 1.0, 1.1 and the ciphers that came with them, for firmware before 12. @default false */
  readonly legacy?: boolean;
}

/**
 * Opens a connection.
 * @throws ConnectFailed when nobody answers, Untrusted when the certificate is not the one asked for, Cancelled
 */
export type Dial = (target: DialTarget) => Promise<ByteStream>;

/** Writes bytes that lie in several places as one: without copying where the stream can, joined where it cannot. */
export function writeAll(stream: ByteStream, chunks: readonly Uint8Array[]): Promise<void> {
  const [first] = chunks;
  if (first === undefined) return Promise.resolve();
  if (chunks.length === 1) return stream.write(first);
  if (stream.writeAll !== undefined) return stream.writeAll(chunks);
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return stream.write(joined);
}

/** Bytes that may lie unread between the two ends of a `memoryPair` before a writer has to wait. */
const HIGH_WATER = 64 * 1024;

/**
 * Two streams joined in memory: what one writes the other reads. Chunks arrive as they were written.
 * @param names what the ends call their peer, as `remoteAddress`: of the first end, of the second
 */
export function memoryPair(names: readonly [string, string] = ['memory', 'memory']): [ByteStream, ByteStream] {
  const there = new Pipe();
  const back = new Pipe();
  return [endOf(back, there, names[0]), endOf(there, back, names[1])];
}

function endOf(incoming: Pipe, outgoing: Pipe, remoteAddress: string): ByteStream {
  async function close(): Promise<void> {
    incoming.abandon();
    outgoing.end();
  }
  return {
    remoteAddress,
    write: (bytes) => outgoing.push(bytes),
    // What is pushed is copied.
    unsent: 0,
    end: async () => outgoing.end(),
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const chunk = await incoming.shift();
        return chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk };
      },
      return: async () => {
        await close();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** One direction. */
class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #readable: (() => void) | undefined;
  #writable: (() => void)[] = [];

  async push(bytes: Uint8Array): Promise<void> {
    this.#refuseClosed();
    if (bytes.length > 0) {
      this.#chunks.push(bytes.slice());
      this.#size += bytes.length;
      this.#readable?.();
    }
    while (this.#size > HIGH_WATER && this.#state === 'open') {
      await new Promise<void>((resolve) => this.#writable.push(resolve));
    }
    if (this.#state === 'abandoned') this.#refuseClosed();
  }

  async shift(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#readable = resolve;
      });
    }
    const chunk = this.#chunks.shift();
    this.#size -= chunk?.length ?? 0;
    this.#wakeWriters();
    return chunk;
  }

  /** The writer is done; what lies here can still be read. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#readable?.();
    this.#wakeWriters();
  }

  /** The reader is gone; what lies here is lost and nothing more is taken. */
  abandon(): void {
    this.#state = 'abandoned';
    this.#chunks.length = 0;
    this.#size = 0;
    this.#readable?.();
    this.#wakeWriters();
  }

  #wakeWriters(): void {
    for (const wake of this.#writable.splice(0)) wake();
  }

  #refuseClosed(): void {
    if (this.#state === 'ended') throw new ConnectFailed('Nothing can be written: this side has ended the connection.');
    if (this.#state === 'abandoned') throw new ConnectFailed('Nothing can be written: the peer closed the connection.');
  }
}
