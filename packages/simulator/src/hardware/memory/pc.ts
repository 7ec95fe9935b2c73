/**
 * A pretend PC: it takes as long as a real one to follow, has a serial console, really reads what is in its redirected
 * drives, and remembers what was installed on its disk.
 */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import { type Clock, realClock } from '../../clock.ts';
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
import type { Screen } from '../screen.ts';
import { lookInto, show } from './bios.ts';
import { Disk, type PretendDisk } from './disk.ts';
import { type ProgramHost, programIn, runProgram } from './program.ts';
import { Run } from './run.ts';
import { Scenes } from './screen/scenes.ts';
import { SerialConsole, Stopped } from './serial-console.ts';
import { shell } from './shell.ts';

/** How a pretend PC begins. */
export interface PcOptions {
  /** @default 'off' */
  readonly power?: HardwarePower;
  /** @default the clock on the wall */
  readonly clock?: Clock;
  /** 1 takes as long as a real one, 2 half of that, 0 follows at once. @default 1 */
  readonly speed?: number;
  /** Displays that are attached; the second shows only what a system with a desktop puts there. @default 1 */
  readonly displays?: 1 | 2;
  /** Bytes its disk holds. @default 1 GiB */
  readonly diskSize?: number;
}

/** A pretend PC, with what a person in front of it can do and see. */
export interface MemoryPc extends Hardware {
  readonly disk: PretendDisk;
  readonly screen: Screen;
  /** The power button, pressed shortly: starts or wakes, or asks the system to shut down. */
  pressPowerButton(): Promise<void>;
  /** The plug is pulled and put back: off at once. */
  losePower(): void;
}

/** Milliseconds of things on a PC of ordinary make. */
const TIMES = { bios: 4000, system: 6000, shutdown: 4000, sleep: 2000, hibernate: 3000, wake: 1000, rest: 3000 };

/** The system that is on the disk when it comes from the factory. */
const FACTORY = 'amtkit OS 1.0';

/** A pretend PC in memory. */
export function memoryPc(options: PcOptions = {}): MemoryPc {
  return new Pc(options);
}

class Pc implements MemoryPc {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #changes = new Changes();
  /** Counts interventions: what was under way when another came does not go on. */
  #turn = 0;
  /** What is in the redirected drives, and who waits for a change of it. */
  readonly #media: Partial<Record<DriveUnit, RedirectedMedium>> = {};
  readonly #mediaWatchers = new Set<() => void>();
  readonly #console: SerialConsole;
  /** What runs: a system has a terminal on its serial port, and one on its screen once somebody looks. */
  #runs: Run[] = [];
  readonly #scenes: Scenes;
  readonly serial: ByteStream;
  readonly disk: Disk;
  power: HardwarePower;
  bootedFrom: BootChoice | undefined;
  systemUp: boolean;

  constructor({ power = 'off', clock = realClock, speed = 1, displays = 1, diskSize }: PcOptions) {
    this.#clock = clock;
    this.#speed = speed;
    const [serial, port] = memoryPair(['serial port', 'firmware']);
    this.serial = serial;
    this.#console = new SerialConsole(port, clock, (text) => this.#scenes.print(text));
    const host = {
      typed: (text: string) => void this.#console.type(text),
      restart: () => void this.apply(this.systemUp ? 'soft-reset' : 'reset'),
      wake: () => void this.apply('on'),
    };
    this.#scenes = new Scenes(clock, host, displays);
    this.disk = new Disk(diskSize);
    this.power = power;
    this.systemUp = power !== 'off';
    this.bootedFrom = power === 'off' ? undefined : 'disk';
    this.#console.restart(power === 'on');
    if (this.systemUp) this.#operate(this.#newRun(this.#console), FACTORY);
    if (power === 'sleep') this.#scenes.dark(true);
    if (power === 'hibernate') this.#scenes.dark(false);
  }

  get screen(): Screen {
    return this.#scenes.screen;
  }

