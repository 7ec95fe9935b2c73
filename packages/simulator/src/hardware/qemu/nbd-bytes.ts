/** Pieces of the Network Block Device protocol: exact reading, numbers written, and what both halves of a connection know. */
import type { ByteStream } from '@amtkit/core/streams';
import { excerpt, Inbox, ProtocolError } from '@amtkit/core/wire';
import type { RedirectedMedium } from '../hardware.ts';

/** Bytes of one request. QEMU asks for no more. */
export const LONGEST_REQUEST = 32 * 1024 * 1024;
/** An option's data beyond this is nonsense. A name has at most 4096 bytes. */
export const LONGEST_OPTION = 64 * 1024;

/** Exact amounts out of a stream of any pieces. */
export class Incoming {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #inbox = new Inbox(LONGEST_REQUEST + LONGEST_OPTION);

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** @throws ProtocolError when the stream ends before */
  async take(length: number): Promise<DataView> {
    const bytes = await this.takeIfAny(length);
    if (bytes === undefined) throw new ProtocolError('The connection ended.');
    return bytes;
  }

  /** `undefined` when the stream ends with nothing left. @throws ProtocolError when it ends in the middle */
  async takeIfAny(length: number): Promise<DataView | undefined> {
    for (;;) {
      const bytes = this.#inbox.take(length);
      if (bytes !== undefined) return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const { done, value } = await this.#chunks.next();
      if (done === true && this.#inbox.length === 0) return undefined;
      if (done === true) throw new ProtocolError(`The connection ended after ${excerpt(this.#inbox.peek())}.`);
      this.#inbox.push(value);
    }
  }
}

/** Bytes of a medium. */
export function sizeOf({ blocks, blockLength }: RedirectedMedium): bigint {
  return BigInt(blocks) * BigInt(blockLength);
}

/** Text as bytes. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Two bytes, the high one first. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

/** Four bytes. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Eight bytes. */
export function u64(value: bigint): Uint8Array {
  return bytes([u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn))]);
}

/** All parts, one behind the other. */
export function bytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
