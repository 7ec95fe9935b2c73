/** What a tile is made of, so that encodings can choose how to put it: its colours, and its runs of one colour. */

/** Side of a tile of ZRLE. */
export const TILE = 64;

/** More colours than this are no palette. */
export const MAX_COLOURS = 127;

/** Slots of the table that finds colours; a power of two, at least twice as many as there are colours. */
const SLOTS = 512;

/**
 * One tile at a time, its pixels next to one another in `words`, in rows. Nothing is allocated for a tile.
 * `runs` holds pairs: the number of a colour, and how long it goes on, also into the next row.
 */
export class TileContent {
  readonly words = new Int32Array(TILE * TILE);
  width = 0;
  height = 0;
  /** Colours in the order they come; past `MAX_COLOURS` nothing is counted any more. */
  readonly colours = new Int32Array(MAX_COLOURS + 1);
  colourCount = 0;
  /** Of the first pixel of each run, its number in `colours`; −1 where there are too many. */
  readonly runColours = new Int16Array(TILE * TILE);
  readonly runLengths = new Int16Array(TILE * TILE);
  /** The word of each run. */
  readonly runWords = new Int32Array(TILE * TILE);
  runCount = 0;
  readonly #slots = new Int16Array(SLOTS);
  readonly #keys = new Int32Array(SLOTS);

  /** Looks at a tile of at most 64 × 64 pixels. */
  read(source: Int32Array, origin: number, stride: number, width: number, height: number): void {
    this.width = width;
    this.height = height;
    for (let row = 0; row < height; row++) {
      const from = origin + row * stride;
      for (let i = 0, to = row * width; i < width; i++, to++) this.words[to] = source[from + i] as number;
    }
    this.#findRuns(width * height);
  }

  #findRuns(length: number): void {
    this.#slots.fill(-1);
    this.colourCount = 0;
    this.runCount = 0;
    const { words } = this;
    for (let at = 0; at < length; ) {
      const word = words[at] as number;
      let end = at + 1;
      while (end < length && words[end] === word) end++;
      const run = this.runCount++;
      this.runWords[run] = word;
      this.runLengths[run] = end - at;
      this.runColours[run] = this.#numberOf(word);
      at = end;
    }
  }

  /** Number of a colour, a new one if need be. */
  #numberOf(word: number): number {
    let slot = (Math.imul(word, 0x9e3779b1) >>> 23) & (SLOTS - 1);
    while ((this.#slots[slot] as number) >= 0) {
      if (this.#keys[slot] === word) return this.#slots[slot] as number;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.colourCount > MAX_COLOURS) return -1;
    const number = this.colourCount++;
    this.colours[number] = word;
    this.#slots[slot] = number;
    this.#keys[slot] = word;
    return number;
  }
}