  get furtherScreens(): readonly Screen[] {
    return this.#scenes.second === undefined ? [] : [this.#scenes.second];
  }

  async apply(action: HardwareAction, boot: BootChoice = this.#scenes.firstDevice): Promise<void> {
    if (action === 'nmi') {
      if (this.systemUp) void this.#console.print('\r\nNMI received.\r\n');
      return;
    }
    if (action === 'on' && this.power === 'on') return;
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
        this.#shutDown();
        if (await this.#pause(turn, TIMES.shutdown)) this.#become('off');
        return;
      case 'soft-reset':
        this.#shutDown();
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
    for (const tell of [...this.#mediaWatchers]) tell();
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
    this.#endRun(false);
    this.#changes.close();
    await this.serial.close();
  }

  /** BIOS, then the boot device, then a system where there is one. At speed 0 all of it happens here and now. */
  #start(turn: number, boot: BootChoice): void {
    const wasOn = this.power === 'on';
    this.#endRun(true);
    const run = this.#newRun(this.#console);
    this.power = 'on';
    this.systemUp = false;
    this.bootedFrom = undefined;
    if (!wasOn) this.#tell({ kind: 'power', power: 'on' });
    this.#tell({ kind: 'starting' });
    void this.#console.print('\r\namtkit virtual BIOS\r\n');
    this.#scenes.begin(this.#scaled(TIMES.bios));
    this.#later(turn, TIMES.bios, () => {
      this.#scenes.end();
      const { request } = this.#scenes;
      if (request === 'menu') this.#scenes.menu((choice) => turn === this.#turn && this.#boot(turn, run, choice));
      else this.#boot(turn, run, request ?? boot);
    });
  }

