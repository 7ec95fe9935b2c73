/**
 * A stream of MQTT packets none of which is larger than allowed. The broker's own reader would collect up to 256 MB in
 * memory before it looks at a packet; here its length is known from the first five bytes. [MQTT 3.1.1 §2.2.3]
 */
import { Duplex } from 'node:stream';

/** The stream; one that sends a larger packet, or a length that is none, is destroyed. */
export function limitPackets(stream: Duplex, largest: number): Duplex {
  return new LimitedStream(stream, largest);
}

/** A client announced a packet that is larger than allowed, or of no length at all. */
export class PacketTooLarge extends Error {}

class LimitedStream extends Duplex {
  readonly #inner: Duplex;
  readonly #check: (chunk: Uint8Array) => PacketTooLarge | undefined;

  constructor(inner: Duplex, largest: number) {
    super({ readableHighWaterMark: CHUNK, writableHighWaterMark: CHUNK });
    this.#inner = inner;
    this.#check = packetMeter(largest);
    inner.on('data', (chunk: Buffer) => {
      const problem = this.#check(chunk);
      if (problem !== undefined) this.destroy(problem);
      else if (!this.push(chunk)) inner.pause();
    });
    inner.once('end', () => this.push(null));
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, encoding, done);
  }

  override _writev(
    chunks: readonly { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ) {
    this.#inner.write(Buffer.concat(chunks.map(({ chunk, encoding }) => asBytes(chunk, encoding))), done);
  }

  override _final(done: () => void): void {
    this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }
}

/** Bytes that may wait on either side. */
const CHUNK = 64 * 1024;

function asBytes(chunk: Buffer | string, encoding: BufferEncoding): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** Follows packets through chunks of any size: type, length in one to four bytes of seven bits, and so many bytes. */
function packetMeter(largest: number): (chunk: Uint8Array) => PacketTooLarge | undefined {
  let isHeader = true;
  /** Bytes of the length that were seen. */
  let digits = 0;
  let length = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (isHeader) {
        at++;
        isHeader = false;
        digits = 0;
        length = 0;
      } else if (digits >= 0) {
        const byte = chunk[at++] ?? 0;
        length += (byte & 0x7f) * 128 ** digits++;
        if (length > largest) return new PacketTooLarge(`a packet of ${length} bytes or more; ${largest} are taken`);
        if (byte < 0x80) digits = DONE;
        else if (digits === 4) return new PacketTooLarge('a packet without an end to its length');
        if (digits === DONE && length === 0) isHeader = true;
      } else {
        const taken = Math.min(length, chunk.length - at);
        at += taken;
        length -= taken;
        if (length === 0) isHeader = true;
      }
    }
    return undefined;
  };
}

/** In place of the number of digits, once the length is known. */
const DONE = -1;
