/** One drive that is lent: the image in it, how it is read, and what was read of it. */
import { type BlockSource, mediumOf } from './image.ts';
import { ReadAhead } from './read-ahead.ts';
import { BLOCK_SIZE, type DriveUnit, type Medium } from './replies.ts';
import { TouchedBlocks } from './touched-blocks.ts';

/** A drive; empty at first. */
export class LentDrive {
  readonly unit: DriveUnit;
  /** The host has read since the drive appeared to it. */
  reading = false;
  /** Counts what makes reads that are under way useless. */
  generation = 0;
  #source: BlockSource | undefined;
  #reader: ReadAhead | undefined;
  #medium: Medium | undefined;
  readonly #touched = new TouchedBlocks();

  constructor(unit: DriveUnit) {
    this.unit = unit;
  }

  get medium(): Medium | undefined {
    return this.#medium;
  }

  /** Blocks of the medium, and those that were read at least once. */
  get blocks(): { readonly all: number; readonly touched: number } {
    return { all: this.#medium?.blocks ?? 0, touched: this.#touched.count };
  }

  /** Another image, or none. @throws ImageFailed when it is no image for this drive; the one before stays */
  insert(source: BlockSource | undefined): void {
    const medium = source && mediumOf(this.unit, source);
    this.interrupt();
    this.#medium = medium;
    this.#source = source;
    this.#reader = source && new ReadAhead(source);
    this.#touched.clear();
  }

  /** Gives up the reads under way. */
  interrupt(): void {
    this.generation++;
    this.reading = false;
    this.#reader?.forget();
  }

  /**
   * Fills `parts` with a range of the medium; behind the end of the image its last block is zeros.
   * `undefined`: they are filled already. @throws ImageFailed
   */
  read(offset: number, length: number, parts: readonly Uint8Array[]): Promise<void> | undefined {
    const size = this.#source?.size ?? 0;
    const inside = Math.min(length, size - offset);
    if (inside === length) return this.#reader?.read(offset, parts);
    const kept: Uint8Array[] = [];
    let at = 0;
    for (const part of parts) {
      const here = Math.max(0, Math.min(part.length, inside - at));
      if (here > 0) kept.push(part.subarray(0, here));
      part.fill(0, here);
      at += part.length;
    }
    return this.#reader?.read(offset, kept);
  }

  /** Stores what the host wrote. @throws ImageFailed */
  async write(offset: number, parts: readonly Uint8Array[]): Promise<void> {
    // What was read ahead may be what is written now.
    this.#reader?.forget();
    let at = offset;
    for (const part of parts) {
      await this.#source?.write?.(at, part);
      at += part.length;
    }
    this.#reader?.forget();
  }

  /** The host has these bytes now. */
  touch(offset: number, length: number): void {
    const size = BLOCK_SIZE[this.unit];
    const first = Math.floor(offset / size);
    this.#touched.add(first, Math.ceil((offset + length) / size) - first);
  }
}
