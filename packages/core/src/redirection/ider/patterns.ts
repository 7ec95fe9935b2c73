/** What a host will probably read next, by what it read so far: on and on, or in leaps of one width. */

/** A range of an image, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Readers of one image that are told apart: a loader reads a file and the directory beside it in turns. */
const MAX_TRAILS = 4;

/** Leaps that are read ahead at most. */
const MAX_LEAPS = 8;

/** How far is read ahead of who reads on: at first, and at most. */
const FIRST_AHEAD = 64 * 1024;
const MAX_AHEAD = 2 * 1024 * 1024;

/** Bytes that are read at once: at least, and at most. */
const MIN_PIECE = 64 * 1024;
export const MAX_PIECE = 512 * 1024;

const NOTHING: readonly Extent[] = [];

/** Watches the reads of one image and says which ranges to fetch, each once, before they are asked for. */
export class Patterns {
  readonly #size: number;
  /** The one that moved last is the first. */
  readonly #trails: Trail[] = [];
  /** The read before, and the one before that. */
  #last: Extent | undefined;
  #secondLast: Extent | undefined;

  /** @param size of the image, in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** A range is being read. Returns those to be fetched now, in the order they will be wanted. */
  next(read: Extent): readonly Extent[] {
    const at = this.#trails.findIndex((trail) => trail.expects(read));
    const trail = at < 0 ? new Trail(read, this.#habit(read)) : (this.#trails[at] as Trail);
    if (at !== 0) {
      if (at > 0) this.#trails.splice(at, 1);
      this.#trails.unshift(trail);
      this.#trails.length = Math.min(this.#trails.length, MAX_TRAILS);
    }
    this.#secondLast = this.#last;
    this.#last = read;
    return trail.advance(read, this.#size);
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#trails.length = 0;
    this.#last = undefined;
    this.#secondLast = undefined;
  }

  /** The width of a leap that came twice in a row; 0 when it did not. */
  #habit({ offset, length }: Extent): number {
    const last = this.#last;
    const before = this.#secondLast;
    if (last === undefined || before === undefined || last.length !== length || before.length !== length) return 0;
    const stride = offset - last.offset;
    return stride === last.offset - before.offset ? stride : 0;
  }
}

/** One reader: who reads on until it is known to leap. */
class Trail {
  #last: Extent;
  /** From the start of one read to that of the next; 0 for who reads on. */
  #stride: number;
  /** Leaps so far. */
  #leaps = 1;
  /** Who reads on: the end of what was fetched. Who leaps: the start of the last range of it. */
  #fetched: number;
  #ahead = FIRST_AHEAD;

  constructor(first: Extent, stride: number) {
    this.#last = first;
    this.#stride = stride;
    this.#fetched = first.offset;
  }

  /** The read goes on where the last one ended, repeats it, or is the next leap. */
  expects({ offset, length }: Extent): boolean {
    const last = this.#last;
    if (offset === last.offset + last.length) return true;
    if (length !== last.length) return false;
    return offset === last.offset || (this.#stride !== 0 && offset === last.offset + this.#stride);
  }

  advance(read: Extent, size: number): readonly Extent[] {
    const { offset, length } = this.#last;
    this.#last = read;
    if (read.offset === offset + length) {
      if (this.#stride !== 0) this.#fetched = read.offset;
      this.#stride = 0;
      return this.#readOn(read, size);
    }
    return this.#stride === 0 ? NOTHING : this.#leap(read, size);
  }

  #readOn({ offset, length }: Extent, size: number): readonly Extent[] {
    const end = offset + length;
    this.#fetched = Math.max(this.#fetched, end);
    if (this.#fetched - end > this.#ahead / 2) return NOTHING;
    const goal = Math.min(end + this.#ahead, size);
    const piece = Math.min(MAX_PIECE, Math.max(MIN_PIECE, this.#ahead / 4));
    const extents: Extent[] = [];
    for (; this.#fetched < goal; this.#fetched += piece) {
      extents.push({ offset: this.#fetched, length: Math.min(piece, size - this.#fetched) });
    }
    this.#ahead = Math.min(2 * this.#ahead, MAX_AHEAD);
    return extents;
  }

  #leap({ offset, length }: Extent, size: number): readonly Extent[] {
    this.#leaps++;
    const extents: Extent[] = [];
    for (let leap = 1; leap <= Math.min(this.#leaps, MAX_LEAPS); leap++) {
      const at = offset + leap * this.#stride;
      if (at < 0 || at + length > size) break;
      if ((at - this.#fetched) * this.#stride <= 0) continue;
      extents.push({ offset: at, length });
      this.#fetched = at;
    }
    return extents;
  }
}
