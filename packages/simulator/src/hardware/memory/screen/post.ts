/** What the pretend PC's BIOS shows while it looks what it is made of, and the keys it waits for meanwhile. */
import { Colour, type TextGrid } from './text-grid.ts';

/** A line, and the part of the time a start takes after which it comes. */
const LINES: readonly (readonly [after: number, text: string])[] = [
  [0.05, 'Processor   amtkit vCPU at 2.60 GHz, 4 cores'],
  [0.15, 'Memory      8192 MB OK'],
  [0.3, 'USB         1 keyboard, 1 pointer, as the management firmware lends them'],
  [0.45, 'SATA port 0 amtkit Disk'],
  [0.55, 'Network     Intel(R) Ethernet, link up'],
  [0.7, 'ME          Intel(R) Active Management Technology, redirection ready'],
];

const BRIGHT = { ink: Colour.white, paper: Colour.black };
const TITLE = { ink: Colour.white, paper: Colour.blue };

/** Row of the line with the keys. */
const LAST_ROW = 24;

/** The self-test of one start. Its lines come as time goes by, when somebody asks. */
export class SelfTest {
  readonly #grid: TextGrid;
  #shown = 0;

  /** @param quiet tells nothing of what is found. @param menu whether there is a key for it */
  constructor(grid: TextGrid, { quiet, menu }: { readonly quiet: boolean; readonly menu: boolean }) {
    this.#grid = grid;
    if (quiet) this.#shown = LINES.length;
    grid.clear({ ink: Colour.grey, paper: Colour.black });
    grid.put(0, 0, ' amtkit virtual BIOS'.padEnd(grid.columns), TITLE);
    grid.put(0, grid.columns - 14, 'Version 1.00', TITLE);
    grid.put(LAST_ROW, 0, `F2 or Del: set-up${menu ? '   F12: where to start from' : ''}`, BRIGHT);
    grid.moveTo(2, 0);
  }

  /** Shows what has been found when so much of the start is over, from 0 up to 1. */
  advance(part: number): void {
    for (; this.#shown < LINES.length; this.#shown++) {
      const [after, text] = LINES[this.#shown] as (typeof LINES)[number];
      if (after > part) return;
      this.#grid.print(`${text}\r\n`);
    }
  }

  /** Says that a key was taken. */
  note(text: string): void {
    this.#grid.put(LAST_ROW, 0, text.padEnd(this.#grid.columns), BRIGHT);
  }

  /** The BIOS is done: what it hands over to prints below. */
  end(): void {
    this.advance(1);
    this.#grid.put(LAST_ROW, 0, ''.padEnd(this.#grid.columns));
    this.#grid.print('\r\n');
  }
}
