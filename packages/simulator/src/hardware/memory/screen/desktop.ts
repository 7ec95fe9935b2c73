/**
 * What the pretend PC's operating system shows: a wallpaper, a terminal that can be dragged around, a bar with the time and
 * what was done last, and a pointer. A click on the wallpaper leaves a mark where it was.
 */
import type { Clock } from '../../../clock.ts';
import type { Canvas } from '../../../drawing/canvas.ts';
import { GLYPH } from '../../../drawing/font.ts';
import { type Area, around } from '../../screen.ts';
import type { KeyPress } from './keyboard.ts';
import type { Scene } from './scene.ts';
import { rowsArea, TextGrid } from './text-grid.ts';

/** What a desktop is made for. */
export interface DesktopOptions {
  readonly clock: Clock;
  /** What the system calls itself. */
  readonly name: string;
  /** What is typed, for the shell in the terminal. */
  readonly typed: (text: string) => void;
  readonly power: (action: 'off' | 'reset') => void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const BAR_HEIGHT = 32;
const TITLE_HEIGHT = 24;
const BORDER = 4;
const MOST_MARKS = 32;

const Tone = {
  bar: 0x202633,
  barText: 0xe8ecf4,
  barDim: 0x9aa4b8,
  title: 0x3a5fa8,
  titleText: 0xffffff,
  frame: 0x11151d,
  button: 0x3b4458,
  mark: 0xffc83d,
} as const;

const TERMINAL = { ink: 0xd8dee9, paper: 0x161a23 };

/** The desktop. */
export class Desktop implements Scene {
  readonly mode = 'graphics';
  readonly width = 1024;
  readonly height = 768;
  readonly tickMs = 1000;
  readonly terminal = new TextGrid(80, 24, TERMINAL);
  damaged: ((area: Area) => void) | undefined;
  readonly #options: DesktopOptions;
  #window: Point = { x: 96, y: 112 };
  #pointer: Point = { x: 512, y: 384 };
  #buttons = 0;
  /** Where in the title the window is held. */
  #grip: Point | undefined;
  #last = 'Nothing was pressed yet';
  readonly #marks: Point[] = [];
  /** As shown; the clock goes on between two looks. */
  #time = 0;