  #boot(turn: number, run: Run, from: BootChoice): void {
    if (from === 'ider-cd' || from === 'ider-floppy') this.#guard(this.#startRedirected(turn, run, from));
    else this.#startFrom(turn, run, from);
  }

  /** What a start does that needs no drive of anybody else. */
  #startFrom(turn: number, run: Run, boot: BootChoice): void {
    const installed = boot === 'disk' || boot === 'safe-mode' ? this.disk.system : 'factory';
    if (installed === 'none') {
      void this.#console.print('There is no operating system on the disk. The PC is halted.\r\n');
      return;
    }
    const said = PLACES[boot];
    if (said !== undefined) void this.#console.print(`Starting from ${said}.\r\n`);
    this.#handOver(boot);
    if (boot === 'bios') this.#scenes.setup(() => void this.apply('reset'));
    if (boot === 'bios' || boot === 'bios-pause') return;
    const program = installed === 'installed' ? programIn(this.disk.bytes.subarray(0, 64 * 1024)) : undefined;
    if (program === undefined) this.#startSystem(turn, run, installed === 'installed' ? 'installed system' : FACTORY);
    else this.#guard(runProgram(run, program, 'cd', this.#hostOf(turn, run)).then(() => {}));
  }

  /** Starts what a console lends, or the disk where that cannot be started. */
  async #startRedirected(turn: number, run: Run, boot: 'ider-cd' | 'ider-floppy'): Promise<void> {
    // The firmware has to hear of the start first: drives may appear with it.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const unit = boot === 'ider-cd' ? 'cd' : 'floppy';
    const found = await lookInto(run, unit);
    if (found === undefined) {
      this.#startFrom(turn, run, 'disk');
      return;
    }
    if (found.program === undefined) {
      this.#handOver(boot);
      await show(run, found.volume);
      return;
    }
    // A program that waits for a key has been started, whether or not one comes.
    this.#handOver(boot);
    const wanted = await runProgram(run, found.program, unit, this.#hostOf(turn, run));
    if (!wanted) this.#startFrom(turn, run, 'disk');
  }

  #handOver(from: BootChoice): void {
    this.bootedFrom = from;
    this.#tell({ kind: 'booted', from });
  }

  #startSystem(turn: number, run: Run, name: string): void {
    if (this.#speed > 0) this.#scenes.splash(name, this.#scaled(TIMES.system));
    this.#later(turn, TIMES.system, () => {
      this.systemUp = true;
      this.#tell({ kind: 'system-up' });
      this.#operate(run, name);
    });
  }

  #operate(run: Run, name: string): void {
    void this.#console.print(`\r\n${name} on ttyS0. "help" says what there is.\r\n`);
    const power = (action: 'off' | 'reset') => void this.apply(action === 'off' ? 'soft-off' : 'soft-reset');
    this.#guard(shell(run, name, { power }));
    this.#scenes.desktop(name, { power, shell: (port) => this.#openTerminal(port, name, power) });
  }

  /** A second shell, at the terminal on the screen. */
  #openTerminal(port: ByteStream, name: string, power: (action: 'off' | 'reset') => void): void {
    const terminal = new SerialConsole(port, this.#clock);
    const run = this.#newRun(terminal);
    void terminal.print(`${name} on tty1. "help" says what there is.\r\n`);
    this.#guard(shell(run, name, { power }));
  }

  /** A system that was asked to end says so. */
  #shutDown(): void {
    if (this.systemUp && this.#speed > 0) this.#scenes.splash('Shutting down', this.#scaled(TIMES.shutdown));
  }

  #hostOf(turn: number, run: Run): ProgramHost {
    return {
      power: (action) => void this.apply(action),
      system: (name) => this.#startSystem(turn, run, name),
    };
  }

  #newRun(console: SerialConsole): Run {
    const run = new Run({
      clock: this.#clock,
      speed: this.#speed,
      console,
      disk: this.disk,
      medium: (unit) => this.#media[unit],
      mediumChanged: (act) => {
        this.#mediaWatchers.add(act);
        return () => this.#mediaWatchers.delete(act);
      },
    });
    this.#runs.push(run);
    return run;
  }

  #endRun(powered: boolean): void {
    for (const run of this.#runs.splice(0)) {
      run.stop();
      run.console.restart(powered);
    }
    this.#console.restart(powered);
    for (const tell of [...this.#mediaWatchers]) tell();
  }

  /** What runs on the PC ends with it, without a word. */
  #guard(running: Promise<void>): void {
    running.catch((error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
    });
  }

  async #resume(turn: number): Promise<void> {
    if (await this.#pause(turn, TIMES.wake)) this.#become('on');
  }

  #become(power: HardwarePower): void {
    if (this.power === power) return;
    this.power = power;
    if (power === 'off') this.systemUp = false;
    if (power === 'off' || power === 'hibernate') this.#endRun(false);
    if (power === 'on') this.#scenes.light();
    else this.#scenes.dark(power === 'sleep');
    this.#tell({ kind: 'power', power });
  }

  #later(turn: number, ms: number, act: () => void): void {
    if (this.#speed === 0) act();
    else this.#clock.after(this.#scaled(ms), () => turn === this.#turn && act());
  }

  /** Milliseconds at the speed of this PC. */
  #scaled(ms: number): number {
    return this.#speed === 0 ? 0 : ms / this.#speed;
  }

  /** Waits; false when something else came between. */
  #pause(turn: number, ms: number): Promise<boolean> {
    if (this.#speed === 0) return Promise.resolve(turn === this.#turn);
    return new Promise((resolve) => {
      this.#clock.after(this.#scaled(ms), () => resolve(turn === this.#turn));
    });
  }

  #tell(change: HardwareChange): void {
    this.#changes.tell(change);
  }
}

/** What the BIOS calls the places a system may come from. */
const PLACES: Partial<Record<BootChoice, string>> = {
  disk: 'the disk',
  'safe-mode': 'the disk, in safe mode',
  pxe: 'the network',
  cd: 'the CD',
  diagnostics: 'the diagnostics partition',
  https: 'the web',
  winre: 'the recovery environment',
  pba: 'the disk, before its log-in',
};
