/** Which parts of a screen changed since somebody last looked, in cells of 64 × 64 pixels: the firmware's tiles. */

/** A rectangle of a screen, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Side of a cell is 1 << SHIFT. */
const SHIFT = 6;

/** Columns `[from, to)` of cells, down from the row `top`. */
interface Run {
  readonly from: number;
  readonly to: number;
  top: number;
}

/** Changes of one screen, for one who looks. However many there are, it stays as small as the screen has cells. */
export class Damage {
  #width = 0;
  #height = 0;
  #columns = 0;
  #cells = new Uint8Array(0);
  #any = false;

  /** Nothing changed at first. */
  constructor(width: number, height: number) {
    this.resize(width, height);
    this.#cells.fill(0);
    this.#any = false;
  }

  /** Nothing changed. */
  get none(): boolean {
    return !this.#any;
  }

  /** The screen has another size: all of it changed. */
  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#columns = Math.ceil(width / 64);
    this.#cells = new Uint8Array(this.#columns * Math.ceil(height / 64)).fill(1);
    this.#any = this.#cells.length > 0;
  }

  /** An area within the screen changed. */
  add(x: number, y: number, width: number, height: number): void {
    if (width === 0 || height === 0) return;
    const right = (x + width - 1) >> SHIFT;
    const bottom = (y + height - 1) >> SHIFT;
    for (let row = y >> SHIFT; row <= bottom; row++) {
      for (let column = x >> SHIFT; column <= right; column++) this.#cells[row * this.#columns + column] = 1;
    }
    this.#any = true;
  }

  /** Whether a part of `area` changed. */
  touches(area: Area): boolean {
    if (!this.#any) return false;
    const { left, right, top, bottom } = this.#span(area);
    for (let row = top; row < bottom; row++) {
      const start = row * this.#columns;
      if (this.#cells.subarray(start + left, start + right).includes(1)) return true;
    }
    return false;
  }

  /**
   * What changed, as few areas that do not overlap, from the top, and forgets it.
   * @param within only cells that reach into this area; the others stay. @default the whole screen
   */
  take(within?: Area): Area[] {
    if (!this.#any) return [];
    const { left, right, top, bottom } = this.#span(within ?? { x: 0, y: 0, width: this.#width, height: this.#height });
    const areas: Area[] = [];
    /** Runs that reach the row above the one being read: a row with the same columns lengthens them. */
    let open: Run[] = [];
    for (let row = this.#firstRow(top, bottom); row < bottom; row++) {
      const runs = this.#takeRuns(row, left, right);
      for (const above of open) {
        const same = runs.find(({ from, to }) => from === above.from && to === above.to);
        if (same === undefined) areas.push(this.#area(above, row));
        else same.top = above.top;
      }
      open = runs;
    }
    for (const run of open) areas.push(this.#area(run, bottom));
    this.#any = within !== undefined && this.#cells.includes(1);
    return areas;
  }

  /** The first row from `top` on in which something changed: usually most of a screen did not. */
  #firstRow(top: number, bottom: number): number {
    const cell = this.#cells.indexOf(1, top * this.#columns);
    return cell < 0 ? bottom : Math.floor(cell / this.#columns);
  }

  /** Neighbouring cells of one row that changed. */
  #takeRuns(row: number, left: number, right: number): Run[] {
    const runs: Run[] = [];
    const start = row * this.#columns;
    const end = start + right;
    for (let from = this.#cells.indexOf(1, start + left); from >= 0 && from < end; ) {
      let to = from;
      while (to < end && this.#cells[to] === 1) this.#cells[to++] = 0;
      runs.push({ from: from - start, to: to - start, top: row });
      from = this.#cells.indexOf(1, to);
    }
    return runs;
  }

  #area({ from, to, top }: Run, bottom: number): Area {
    const [x, y] = [from << SHIFT, top << SHIFT];
    const width = Math.min(to << SHIFT, this.#width) - x;
    return { x, y, width, height: Math.min(bottom << SHIFT, this.#height) - y };
  }

  /** Columns and rows of cells that an area reaches into. */
  #span({ x, y, width, height }: Area): { left: number; right: number; top: number; bottom: number } {
    return {
      left: Math.max(0, x) >> SHIFT,
      right: (Math.min(x + width, this.#width) + 63) >> SHIFT,
      top: Math.max(0, y) >> SHIFT,
      bottom: (Math.min(y + height, this.#height) + 63) >> SHIFT,
    };
  }
}
