/** The menu of a BIOS that asks where to start from. */
import type { BootChoice } from '../../hardware.ts';
import type { KeyPress } from './keyboard.ts';
import { Colour, type TextGrid } from './text-grid.ts';

/** A line of the menu. */
export interface BootMenuItem {
  readonly choice: BootChoice;
  readonly text: string;
}

/** What a PC with drives of a console can start from. */
const BOOT_MENU: readonly BootMenuItem[] = [
  { choice: 'disk', text: 'SATA port 0: amtkit Disk' },
  { choice: 'ider-cd', text: 'Redirected CD (IDE-R)' },
  { choice: 'ider-floppy', text: 'Redirected floppy (IDE-R)' },
  { choice: 'pxe', text: 'Network: Intel(R) Ethernet' },
  { choice: 'bios', text: 'Enter set-up' },
];

const FRAME = { ink: Colour.white, paper: Colour.blue };
const MARKED = { ink: Colour.blue, paper: Colour.grey };
const WIDTH = 44;
const TOP = 7;

/** The menu, in the middle of the screen. */
export class BootMenu {
  readonly #grid: TextGrid;
  readonly #chosen: (choice: BootChoice) => void;
  #marked = 0;

  /** @param chosen called once; Escape chooses the disk */
  constructor(grid: TextGrid, chosen: (choice: BootChoice) => void) {
    this.#grid = grid;
    this.#chosen = chosen;
    this.#draw();
  }

  key({ name }: KeyPress): void {
    const count = BOOT_MENU.length;
    if (name === 'Enter') this.#chosen((BOOT_MENU[this.#marked] as BootMenuItem).choice);
    else if (name === 'Escape') this.#chosen('disk');
    else if (name === 'Up') this.#mark((this.#marked + count - 1) % count);
    else if (name === 'Down') this.#mark((this.#marked + 1) % count);
    else if (/^[1-9]$/.test(name) && Number(name) <= count) this.#mark(Number(name) - 1);
  }

  #mark(index: number): void {
    this.#marked = index;
    this.#draw();
  }

  #draw(): void {
    const left = (this.#grid.columns - WIDTH) >> 1;
    const line = (row: number, text: string) => this.#grid.put(TOP + row, left, text, FRAME);
    line(0, `╔${'═'.repeat(WIDTH - 2)}╗`);
    line(1, `║${' Where to start from'.padEnd(WIDTH - 2)}║`);
    line(2, `╟${'─'.repeat(WIDTH - 2)}╢`);
    for (const [index, { text }] of BOOT_MENU.entries()) {
      line(3 + index, `║${''.padEnd(WIDTH - 2)}║`);
      const marked = index === this.#marked ? MARKED : FRAME;
      this.#grid.put(TOP + 3 + index, left + 2, ` ${index + 1}  ${text}`.padEnd(WIDTH - 4), marked);
    }
    const end = 3 + BOOT_MENU.length;
    line(end, `╟${'─'.repeat(WIDTH - 2)}╢`);
    line(end + 1, `║${' Arrows, Enter. Escape: the disk'.padEnd(WIDTH - 2)}║`);
    line(end + 2, `╚${'═'.repeat(WIDTH - 2)}╝`);
  }
}
