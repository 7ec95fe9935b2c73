/** The set-up of the pretend PC's BIOS: pages, settings that change with a key, and two ways out. */
import type { BootChoice } from '../../hardware.ts';
import type { KeyPress } from './keyboard.ts';
import { Colour, type TextGrid } from './text-grid.ts';

/** What a PC's BIOS is set to; kept when it is switched off. Every value is a place in the choices of its setting. */
export type BiosSettings = Record<string, number>;

/** How set-up was left. */
export type SetupResult = 'saved' | 'discarded';

interface Setting {
  readonly name: string;
  /** What it can be; one choice is a fact. */
  readonly choices: readonly string[];
  readonly help: string;
}

interface Page {
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** What can be set, by what it is called here. */
export const BiosSetting = { first: 'First device', quiet: 'Quiet start', menu: 'Menu on F12' } as const;

/** Where a start begins that nobody wished for otherwise, in the order of the choices of {@link BiosSetting.first}. */
export const FIRST_DEVICES: readonly BootChoice[] = ['disk', 'ider-cd', 'pxe'];

const PAGES: readonly Page[] = [
  {
    title: 'Main',
    settings: [
      { name: 'BIOS version', choices: ['1.00'], help: 'Written for virtual PCs.' },
      { name: 'Processor', choices: ['amtkit vCPU, 4 cores'], help: 'As found at the last start.' },
      { name: 'Memory', choices: ['8192 MB'], help: 'As found at the last start.' },
      { name: 'SATA port 0', choices: ['amtkit Disk'], help: 'As found at the last start.' },
      { name: 'Management', choices: ['Intel(R) AMT'], help: 'Has a set-up of its own.' },
    ],
  },
  {
    title: 'Boot',
    settings: [
      {
        name: BiosSetting.first,
        choices: ['Disk', 'Redirected CD', 'Network'],
        help: 'Where a start begins that nobody wished for otherwise.',
      },
      { name: BiosSetting.quiet, choices: ['No', 'Yes'], help: 'Tells nothing of what is found.' },
      { name: BiosSetting.menu, choices: ['Yes', 'No'], help: 'Whether a key lets choose where to start from.' },
    ],
  },
  {
    title: 'Exit',
    settings: [
      { name: 'Save changes and restart', choices: [''], help: 'Enter does it. F10 does, too.' },
      { name: 'Discard changes and restart', choices: [''], help: 'Enter does it. Escape does, too.' },
    ],
  },
];

const PAPER = { ink: Colour.black, paper: Colour.grey };
const BAR = { ink: Colour.white, paper: Colour.blue };
const OPEN = { ink: Colour.blue, paper: Colour.grey };
const MARKED = { ink: Colour.white, paper: Colour.black };
const FACT = { ink: Colour.dark, paper: Colour.grey };
const HELP_COLUMN = 54;
const FIRST_ROW = 4;

/** The pages, on a screen of text. */
export class Setup {
  readonly #grid: TextGrid;
  readonly #kept: BiosSettings;
  readonly #left: (result: SetupResult) => void;
  readonly #settings: BiosSettings;
  #page = 0;
  #marked = 0;

  /** @param kept is changed when changes are saved. @param left called once */
  constructor(grid: TextGrid, kept: BiosSettings, left: (result: SetupResult) => void) {
    [this.#grid, this.#kept, this.#left] = [grid, kept, left];
    this.#settings = { ...kept };
    this.#draw();
  }

  key({ name }: KeyPress): void {
    const { settings } = PAGES[this.#page] as Page;
    const turn = (steps: number, at: number, count: number) => (at + count + steps) % count;
    switch (name) {
      case 'Left':
      case 'Right':
        this.#page = turn(name === 'Left' ? -1 : 1, this.#page, PAGES.length);
        this.#marked = 0;
        break;
      case 'Up':
      case 'Down':
        this.#marked = turn(name === 'Up' ? -1 : 1, this.#marked, settings.length);
        break;
      case 'Enter':
      case '+':
      case '-':
        if (this.#page === PAGES.length - 1) {
          if (name === 'Enter') this.#leave(this.#marked === 0 ? 'saved' : 'discarded');
          return;
        }
        this.#turn(settings[this.#marked] as Setting, name === '-' ? -1 : 1);
        break;
      case 'F10':
        this.#leave('saved');
        return;
      case 'Escape':
        this.#leave('discarded');
        return;
      default:
        return;
    }
    this.#draw();
  }

  #leave(result: SetupResult): void {
    if (result === 'saved') Object.assign(this.#kept, this.#settings);
    this.#left(result);
  }

  #turn({ name, choices }: Setting, steps: number): void {
    this.#settings[name] = ((this.#settings[name] ?? 0) + choices.length + steps) % choices.length;
  }

  #draw(): void {
    const grid = this.#grid;
    const { columns } = grid;
    grid.clear(PAPER);
    grid.put(0, 0, 'amtkit BIOS Setup'.padStart((columns + 17) >> 1).padEnd(columns), BAR);
    let column = 2;
    for (const [index, { title }] of PAGES.entries()) {
      if (index === 0) grid.put(1, 0, ''.padEnd(columns), BAR);
      grid.put(1, column, ` ${title} `, index === this.#page ? OPEN : BAR);
      column += title.length + 4;
    }
    grid.put(2, 0, `┌${'─'.repeat(HELP_COLUMN - 2)}┬${'─'.repeat(columns - HELP_COLUMN - 1)}┐`);
    for (let row = 3; row < 22; row++) {
      grid.put(row, 0, `│${''.padEnd(HELP_COLUMN - 2)}│${''.padEnd(columns - HELP_COLUMN - 1)}│`);
    }
    grid.put(22, 0, `└${'─'.repeat(HELP_COLUMN - 2)}┴${'─'.repeat(columns - HELP_COLUMN - 1)}┘`);
    const { settings } = PAGES[this.#page] as Page;
    for (const [index, setting] of settings.entries()) this.#drawSetting(index, setting);
    for (const [index, line] of wrapped(settings[this.#marked]?.help ?? '', columns - HELP_COLUMN - 4).entries()) {
      grid.put(FIRST_ROW + index, HELP_COLUMN + 2, line, OPEN);
    }
    grid.put(17, HELP_COLUMN + 2, 'Left, right page');
    grid.put(18, HELP_COLUMN + 2, 'Up, down    setting');
    grid.put(19, HELP_COLUMN + 2, 'Enter, +, - change');
    grid.put(20, HELP_COLUMN + 2, 'F10         save');
    grid.put(21, HELP_COLUMN + 2, 'Escape      leave');
    grid.put(24, 0, ' amtkit virtual BIOS 1.00'.padEnd(columns), BAR);
  }

  #drawSetting(index: number, { name, choices }: Setting): void {
    const value = choices[this.#settings[name] ?? 0] ?? '';
    const text = value === '' ? name : `${name.padEnd(24)}[${value}]`;
    const ink = index === this.#marked ? MARKED : choices.length === 1 && value !== '' ? FACT : PAPER;
    this.#grid.put(FIRST_ROW + index, 2, text.padEnd(HELP_COLUMN - 5), ink);
  }
}

/** Words in lines no longer than so many letters. */
function wrapped(text: string, length: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > length) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