  constructor(options: DesktopOptions) {
    this.#options = options;
    this.terminal.changed = (from, to) =>
      this.damaged?.(rowsArea(this.terminal, [from, to], this.#terminalAt, GLYPH.width));
  }

  tick(): void {
    this.#time = this.#options.clock.now();
    this.damaged?.(CLOCK);
  }

  key({ name, text, control, alt }: KeyPress): void {
    const words = [...(control ? ['Ctrl'] : []), ...(alt ? ['Alt'] : []), name === ' ' ? 'Space' : name];
    this.#note(`Key ${words.join('+')}`);
    if (!alt && text !== '') this.#options.typed(text);
  }

  pointer(x: number, y: number, buttons: number): void {
    const before = this.#pointer;
    const pressed = buttons & ~this.#buttons;
    this.#pointer = { x, y };
    this.#buttons = buttons;
    this.damaged?.(around(pointerArea(before), pointerArea(this.#pointer)));
    if (this.#grip !== undefined) this.#drag(buttons);
    if (pressed !== 0) this.#press(pressed);
  }

  paint(canvas: Canvas): void {
    canvas.shade({ x: 0, y: 0, width: this.width, height: this.height - BAR_HEIGHT }, wallpaper);
    canvas.text(48, 32, this.#options.name, { ink: 0xffffff, scale: 2 });
    for (const mark of this.#marks) {
      canvas.fill({ x: mark.x - 2, y: mark.y - 2, width: 5, height: 5 }, Tone.mark);
      canvas.text(mark.x + 6, mark.y - 8, `${mark.x},${mark.y}`, { ink: Tone.mark });
    }
    this.#paintWindow(canvas);
    this.#paintBar(canvas);
    canvas.bitmap(this.#pointer.x, this.#pointer.y, ARROW_EDGE, 0x000000);
    canvas.bitmap(this.#pointer.x, this.#pointer.y, ARROW, 0xffffff);
  }

  #paintWindow(canvas: Canvas): void {
    const window = this.#windowArea;
    if (!canvas.touches(window)) return;
    canvas.fill(window, Tone.frame);
    canvas.fill({ ...window, height: TITLE_HEIGHT }, Tone.title);
    canvas.text(window.x + 8, window.y + 4, 'Terminal', { ink: Tone.titleText });
    this.terminal.paint(canvas, this.#terminalAt, GLYPH.width, true);
  }

  #paintBar(canvas: Canvas): void {
    const top = this.height - BAR_HEIGHT;
    canvas.fill({ x: 0, y: top, width: this.width, height: BAR_HEIGHT }, Tone.bar);
    for (const { area, text } of BUTTONS) {
      canvas.fill(area, Tone.button);
      canvas.text(area.x + 8, area.y + 4, text, { ink: Tone.barText });
    }
    canvas.text(NOTE.x, top + 8, this.#last, { ink: Tone.barDim });
    const time = new Date(this.#time).toISOString();
    canvas.text(CLOCK.x, top + 8, `${time.slice(0, 10)} ${time.slice(11, 19)}`, { ink: Tone.barText });
  }

  #press(buttons: number): void {
    const at = this.#pointer;
    const { x, y } = at;
    const name =
      (buttons & 1) !== 0 ? 'left' : (buttons & 4) !== 0 ? 'right' : (buttons & 2) !== 0 ? 'middle' : 'wheel';
    this.#note(`Click ${name} at ${x},${y}`);
    if (name !== 'left') return;
    const button = BUTTONS.find(({ area }) => inside(at, area));
    if (button !== undefined) this.#options.power(button.action);
    else if (inside(at, { ...this.#windowArea, height: TITLE_HEIGHT })) {
      this.#grip = { x: x - this.#window.x, y: y - this.#window.y };
    } else if (y < this.height - BAR_HEIGHT && !inside(at, this.#windowArea)) {
      this.#marks.push(at);
      this.damaged?.(markArea(at));
      const oldest = this.#marks.length > MOST_MARKS ? this.#marks.shift() : undefined;
      if (oldest !== undefined) this.damaged?.(markArea(oldest));
    }
  }

  #drag(buttons: number): void {
    const { x, y } = this.#grip as Point;
    const before = this.#windowArea;
    if ((buttons & 1) === 0) this.#grip = undefined;
    const left = Math.max(0, Math.min(this.#pointer.x - x, this.width - before.width));
    const top = Math.max(0, Math.min(this.#pointer.y - y, this.height - BAR_HEIGHT - TITLE_HEIGHT));
    this.#window = { x: left, y: top };
    this.damaged?.(around(before, this.#windowArea));
  }

  #note(text: string): void {
    this.#last = text;
    this.damaged?.(NOTE);
  }

  get #windowArea(): Area {
    const { columns, rows } = this.terminal;
    const width = columns * GLYPH.width + 2 * BORDER;
    return { ...this.#window, width, height: TITLE_HEIGHT + rows * GLYPH.height + 2 * BORDER };
  }

  get #terminalAt(): Point {
    return { x: this.#window.x + BORDER, y: this.#window.y + TITLE_HEIGHT + BORDER };
  }
}

/** Places on the bar. */
const BUTTONS = [
  { text: 'Restart', action: 'reset', area: { x: 8, y: 740, width: 72, height: 24 } },
  { text: 'Switch off', action: 'off', area: { x: 88, y: 740, width: 96, height: 24 } },
] as const;
const NOTE: Area = { x: 208, y: 736, width: 560, height: BAR_HEIGHT };
const CLOCK: Area = { x: 856, y: 736, width: 168, height: BAR_HEIGHT };

/** An arrow that points to its upper left corner, and the black around it. */
const ARROW = [0x00, 0x40, 0x60, 0x70, 0x78, 0x7c, 0x7e, 0x70, 0x58, 0x08, 0x0c, 0x00];
const ARROW_EDGE = [0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe, 0xff, 0xff, 0xfc, 0xfc, 0x1e, 0x0e];

function markArea({ x, y }: Point): Area {
  return { x: Math.max(0, x - 2), y: Math.max(0, y - 8), width: 8 + 9 * GLYPH.width, height: GLYPH.height };
}

function pointerArea({ x, y }: Point): Area {
  return { x, y, width: 8, height: ARROW.length };
}

const HILLS = Float64Array.from({ length: 1024 }, (_, x) => 520 + 60 * Math.sin(x / 170) + 24 * Math.sin(x / 61 + 2));
const SKY = Uint32Array.from({ length: 768 }, (_, y) => {
  const height = y / 580;
  return rgb(28 + 150 * height * height, 58 + 72 * height, 118 + 24 * height);
});

/** Evening over hills. */
function wallpaper(x: number, y: number): number {
  const hill = HILLS[x] as number;
  if (y <= hill) return SKY[y] as number;
  const depth = Math.min(1, (y - hill) / 240);
  return rgb(24 - 12 * depth, 62 - 30 * depth, 66 - 30 * depth);
}

function rgb(red: number, green: number, blue: number): number {
  return (red << 16) | (green << 8) | (blue & 255);
}

function inside({ x, y }: Point, area: Area): boolean {
  return x >= area.x && y >= area.y && x < area.x + area.width && y < area.y + area.height;
}
