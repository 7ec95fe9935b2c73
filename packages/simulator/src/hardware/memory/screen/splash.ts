/** What an operating system shows while it starts: its name, and a row of dots that grows. */
import type { Clock } from '../../../clock.ts';
import type { Canvas } from '../../../drawing/canvas.ts';
import type { Area } from '../../screen.ts';
import type { Scene } from './scene.ts';

const DOTS = 24;
const PAPER = 0x101828;
const INK = 0xffffff;
const BRIGHT = 0x4f8cff;
const DIM = 0x243352;

/** The splash. */
export class Splash implements Scene {
  readonly mode = 'graphics';
  readonly width = 1024;
  readonly height = 768;
  readonly tickMs = 250;
  damaged: ((area: Area) => void) | undefined;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #lasts: number;
  readonly #begun: number;
  /** Dots that are lit. */
  #done = 0;

  /** @param begun by the clock. @param lasts milliseconds */
  constructor(clock: Clock, name: string, { begun, lasts }: { readonly begun: number; readonly lasts: number }) {
    [this.#clock, this.#name, this.#begun, this.#lasts] = [clock, name, begun, lasts];
  }

  tick(): void {
    this.#done = Math.floor((DOTS * (this.#clock.now() - this.#begun)) / (this.#lasts || 1));
    this.damaged?.(ROW);
  }

  paint(canvas: Canvas): void {
    canvas.fill({ x: 0, y: 0, width: this.width, height: this.height }, PAPER);
    const left = (this.width - this.#name.length * 24) >> 1;
    canvas.text(left, 300, this.#name, { ink: INK, scale: 3 });
    for (let dot = 0; dot < DOTS; dot++) {
      const area = { x: ROW.x + dot * 16, y: ROW.y, width: 8, height: 8 };
      canvas.fill(area, dot < this.#done ? BRIGHT : DIM);
    }
  }
}

const ROW: Area = { x: 320, y: 420, width: DOTS * 16, height: 8 };
