/** Where the bytes of a redirected drive come from: anything of a known size that can be read at any place. */
import { ImageFailed } from '../../errors.ts';
import { BLOCK_SIZE, type DriveUnit, type Medium } from './replies.ts';

/** An image. Sizes and offsets are bytes and may exceed 4 GiB. */
export interface BlockSource extends AsyncDisposable {
  /** What it is, for people: a file name, a URL without its secrets. */
  readonly name: string;
  readonly size: number;
  /** Whether `write` does something; where the host may write is told to it by this. @default false */
  readonly writable?: boolean;
  /** A read costs no more than copying, so nothing is gained by reading ahead. @default false */
  readonly immediate?: boolean;
  /**
   * Fills `target` with what stands from `offset` on; all of it lies inside `size`. Several may be under way.
   * @throws ImageFailed when it cannot be read, is shorter than it was, or was replaced
   */
  read(offset: number, target: Uint8Array, options?: ReadOptions): Promise<void>;
  /** The same for one range whose bytes belong into several places, in order; {@link readInto} does it for sources without it. */
  readInto?(offset: number, targets: readonly Uint8Array[], options?: ReadOptions): Promise<void>;
  /** Stores `data` from `offset` on. @throws ImageFailed */
  write?(offset: number, data: Uint8Array): Promise<void>;
}

/** How a read is done. */
export interface ReadOptions {
  /** Nobody wants it any more; what `target` holds then does not matter. */
  readonly signal?: AbortSignal;
}

/** Fills `targets` with one range, in order. */
export async function readInto(
  source: BlockSource,
  offset: number,
  targets: readonly Uint8Array[],
  options?: ReadOptions,
): Promise<void> {
  const [only] = targets;
  if (targets.length === 1) return await source.read(offset, only as Uint8Array, options);
  if (source.readInto !== undefined) return await source.readInto(offset, targets, options);
  let at = offset;
  const reads: Promise<void>[] = [];
  for (const target of targets) {
    reads.push(source.read(at, target, options));
    at += target.length;
  }
  await Promise.all(reads);
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
    immediate: true,
    async read(offset, target) {
      target.set(bytes.subarray(offset, offset + target.length));
    },
    async readInto(offset, targets) {
      let at = offset;
      for (const target of targets) {
        target.set(bytes.subarray(at, at + target.length));
        at += target.length;
      }
    },
    async write(offset, data) {
      bytes.set(data, offset);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * What an image is as the medium of a drive. A CD image that ends within its last block, as those do that are made to be
 * written to a stick, is filled up with zeros.
 * @throws ImageFailed when it is empty or no image of whole sectors
 */
export function mediumOf(unit: DriveUnit, { name, size, writable = false }: BlockSource): Medium {
  if (size === 0) throw new ImageFailed(`${name} is empty.`, { image: name });
  if (size % SECTOR !== 0) {
    throw new ImageFailed(
      `${name} is no image of a ${unit === 'cd' ? 'CD' : 'floppy'}: ${size} bytes are no whole number of sectors.`,
      { image: name, hint: 'It was cut off while it was copied, or it is packed. Compare its size with the original.' },
    );
  }
  return { blocks: Math.ceil(size / BLOCK_SIZE[unit]), writable: writable && unit === 'floppy' };
}

/** Bytes that every image is made of, whatever the block of its drive. */
const SECTOR = 512;
