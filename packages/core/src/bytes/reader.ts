/**
 * A cursor over bytes that may not all be there yet.
 *
 * Every read answers `undefined` and stays where it is when too few bytes are left: an everyday result, not an error.
 */
export class Reader {
  readonly bytes: Uint8Array;
  /** Where the next read begins, counted from the start of `bytes`. */
  offset = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** An unsigned integer of 1, 2 or 4 bytes. */
  uint(width: 1 | 2 | 4, littleEndian = false): number | undefined {
    if (this.remaining < width) return undefined;
    const at = this.offset;
    this.offset += width;
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at, littleEndian) : this.#view.getUint32(at, littleEndian);
  }

  /** The next `length` bytes, as a view of the same memory. */
  take(length: number): Uint8Array | undefined {
    if (this.remaining < length) return undefined;
    const start = this.offset;
    this.offset += length;
    return this.bytes.subarray(start, this.offset);
  }

  /** All that is left, without reading it. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.offset);
  }
}
