/** Where the bytes of a redirected drive come from: anything of a known size that can be read at any place. */

/** An image. Sizes and offsets are bytes and may exceed 4 GiB. */
export interface BlockSource extends AsyncDisposable {
  /** What it is, for people: a file name, a URL without its secrets. */
  readonly name: string;
  readonly size: number;
  /** Whether `write` does something; where the host may write is told to it by this. @default false */
  readonly writable?: boolean;
  /**
   * Fills `target` with what stands from `offset` on; all of it lies inside `size`. Several may be under way.
   * @throws ImageFailed when it cannot be read, is shorter than it was, or was replaced
   */
  read(offset: number, target: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stores `data` from `offset` on. @throws ImageFailed */
  write?(offset: number, data: Uint8Array): Promise<void>;
}

/** An image in memory. With `writable`, what the host writes lands in `bytes`. */
export function memoryImage(
  bytes: Uint8Array,
  { name = 'memory', writable = false }: { readonly name?: string; readonly writable?: boolean } = {},
): BlockSource {
  return {
    name,
    size: bytes.length,
    writable,
    async read(offset, target) {
      target.set(bytes.subarray(offset, offset + target.length));
    },
    async write(offset, data) {
      bytes.set(data, offset);
    },
    async [Symbol.asyncDispose]() {},
  };
}
