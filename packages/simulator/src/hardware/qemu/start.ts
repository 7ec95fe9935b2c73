/** One start of a guest, from a reset until a system is up: what the BIOS was told, and what it does with it. */
import type { BootChoice } from '../hardware.ts';
import { BootWatch } from './boot-order.ts';
import type { Guest } from './guest.ts';
import type { QemuPcOptions } from './options.ts';
import type { Part } from './parts.ts';

/** What a start is made of. */
export interface StartOptions {
  readonly guest: Guest;
  readonly pc: QemuPcOptions;
  readonly parts: readonly Part[];
  /** What the BIOS was told to try. */
  readonly order: readonly Part[];
  /** Whether it is to show its menu. */
  readonly menu: boolean;
  /** The BIOS handed over, to this or after a failure to the next. */
  readonly booted: (from: BootChoice) => void;
  readonly up: () => void;
}

/** Milliseconds between two looks whether a system is up. */
const UP_INTERVAL = 500;
/** Milliseconds between two strokes of the key to the set-up of UEFI, which does not say when it listens. */
const KEY_INTERVAL = 250;
/** Milliseconds that a BIOS takes at most to move into memory. */
const SETTLES_WITHIN = 2000;

/** A start. */
export class Start {
  readonly #options: StartOptions;
  readonly #watch: BootWatch;
  #stop: () => void = () => {};
  bootedFrom: BootChoice | undefined;

  constructor(options: StartOptions) {
    this.#options = options;
    this.#watch = new BootWatch(options.order, options.parts);
    if (!options.menu) return;
    this.#watch.prompted = () => this.#pressEscape();
    if (this.#uefi) this.#repeat(KEY_INTERVAL, () => this.#pressEscape());
  }

  /** The BIOS has neither handed over nor given up. */
  get beginning(): boolean {
    return this.bootedFrom === undefined && !this.#watch.foundNothing;
  }

  /** It goes on no more: another one begins, or the guest is gone. */
  end(): void {
    this.#stop();
  }

  /** SeaBIOS started itself once more, which is no other start: it says again all that it said. */
  again(): Start {
    this.end();
    return new Start(this.#options);
  }

  /** Waits until the BIOS can stand a reset; one that does not say so has had time enough. */
  async settled(): Promise<void> {
    if (this.#uefi) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLES_WITHIN);
    });
    await Promise.race([this.#watch.settled, late]);
    clearTimeout(timer);
  }

  /** The BIOS said this: SeaBIOS on its debug port, UEFI on the serial port. */
  heard(bytes: Uint8Array, where: 'bios' | 'serial'): void {
    if (where !== (this.#uefi ? 'serial' : 'bios')) return;
    for (const from of this.#watch.feed(bytes)) {
      if (from === 'bios' && this.bootedFrom === from) continue;
      this.bootedFrom = from;
      this.#repeat(UP_INTERVAL, () => void this.#askWhetherUp());
      this.#options.booted(from);
    }
  }

  get #uefi(): boolean {
    return this.#options.pc.bios === 'ovmf';
  }

  /** A system is up once it has asked ACPI for the power button: it will hear what it is asked. [ACPI §4.8.3.1.2] */
  async #askWhetherUp(): Promise<void> {
    const { guest, pc, up } = this.#options;
    const stop = this.#stop;
    const base = this.#uefi && pc.machine !== 'q35' ? 0xb000 : 0x600;
    const answer = await guest.qmp.monitor(`i /h ${base + 2}`).catch(() => '');
    const enabled = Number(/ = (0x[0-9a-f]{4})/.exec(answer)?.[1] ?? 0);
    if (enabled === NO_REGISTER || (enabled & POWER_BUTTON) === 0 || stop !== this.#stop) return;
    this.end();
    up();
  }

  #pressEscape(): void {
    const keys = [{ type: 'qcode', data: 'esc' }];
    this.#options.guest.qmp.execute('send-key', { keys }).catch(() => {});
  }

  #repeat(everyMs: number, act: () => void): void {
    this.#stop();
    const timer = setInterval(act, everyMs);
    timer.unref();
    this.#stop = () => clearInterval(timer);
  }
}

/** Bit of the register of enabled events. */
const POWER_BUTTON = 0x100;
/** What a port without anything behind it reads as. */
const NO_REGISTER = 0xffff;
