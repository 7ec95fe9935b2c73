/** Which parts of a screen were painted, counted in the firmware's tiles of 64 × 64. */

/** Side of a cell. */
const CELL = 64;

/** Cells of one screen, each seen or not. */
export class Coverage {
  readonly #width: number;
  readonly #height: number;
  readonly #columns: number;
  readonly #seen: Uint8Array;
  #unseen: number;

  /** Nothing is seen at first. */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#columns = Math.ceil(width / CELL);
    this.#unseen = this.#columns * Math.ceil(height / CELL);
    this.#seen = new Uint8Array(this.#unseen);
  }

  /** No cell is missing. */
  get whole(): boolean {
    return this.#unseen === 0;
  }

  /** An area within the screen was painted: cells that it covers wholly are no longer missing. */
  add(x: number, y: number, width: number, height: number): void {
    if (this.#unseen === 0) return;
    const right = x + width === this.#width ? this.#columns : Math.floor((x + width) / CELL);
    const bottom = y + height === this.#height ? Math.ceil(this.#height / CELL) : Math.floor((y + height) / CELL);
    for (let row = Math.ceil(y / CELL); row < bottom; row++) {
      for (let column = Math.ceil(x / CELL); column < right; column++) {
        const cell = row * this.#columns + column;
        this.#unseen -= 1 - (this.#seen[cell] as number);
        this.#seen[cell] = 1;
      }
    }
  }
}
