/** A PC made of QEMU: a real machine with a BIOS, drives and a serial port, which does what firmware tells it to. */
import type { ByteStream } from '@amtkit/core/streams';
import type {
  BootChoice,
  DriveUnit,
  Hardware,
  HardwareAction,
  HardwareChange,
  HardwarePower,
  RedirectedMedium,
} from '../hardware.ts';
import { BootWatch, bootOrder } from './boot-order.ts';
import { RedirectedDrives } from './drives.ts';
import { type PcFiles, prepareFiles } from './files.ts';
import { type Guest, startGuest } from './guest.ts';
import type { QemuPcOptions } from './options.ts';
import { argumentsOf, type Part, partsOf } from './parts.ts';
import { SerialPort } from './port.ts';
import type { QmpEvent } from './qmp.ts';

/** A PC made of QEMU. */
export interface QemuPc extends Hardware {
  /** Its disk. */
  readonly disk: string;
  /** Process of the guest, while it is not off. */
  readonly pid: number | undefined;
  /** UNIX socket that VNC viewers find its screen at, while it is not off. */
  readonly vnc: string;
}

/**
 * Makes a PC of QEMU, switched off unless wanted otherwise.
 * @throws NotSupported where QEMU is not installed or does not start; Refused where its disk is in use; ImageFailed
 */
export async function qemuPc(options: QemuPcOptions = {}): Promise<QemuPc> {
  const pc = new Pc(options, await prepareFiles(options));
  if (options.power === 'on') await pc.apply('on');
  return pc;
}

/** A system that was asked to shut down. */
interface Asked {
  /** What it starts from again. */
  readonly boot?: BootChoice;
  /** It followed, or nobody waits for it any longer. */
  done: Promise<void>;
  follow(): void;
}

/** Milliseconds between two looks whether a system is up. */
const UP_INTERVAL = 500;

/** Milliseconds that a BIOS takes at most to move into memory. */
const SETTLES_WITHIN = 2000;

class Pc implements QemuPc {
  readonly #options: QemuPcOptions;
  readonly #files: PcFiles;
  readonly #parts: readonly Part[];
  readonly #drives: RedirectedDrives;
  readonly #port = new SerialPort();
  readonly #changes: HardwareChange[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #guest: Guest | undefined;
  /** What is done to the guest is done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** What the BIOS was told to try. */
  #order: readonly Part[] = [];
  #watch: BootWatch | undefined;
  #stopAsking: (() => void) | undefined;
  #asked: Asked | undefined;
  #hibernating = false;
  power: HardwarePower = 'off';
  bootedFrom: BootChoice | undefined;
  systemUp = false;

  constructor(options: QemuPcOptions, files: PcFiles) {
    this.#options = options;
    this.#files = files;
    this.#parts = partsOf(options);
    this.#drives = new RedirectedDrives(files.nbd, (medium) => medium);
  }

  get disk(): string {
    return this.#files.disk.file;
  }

  get pid(): number | undefined {
    return this.#guest?.pid;
  }

  get vnc(): string {
    return this.#files.vnc;
  }

  get serial(): ByteStream {
    return this.#port.firmware;
  }

  async apply(action: HardwareAction, boot: BootChoice = 'disk'): Promise<void> {
    await this.#inTurn(() => this.#carryOut(action, boot));
    await this.#asked?.done;
  }

  async insert(unit: DriveUnit, medium: RedirectedMedium | undefined): Promise<void> {
    await this.#inTurn(() => this.#drives.change(unit, medium, this.#guest?.qmp));
  }

