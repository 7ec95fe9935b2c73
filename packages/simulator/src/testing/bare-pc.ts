/** A PC that a test plays itself: it does nothing on its own and remembers what was done to it. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import type {
  BootChoice,
  DriveUnit,
  Hardware,
  HardwareAction,
  HardwareChange,
  HardwarePower,
  RedirectedMedium,
} from '../hardware/hardware.ts';
import { BareScreen } from './bare-screen.ts';

/** The PC. */
export class BarePc implements Hardware {
  power: HardwarePower = 'on';
  bootedFrom: BootChoice | undefined = 'disk';
  systemUp = true;
  readonly serial: ByteStream;
  /** Its own end of the serial port. */
  readonly port: ByteStream;
  /** Two tiles; none for a PC without a display. */
  screen: BareScreen | undefined = new BareScreen(128, 64);
  /** Displays beside it. */
  furtherScreens: readonly BareScreen[] = [];
  readonly media: Partial<Record<DriveUnit, RedirectedMedium>> = {};
  /** What was put in and taken out, in order. */
  readonly inserted: string[] = [];
  /** What it was made to do, and what to start from. */
  readonly applied: string[] = [];
  readonly #queue: HardwareChange[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor() {
    [this.serial, this.port] = memoryPair(['serial port', 'firmware']);
  }

  async apply(action: HardwareAction, boot?: BootChoice): Promise<void> {
    this.applied.push(boot === undefined ? action : `${action} ${boot}`);
  }

  async insert(unit: DriveUnit, medium: RedirectedMedium | undefined): Promise<void> {
    if (medium === undefined) delete this.media[unit];
    else this.media[unit] = medium;
    this.inserted.push(medium === undefined ? `${unit} out` : `${unit} ${medium.blocks}×${medium.blockLength}`);
  }

  /** Tells the firmware what happens to it. */
  tell(...changes: readonly HardwareChange[]): void {
    for (const change of changes) {
      if (change.kind === 'power') this.power = change.power;
      this.#queue.push(change);
    }
    this.#wake?.();
  }

  async *changes(): AsyncGenerator<HardwareChange, void, void> {
    while (!this.#closed) {
      const change = this.#queue.shift();
      if (change !== undefined) yield change;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.port.close();
  }
}
