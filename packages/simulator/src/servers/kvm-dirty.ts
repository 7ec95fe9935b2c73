/** Which tiles of the screen a console has not seen as they are now. */
import type { Area } from '../hardware/screen.ts';

/** Pixels of a tile's side; tiles at the right and at the bottom are what is left. [REDIR §KVM 5.1] */
export const TILE = 64;

/** A tile to send: because it was asked for as it is, or only if it has changed. */
export interface DirtyTile {
  readonly area: Area;
  readonly owed: boolean;
}

const CHANGED = 1;
const OWED = 2;

/** The tiles of one screen size. */
export class DirtyTiles {
  readonly #width: number;
  readonly #height: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #state: Uint8Array;
  #count = 0;

  /** None is dirty. Pixels of the screen. */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#columns = Math.ceil(width / TILE);
    this.#rows = Math.ceil(height / TILE);
    this.#state = new Uint8Array(this.#columns * this.#rows);
  }

  /** Every tile that the area touches may have changed. */
  mark(area: Area): void {
    this.#mark(area, CHANGED);
  }

  /** Every tile that the area touches is to be sent, changed or not. */
  owe(area: Area): void {
    this.#mark(area, OWED);
  }

  /** The dirty tiles that an area touches, from left to right and then down. They are clean now. */
  take(area: Area): DirtyTile[] {
    const taken: DirtyTile[] = [];
    if (this.#count === 0) return taken;
    this.#each(area, (index, column, row) => {
      const state = this.#state[index] as number;
      if (state === 0) return;
      this.#state[index] = 0;
      this.#count--;
      taken.push({ area: this.#tile(column, row), owed: state === OWED });
    });
    return taken;
  }

  #mark(area: Area, as: number): void {
    this.#each(area, (index) => {
      const state = this.#state[index] as number;
      if (state === 0) this.#count++;
      this.#state[index] = Math.max(state, as);
    });
  }

  #tile(column: number, row: number): Area {
    const [x, y] = [column * TILE, row * TILE];
    return { x, y, width: Math.min(TILE, this.#width - x), height: Math.min(TILE, this.#height - y) };
  }

  #each({ x, y, width, height }: Area, act: (index: number, column: number, row: number) => void): void {
    if (width <= 0 || height <= 0) return;
    const lastColumn = Math.min(this.#columns - 1, Math.floor((x + width - 1) / TILE));
    const lastRow = Math.min(this.#rows - 1, Math.floor((y + height - 1) / TILE));
    for (let row = Math.max(0, Math.floor(y / TILE)); row <= lastRow; row++) {
      for (let column = Math.max(0, Math.floor(x / TILE)); column <= lastColumn; column++) {
        act(row * this.#columns + column, column, row);
      }
    }
  }
}
