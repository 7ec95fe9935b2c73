/** A pretend PC: it takes as long as a real one to follow, and remembers what it started from. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import type { Clock } from '../../clock.ts';
import { Changes } from '../changes.ts';
import type {
  BootChoice,
  DriveUnit,
  Hardware,
  HardwareAction,
  HardwareChange,
  HardwarePower,
  RedirectedMedium,
} from '../hardware.ts';

/** How a pretend PC begins. */
export interface PcOptions {
  readonly power: HardwarePower;
  readonly clock: Clock;
  /** 1 takes as long as a real one, 2 half of that, 0 follows at once. */
  readonly speed: number;
}

/** A pretend PC, with what a person in front of it can do. */
export interface MemoryPc extends Hardware {
  /** The power button, pressed shortly: starts or wakes, or asks the system to shut down. */
  pressPowerButton(): Promise<void>;
  /** The plug is pulled and put back: off at once. */
  losePower(): void;
}

/** Milliseconds of things on a PC of ordinary make. */
const TIMES = { bios: 4000, system: 6000, shutdown: 4000, sleep: 2000, hibernate: 3000, wake: 1000, rest: 3000 };

/** A pretend PC in memory. */
export function memoryPc(options: PcOptions): MemoryPc {
  return new Pc(options);
}

class Pc implements MemoryPc {
  readonly #options: PcOptions;
  readonly #changes = new Changes();
  /** Counts interventions: what was under way when another came does not go on. */
  #turn = 0;
  /** What is in the redirected drives. */
  readonly #media: Partial<Record<DriveUnit, RedirectedMedium>> = {};
  readonly serial: ByteStream;
  power: HardwarePower;
  bootedFrom: BootChoice | undefined;
  systemUp: boolean;

  constructor(options: PcOptions) {
    this.#options = options;
    [this.serial] = memoryPair(['serial port', 'firmware']);
    this.power = options.power;
    this.systemUp = options.power !== 'off';
    this.bootedFrom = options.power === 'off' ? undefined : 'disk';
  }

  async apply(action: HardwareAction, boot: BootChoice = 'disk'): Promise<void> {
    if (action === 'nmi' || (action === 'on' && this.power === 'on')) return;
    const turn = ++this.#turn;
    switch (action) {
      case 'on':
        if (this.power === 'sleep') await this.#resume(turn);
        else this.#start(turn, boot);
        return;
      case 'off':
        this.#become('off');
        return;
      case 'reset':
        this.#start(turn, boot);
        return;
      case 'cycle':
        this.#become('off');
        if (await this.#pause(turn, TIMES.rest)) this.#start(turn, boot);
        return;
      case 'soft-off':
        if (await this.#pause(turn, TIMES.shutdown)) this.#become('off');
        return;
      case 'soft-reset':
        if (await this.#pause(turn, TIMES.shutdown)) this.#start(turn, boot);
        return;
      case 'sleep':
      case 'hibernate':
        if (await this.#pause(turn, TIMES[action])) this.#become(action);
    }
  }

  async insert(unit: DriveUnit, medium: RedirectedMedium | undefined): Promise<void> {
    if (medium === undefined) delete this.#media[unit];
    else this.#media[unit] = medium;
  }

  async pressPowerButton(): Promise<void> {
    if (this.power !== 'on') await this.apply('on');
    else if (this.systemUp) await this.apply('soft-off');
  }

  losePower(): void {
    this.#turn++;
    this.#become('off');
  }

  changes(): AsyncIterable<HardwareChange> {
    return this.#changes.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turn++;
    this.#changes.close();
  }

  /** BIOS, then the boot device, then a system where there is one. At speed 0 all of it happens here and now. */
  #start(turn: number, boot: BootChoice): void {
    const wasOn = this.power === 'on';
    this.power = 'on';
    this.systemUp = false;
    this.bootedFrom = undefined;
    if (!wasOn) this.#tell({ kind: 'power', power: 'on' });
    this.#tell({ kind: 'starting' });
    this.#later(turn, TIMES.bios, () => {
      this.bootedFrom = boot;
      this.#tell({ kind: 'booted', from: boot });
      if (boot === 'bios' || boot === 'bios-pause') return;
      this.#later(turn, TIMES.system, () => {
        this.systemUp = true;
        this.#tell({ kind: 'system-up' });
      });
    });
  }

  async #resume(turn: number): Promise<void> {
    if (await this.#pause(turn, TIMES.wake)) this.#become('on');
  }

  #become(power: HardwarePower): void {
    if (this.power === power) return;
    this.power = power;
    if (power === 'off') this.systemUp = false;
    this.#tell({ kind: 'power', power });
  }

  #later(turn: number, ms: number, act: () => void): void {
    const { clock, speed } = this.#options;
    if (speed === 0) act();
    else clock.after(ms / speed, () => turn === this.#turn && act());
  }

  /** Waits; false when something else came between. */
  #pause(turn: number, ms: number): Promise<boolean> {
    const { clock, speed } = this.#options;
    if (speed === 0) return Promise.resolve(turn === this.#turn);
    return new Promise((resolve) => {
      clock.after(ms / speed, () => resolve(turn === this.#turn));
    });
  }

  #tell(change: HardwareChange): void {
    this.#changes.tell(change);
  }
}
