/** One start of the pretend PC, as what runs on it sees the machine: it ends with the next start, or with the power. */
import type { Clock } from '../../clock.ts';
import { type DriveUnit, MediumFailed, type RedirectedMedium } from '../hardware.ts';
import type { Disk } from './disk.ts';
import { type SerialConsole, Stopped } from './serial-console.ts';

/** What a start has of its PC. */
export interface RunOptions {
  readonly clock: Clock;
  readonly speed: number;
  readonly console: SerialConsole;
  readonly disk: Disk;
  /** What is in a drive now. */
  readonly medium: (unit: DriveUnit) => RedirectedMedium | undefined;
  /** Calls back when something was put into a drive or taken out; the returned function forgets it. */
  readonly mediumChanged: (act: () => void) => () => void;
}

/** Milliseconds a drive is given to get ready, as a BIOS gives it. */
const SPIN_UP_MS = 3000;
/** Milliseconds a program goes on trying to read a drive that went away. */
const COME_BACK_MS = 60_000;
/** Times a block is read again that could not be. */
const TRIES = 3;

/** One start. */
export class Run {
  readonly console: SerialConsole;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly #options: RunOptions;
  #stopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.console = options.console;
    this.disk = options.disk;
    this.clock = options.clock;
    this.startedAt = options.clock.now();
  }

  /** Whatever runs ends at its next step. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws Stopped when this start is over */
  check(): void {
    if (this.#stopped) throw new Stopped();
  }

  /** Prints a line. @throws Stopped */
  async print(text: string): Promise<void> {
    this.check();
    await this.console.print(text);
    this.check();
  }

  /** Waits as long as a person at a PC of this speed does; a PC without speed waits as a real one. @throws Stopped */
  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => void this.clock.after(this.scaled(ms), resolve));
    this.check();
  }

  /** Milliseconds by the speed of the PC. */
  scaled(ms: number): number {
    return ms / (this.#options.speed || 1);
  }

  /** A drive's medium, once it is there; none when it takes too long. @throws Stopped */
  async medium(unit: DriveUnit, withinMs: number = this.scaled(SPIN_UP_MS)): Promise<RedirectedMedium | undefined> {
    const { medium, mediumChanged } = this.#options;
    const until = this.clock.now() + withinMs;
    for (;;) {
      this.check();
      const found = medium(unit);
      const left = until - this.clock.now();
      if (found !== undefined || left <= 0) return found;
      await new Promise<void>((resolve) => {
        const stops = [mediumChanged(() => done()), this.clock.after(left, () => done())];
        const done = () => {
          for (const stop of stops) stop();
          resolve();
        };
      });
    }
  }

  /**
   * Reads blocks as an installer would that people swear by: what cannot be read is tried again, and a drive that went
   * away is waited for. @throws MediumFailed when that does not help, or when another medium comes back
   */
  async read(unit: DriveUnit, block: number, count: number, first: RedirectedMedium): Promise<Uint8Array> {
    for (let tries = 1; ; tries++) {
      const medium = await this.medium(unit, tries === 1 ? 0 : COME_BACK_MS);
      if (medium === undefined && tries > 1) throw new MediumFailed('The drive did not come back.', [2, 0x3a, 0]);
      if (medium !== undefined && medium !== first && medium.blocks !== first.blocks) {
        throw new MediumFailed('Another medium is in the drive.', [6, 0x28, 0]);
      }
      try {
        const bytes = await (medium ?? first).read(block, count);
        this.check();
        return bytes;
      } catch (error) {
        this.check();
        if (!(error instanceof MediumFailed) || tries >= TRIES) throw error;
        const [key, asc, ascq] = error.sense;
        const words = [key, asc, ascq].map((byte) => byte.toString(16).padStart(2, '0')).join('/');
        await this.print(`\r\nThe ${unit} cannot be read at block ${block} (${words}). Trying again.\r\n`);
        await this.pause(1000);
      }
    }
  }
}
