/** Which blocks of a medium were read at least once, in memory that stays small: a bit for each, in pages that come with the first read and go when they are full. */

/** Blocks of one page: 4 KiB of bits, 64 MiB of a CD. */
const PAGE_BLOCKS = 32_768;

/** A page without a gap needs no bits. */
const FULL = 'full';

interface Page {
  readonly words: Uint32Array;
  count: number;
}

/** The blocks of one medium. */
export class TouchedBlocks {
  readonly #pages = new Map<number, Page | typeof FULL>();
  #count = 0;

  /** Different blocks so far. */
  get count(): number {
    return this.#count;
  }

  /** Blocks from `first` on were read. */
  add(first: number, blocks: number): void {
    const end = first + blocks;
    for (let at = first; at < end; ) {
      const number = Math.floor(at / PAGE_BLOCKS);
      const start = number * PAGE_BLOCKS;
      const pageEnd = Math.min(end, start + PAGE_BLOCKS);
      this.#touch(number, at - start, pageEnd - start);
      at = pageEnd;
    }
  }

  /** Another medium: nothing of it was read. */
  clear(): void {
    this.#pages.clear();
    this.#count = 0;
  }

  #touch(number: number, from: number, to: number): void {
    let page = this.#pages.get(number);
    if (page === FULL) return;
    if (page === undefined) {
      page = { words: new Uint32Array(PAGE_BLOCKS / 32), count: 0 };
      this.#pages.set(number, page);
    }
    const added = mark(page.words, from, to);
    page.count += added;
    this.#count += added;
    if (page.count === PAGE_BLOCKS) this.#pages.set(number, FULL);
  }
}

/** Sets the bits from `from` to before `to`. Returns how many were not set. */
function mark(words: Uint32Array, from: number, to: number): number {
  let added = 0;
  for (let at = from; at < to; ) {
    const word = at >>> 5;
    const wordEnd = Math.min(to, (word + 1) * 32);
    const bits = wordEnd - at;
    const mask = (bits === 32 ? 0xffffffff : ((1 << bits) - 1) << (at & 31)) >>> 0;
    const before = words[word] as number;
    const fresh = (mask & ~before) >>> 0;
    if (fresh !== 0) {
      added += ones(fresh);
      words[word] = before | mask;
    }
    at = wordEnd;
  }
  return added;
}

/** Bits that are set. */
function ones(word: number): number {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
