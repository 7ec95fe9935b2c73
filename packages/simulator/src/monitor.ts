/** What a person in front of the PC sees: its screen, and what the firmware draws over it. [AMT: User Consent] */
import { Canvas } from './drawing/canvas.ts';
import type { Firmware } from './firmware.ts';
import { type Area, areaOf, type Picture, type Screen } from './hardware/screen.ts';

/** Where the code stands, in the middle of the screen. */
const BOX = { width: 400, height: 120 } as const;
/** Width of the frame around a screen that a console sees. */
const FRAME = 3;

const Tone = { paper: 0xfff7d6, ink: 0x202020, edge: 0xc00000, frame: 0xe03131 } as const;

/** The monitor of one PC. Consoles never get to see what is drawn here. */
export class Monitor implements Picture {
  readonly #firmware: Firmware;
  readonly #screen: Screen;

  constructor(firmware: Firmware, screen: Screen) {
    [this.#firmware, this.#screen] = [firmware, screen];
  }

  get width(): number {
    return this.#screen.width;
  }

  get height(): number {
    return this.#screen.height;
  }

  read(area: Area, into: Uint32Array): void {
    this.#screen.read(area, into);
    const { power, sessions, consent } = this.#firmware.state;
    if (power !== 'on') return;
    const canvas = new Canvas(area, into);
    if (sessions.kvm) {
      const { width, height } = this;
      for (let i = 0; i < FRAME; i++) {
        canvas.outline({ x: i, y: i, width: width - 2 * i, height: height - 2 * i }, Tone.frame);
      }
    }
    if (consent.state === 'displayed' && consent.code !== undefined) this.#drawCode(canvas, consent.code);
  }

  #drawCode(canvas: Canvas, code: string): void {
    const all = areaOf(this);
    const [x, y] = [(all.width - BOX.width) >> 1, (all.height - BOX.height) >> 1];
    canvas.fill({ x, y, ...BOX }, Tone.paper);
    canvas.outline({ x, y, ...BOX }, Tone.edge);
    canvas.text(x + 16, y + 12, 'Somebody wants to work on this PC. If you', { ink: Tone.ink });
    canvas.text(x + 16, y + 28, 'agree, read out to them:', { ink: Tone.ink });
    canvas.text(x + 128, y + 60, code, { ink: Tone.edge, scale: 3 });
  }
}
