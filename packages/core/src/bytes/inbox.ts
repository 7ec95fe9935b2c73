/** Where received chunks wait until a whole message is there. */
import { ProtocolError } from '../errors.ts';
import { excerpt } from './hex.ts';
import { Reader } from './reader.ts';

/** More unread bytes than this are refused. The largest message of any service here stays far below. */
const DEFAULT_LIMIT = 16 * 1024 * 1024;

/**
 * Chunks in, whole messages out. What is handed out stays valid: memory once read is never written again.
 * A pushed chunk belongs to the inbox; its sender must not change it.
 */
export class Inbox {
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  readonly #limit: number;

  /** @param limit bytes that may wait unread. @default 16 MiB */
  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** Bytes waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** @throws ProtocolError when more bytes wait than the limit allows. */
  push(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (needed > this.#limit) {
      const first = excerpt(this.length > 0 ? this.peek() : chunk);
      throw new ProtocolError(`${needed} bytes hold no whole message, the limit is ${this.#limit}: ${first}.`);
    }
    if (this.length === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#grow(needed);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The waiting bytes, without taking them. */
  peek(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** The next `length` bytes, or `undefined` while fewer wait. For bulk data. */
  take(length: number): Uint8Array | undefined {
    if (this.length < length) return undefined;
    this.#start += length;
    return this.#buffer.subarray(this.#start - length, this.#start);
  }

  /** The next message as `decode` reads it, or `undefined` while it is not whole. Takes exactly the bytes it read. */
  next<Message>(decode: (reader: Reader) => Message | undefined): Message | undefined {
    if (this.length === 0) return undefined;
    const reader = new Reader(this.peek());
    const message = decode(reader);
    if (message !== undefined) this.#start += reader.offset;
    return message;
  }

  /** Moves what waits into new memory with room to double, so that many small chunks stay cheap. */
  #grow(needed: number): void {
    const grown = new Uint8Array(Math.min(2 * needed, Math.max(needed, this.#limit)));
    grown.set(this.peek());
    this.#end -= this.#start;
    this.#start = 0;
    this.#buffer = grown;
  }
}