  async *changes(): AsyncGenerator<HardwareChange, void, void> {
    while (!this.#closed) {
      const change = this.#changes.shift();
      if (change !== undefined) yield change;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inTurn(() => this.#stop('off'));
    this.#wake?.();
    await this.#drives.close();
    await this.#port.close();
    this.#files.remove();
  }

  async #carryOut(action: HardwareAction, boot: BootChoice): Promise<void> {
    const guest = this.#guest;
    this.#asked?.follow();
    switch (action) {
      case 'on':
        if (guest === undefined) await this.#start(boot);
        else if (this.power === 'sleep') await guest.qmp.execute('system_wakeup');
        return;
      case 'off':
        await this.#stop('off');
        return;
      case 'cycle':
        await this.#stop('off');
        await this.#start(boot);
        return;
      case 'reset':
        if (guest === undefined) await this.#start(boot);
        else await this.#restart(guest, boot);
        return;
      case 'nmi':
        await guest?.qmp.execute('inject-nmi');
        return;
      case 'soft-off':
      case 'soft-reset':
        await guest?.qmp.execute('system_powerdown');
        if (guest !== undefined) this.#await(action, boot);
        return;
      case 'sleep':
      case 'hibernate':
        this.#say(`Nothing in a guest of QEMU listens to the wish to ${action}: its system has to do that by itself.`);
    }
  }

  /** A system was asked to shut down, and takes its time; what is done to the PC meanwhile ends the waiting. */
  #await(action: 'soft-off' | 'soft-reset', boot: BootChoice): void {
    const patience = this.#options.patienceMs ?? 120_000;
    const asked: Asked = { ...(action === 'soft-reset' && { boot }), done: Promise.resolve(), follow: () => {} };
    asked.done = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#say(`The system did not follow ${action} within ${patience} ms, and goes on.`);
        asked.follow();
      }, patience);
      asked.follow = () => {
        clearTimeout(timer);
        if (this.#asked === asked) this.#asked = undefined;
        resolve();
      };
    });
    this.#asked = asked;
  }

  async #start(boot: BootChoice): Promise<void> {
    const { program = 'qemu-system-x86_64' } = this.#options;
    const words = argumentsOf(this.#options, this.#files, 'tcg');
    const guest = await startGuest(program, words, (event) => this.#happened(event));
    this.#guest = guest;
    void guest.ended.then((how) => this.#ended(guest, how));
    const uefi = this.#options.bios === 'ovmf';
    void this.#port.attach(guest.serial, (bytes) => uefi && this.#heard(guest, bytes));
    void this.#listen(guest, !uefi);
    try {
      await this.#drives.attach(guest.qmp);
      this.#become('on');
      await this.#restart(guest, boot);
    } catch (error) {
      await this.#stop('off');
      throw error;
    }
  }

  /** A reset, after which the BIOS finds the order of devices that it is given here. */
  async #restart(guest: Guest, boot: BootChoice): Promise<void> {
    await this.#setOrder(guest, boot);
    if (this.#options.bios !== 'ovmf') await this.#settled();
    this.#begin();
    await guest.qmp.execute('system_reset');
    await guest.qmp.execute('cont');
  }

  /** Waits until the BIOS can stand a reset; one that does not say so has had time enough. */
  async #settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLES_WITHIN);
    });
    await Promise.race([this.#watch?.settled, late]);
    clearTimeout(timer);
  }

  /** A start, whoever caused it. */
  #begin(): void {
    this.#stopAsking?.();
    this.#watch = new BootWatch(this.#order, this.#parts);
    this.systemUp = false;
    this.bootedFrom = undefined;
    this.#tell({ kind: 'starting' });
  }

  /** What the BIOS tries after the next reset, which is when it gets to know. No two devices may ever have one place. */
  async #setOrder(guest: Guest, boot: BootChoice): Promise<void> {
    const there = this.#parts.filter(({ id }) => id !== 'ider-floppy' || this.#drives.holds('floppy'));
    this.#order = bootOrder(there, boot);
    const place = (part: Part, value: number) =>
      guest.qmp.execute('qom-set', { path: `/machine/peripheral/${part.id}`, property: 'bootindex', value });
    for (const part of there) await place(part, -1);
    for (const [index, part] of this.#order.entries()) await place(part, index);
  }

  async #stop(power: 'off' | 'hibernate'): Promise<void> {
    const guest = this.#guest;
    this.#guest = undefined;
    this.#watch = undefined;
    this.#stopAsking?.();
    this.#drives.detach();
    await guest?.quit();
    this.#become(power);
  }

  /** The process went by itself. */
  #ended(guest: Guest, how: string): void {
    if (this.#guest !== guest) return;
    this.#guest = undefined;
    this.#watch = undefined;
    this.#stopAsking?.();
    this.#drives.detach();
    this.#say(how);
    this.#asked?.follow();
    this.#become('off');
  }

  #happened({ event, data }: QmpEvent): void {
    switch (event) {
      case 'SHUTDOWN':
        if (data.guest === true) void this.#inTurn(() => this.#shutDown()).catch((error) => this.#say(error.message));
        return;
      case 'RESET':
        if (data.guest === true) this.#guestReset();
        return;
      case 'SUSPEND':
        this.#become('sleep');
        return;
      case 'WAKEUP':
        this.#become('on');
        return;
      case 'SUSPEND_DISK':
        this.#hibernating = true;
    }
  }

  /** The guest switched itself off, perhaps because it was asked to. */
  async #shutDown(): Promise<void> {
    if (this.#guest === undefined) return;
    const again = this.#asked?.boot;
    if (again !== undefined) await this.#restart(this.#guest, again);
    else await this.#stop(this.#hibernating ? 'hibernate' : 'off');
    this.#hibernating = false;
    this.#asked?.follow();
  }

  /** SeaBIOS resets the machine once more by itself at the beginning of a start: that is no new one. */
  #guestReset(): void {
    if (this.bootedFrom === undefined) this.#watch = new BootWatch(this.#order, this.#parts);
    else this.#begin();
  }

  async #listen(guest: Guest, watched: boolean): Promise<void> {
    for await (const bytes of guest.bios) if (watched) this.#heard(guest, bytes);
  }

  #heard(guest: Guest, bytes: Uint8Array): void {
    if (guest !== this.#guest) return;
    for (const from of this.#watch?.feed(bytes) ?? []) this.#handedOver(guest, from);
  }

  /** An override has done its work: whatever starts the PC next starts it as ever. */
  #handedOver(guest: Guest, from: BootChoice): void {
    this.bootedFrom = from;
    this.#tell({ kind: 'booted', from });
    void this.#inTurn(async () => {
      if (this.#guest === guest && this.bootedFrom === from) await this.#setOrder(guest, 'disk');
    }).catch((error) => this.#guest === guest && this.#say(error.message));
    this.#stopAsking?.();
    const timer = setInterval(() => void this.#askWhetherUp(guest), UP_INTERVAL);
    timer.unref();
    this.#stopAsking = () => clearInterval(timer);
  }

  /** A system is up once it has asked ACPI for the power button: what it is asked from then on, it hears. [ACPI §4.8.3.1.2] */
  async #askWhetherUp(guest: Guest): Promise<void> {
    const base = this.#options.bios === 'ovmf' && this.#options.machine !== 'q35' ? 0xb000 : 0x600;
    const answer = await guest.qmp.monitor(`i /h ${base + 2}`).catch(() => '');
    const [, value] = / = (0x[0-9a-f]{4})/.exec(answer) ?? [];
    const enabled = value !== '0xffff' && (Number(value) & 0x100) !== 0;
    if (!enabled || this.systemUp || this.#guest !== guest || this.bootedFrom === undefined) return;
    this.#stopAsking?.();
    this.systemUp = true;
    this.#tell({ kind: 'system-up' });
  }

  #say(line: string): void {
    this.#options.log?.(line);
  }

  #become(power: HardwarePower): void {
    if (this.power === power) return;
    this.power = power;
    if (power === 'off') this.systemUp = false;
    this.#tell({ kind: 'power', power });
  }

  #tell(change: HardwareChange): void {
    this.#changes.push(change);
    this.#wake?.();
  }

  /** After all that was asked for before, whether that went well or not. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return await mine;
  }
}
