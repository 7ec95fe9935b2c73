/** A PC made of QEMU: a real machine with a BIOS, drives and a serial port, which does what firmware tells it to. */
import { readFile, rm } from 'node:fs/promises';
import type { ByteStream } from '@amtkit/core/streams';
import { ConnectFailed, Refused } from '@amtkit/core/wire';
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
import { accelerator } from './accelerator.ts';
import { bootOrder, missingFor, OF_THE_BIOS, setBootOrder } from './boot-order.ts';
import { clustered } from './cluster-cache.ts';
import { RedirectedDrives } from './drives.ts';
import { type PcFiles, prepareFiles } from './files.ts';
import { type Guest, startGuest } from './guest.ts';
import type { QemuPcOptions } from './options.ts';
import { argumentsOf, type Part, partsOf } from './parts.ts';
import { SerialPort } from './port.ts';
import type { QmpEvent } from './qmp.ts';
import { QemuScreen } from './screen.ts';
import { type ShutdownRequest, shutdownRequest } from './shutdown-request.ts';
import { Start } from './start.ts';

/** A PC made of QEMU. */
export interface QemuPc extends Hardware {
  /** File of its disk. */
  readonly disk: string;
  /** Process of the guest, while it is not off. */
  readonly pid: number | undefined;
  /** UNIX socket at which VNC viewers find its screen, while it is not off. */
  readonly vnc: string;
  readonly screen: Screen;
  /** QEMU's own picture of its screen, as PPM. @throws Refused while it is off */
  screendump(): Promise<Uint8Array>;
}

/**
 * Makes a PC of QEMU, switched off unless wanted otherwise.
 * @throws NotSupported where QEMU is not installed or does not start; Refused where its disk is in use; ImageFailed
 */
export async function qemuPc(options: QemuPcOptions = {}): Promise<QemuPc> {
  const pc = new Pc(options, await prepareFiles(options));
  try {
    if (options.power === 'on') await pc.apply('on');
    return pc;
  } catch (error) {
    await pc[Symbol.asyncDispose]();
    throw error;
  }
}

class Pc implements QemuPc {
  readonly #options: QemuPcOptions;
  readonly #files: PcFiles;
  readonly #parts: readonly Part[];
  readonly #drives: RedirectedDrives;
  readonly #port = new SerialPort();
  readonly #changes = new Changes();
  readonly screen: QemuScreen;
  #guest: Guest | undefined;
  /** The guest was made to show the menu of its BIOS, and would at every start. */
  #menu = false;
  #start: Start | undefined;
  #request: ShutdownRequest | undefined;
  #hibernating = false;
  #closed = false;
  /** What is done to the guest is done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  power: HardwarePower = 'off';
  systemUp = false;

  constructor(options: QemuPcOptions, files: PcFiles) {
    const { clusterBytes = 0 } = options;
    this.#options = options;
    this.#files = files;
    this.#parts = partsOf(options);
    this.screen = new QemuScreen(files.vnc, (line) => this.#say(line));
    this.#drives = new RedirectedDrives({
      path: files.nbd,
      wrap: (medium) => (clusterBytes > 0 ? clustered(medium, clusterBytes) : medium),
      lost: (unit) => this.#reinsert(unit),
    });
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

  get bootedFrom(): BootChoice | undefined {
    return this.#start?.bootedFrom;
  }

  /** @throws NotSupported, Refused when the guest does not start; also told to `log` */
  async apply(action: HardwareAction, boot: BootChoice = 'disk'): Promise<void> {
    try {
      await this.#inTurn(() => this.#carryOut(action, boot));
      await new Promise((resolve) => setImmediate(resolve));
      await this.#inTurn(async () => {});
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      throw error;
    }
    await this.#request?.done;
  }

  async insert(unit: DriveUnit, medium: RedirectedMedium | undefined): Promise<void> {
    await this.#inTurn(() => this.#drives.change(unit, medium, this.#guest?.qmp));
  }

  async screendump(): Promise<Uint8Array> {
    if (this.#guest === undefined) throw new Refused('A PC that is off shows nothing that could be kept.');
    const file = `${this.#files.vnc}.ppm`;
    await this.#guest.qmp.execute('screendump', { filename: file });
    const picture = await readFile(file);
    await rm(file);
    return Uint8Array.from(picture);
  }

  changes(): AsyncIterable<HardwareChange> {
    return this.#changes.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#request?.end();
    await this.#inTurn(() => this.#end('off'));
    this.#changes.close();
    await this.#drives.close();
    await this.#port.close();
    this.#files.remove();
  }

  async #carryOut(action: HardwareAction, boot: BootChoice): Promise<void> {
    this.#request?.end();
    this.#request = undefined;
    switch (action) {
      case 'on':
        if (this.#guest === undefined) await this.#boot(boot);
        else if (this.power === 'sleep') await this.#guest.qmp.execute('system_wakeup');
        return;
      case 'off':
        await this.#end('off');
        return;
      case 'cycle':
        await this.#end('off');
        await this.#boot(boot);
        return;
      case 'reset':
        await this.#boot(boot);
        return;
      case 'nmi':
        await this.#guest?.qmp.execute('inject-nmi');
        return;
      case 'soft-off':
      case 'soft-reset':
        await this.#askToShutDown(action, boot);
        return;
      case 'sleep':
      case 'hibernate':
        this.#say(`Nothing in a guest of QEMU hears the wish to ${action}: its system has to do that by itself.`);
    }
  }

  /** The way to a medium broke, and QEMU says nothing of it: the same medium is put in once more. */
  #reinsert(unit: DriveUnit): void {
    const guest = this.#guest;
    if (guest === undefined) return;
    this.#aside(guest, async () => {
      await this.#drives.reload(unit, guest.qmp);
      this.#say(`QEMU had lost its connection to the redirected ${unit}, which was put in again.`);
    });
  }

  async #askToShutDown(action: 'soft-off' | 'soft-reset', boot: BootChoice): Promise<void> {
    if (this.#guest === undefined) return;
    const { patienceMs = 120_000 } = this.#options;
    await this.#guest.qmp.execute('system_powerdown');
    this.#request = shutdownRequest(action === 'soft-reset' ? boot : undefined, patienceMs, () => {
      this.#request = undefined;
      this.#say(`The system did not follow ${action} within ${patienceMs} ms, and goes on.`);
    });
  }

  /** Starts the PC: a guest that runs is reset, unless it would show a menu that is not wanted, or the other way round. */
  async #boot(choice: BootChoice): Promise<void> {
    const missing = missingFor(this.#parts, choice);
    if (missing !== undefined) this.#say(`This PC has nothing to start "${missing}" from, and starts as it ever does.`);
    const menu = OF_THE_BIOS.includes(choice);
    if (this.#guest !== undefined && (this.#menu || menu)) await this.#quit();
    try {
      const guest = this.#guest ?? (await this.#launch(menu));
      const order = await this.#setOrder(guest, choice);
      await this.#start?.settled();
      await guest.qmp.execute('stop');
      await guest.qmp.execute('system_reset');
      this.#become('on');
      this.#begin(guest, order);
      // Who hears of the start may put in a medium for it: the guest goes on after that.
      setImmediate(() => this.#aside(guest, async () => void (await guest.qmp.execute('cont'))));
    } catch (error) {
      await this.#end('off');
      throw error;
    }
  }

  async #launch(menu: boolean): Promise<Guest> {
    const { program = 'qemu-system-x86_64' } = this.#options;
    const life = { accelerator: await accelerator(this.#options, program), menu };
    const words = argumentsOf(this.#options, this.#files, life);
    const guest = await startGuest(program, words, (event) => this.#happened(guest, event));
    this.#guest = guest;
    this.#menu = menu;
    void guest.ended.then((how) => this.#ended(guest, how));
    void this.#port.attach(guest.serial, (bytes) => this.#heard(guest, bytes, 'serial'));
    this.#listen(guest).catch(() => {});
    this.screen.attach(guest.qmp);
    await this.#drives.attach(guest.qmp);
    return guest;
  }

  /** A start, whoever caused it. */
  #begin(guest: Guest, order: readonly Part[]): void {
    this.#start?.end();
    this.systemUp = false;
    this.#start = new Start({
      guest,
      pc: this.#options,
      parts: this.#parts,
      order,
      menu: this.#menu,
      booted: (from) => this.#booted(guest, from),
      up: () => {
        this.systemUp = true;
        this.#changes.tell({ kind: 'system-up' });
      },
    });
    this.#changes.tell({ kind: 'starting' });
  }

  /** An override has done its work: whatever starts the PC next starts it as ever. */
  #booted(guest: Guest, from: BootChoice): void {
    this.#changes.tell({ kind: 'booted', from });
    const start = this.#start;
    this.#aside(guest, async () => {
      if (this.#start === start) await this.#setOrder(guest, 'disk');
    });
  }

  /** What the BIOS tries after the next reset, which is when it gets to know. */
  async #setOrder(guest: Guest, choice: BootChoice): Promise<readonly Part[]> {
    const there = this.#parts.filter(({ id }) => id !== 'ider-floppy' || this.#drives.holds('floppy'));
    const order = bootOrder(there, choice);
    await setBootOrder(guest.qmp, there, order);
    return order;
  }

  async #end(power: 'off' | 'hibernate'): Promise<void> {
    await this.#quit();
    this.#become(power);
  }

  async #quit(): Promise<void> {
    const guest = this.#guest;
    this.#forget();
    await guest?.quit();
  }

  /** There is no guest any more. */
  #forget(): void {
    this.#guest = undefined;
    this.#start?.end();
    this.#start = undefined;
    this.#hibernating = false;
    this.#drives.detach();
    this.screen.detach();
  }

  /** The process went by itself. */
  #ended(guest: Guest, how: string): void {
    if (this.#guest !== guest) return;
    this.#forget();
    this.#say(how);
    this.#request?.end();
    this.#request = undefined;
    this.#become('off');
  }

  #happened(guest: Guest, { event, data }: QmpEvent): void {
    if (guest !== this.#guest) return;
    if (event === 'SUSPEND') this.#become('sleep');
    if (event === 'WAKEUP') this.#become('on');
    if (event === 'SUSPEND_DISK') this.#hibernating = true;
    if (event === 'SHUTDOWN' && data.guest === true) this.#aside(guest, () => this.#wentOff());
    if (event === 'RESET' && data.guest === true) this.#wasReset(guest);
  }

  /** The guest switched itself off, perhaps because it was asked to. */
  async #wentOff(): Promise<void> {
    const request = this.#request;
    this.#request = undefined;
    if (request?.again === undefined) await this.#end(this.#hibernating ? 'hibernate' : 'off');
    else await this.#boot(request.again);
    request?.end();
  }

  /** SeaBIOS resets the machine once more by itself at the beginning of a start. Any other reset is the guest's. */
  #wasReset(guest: Guest): void {
    if (this.#start?.beginning) this.#start = this.#start.again();
    else if (this.#menu) this.#aside(guest, () => this.#boot('disk'));
    else this.#begin(guest, bootOrder(this.#parts, 'disk'));
  }

  async #listen(guest: Guest): Promise<void> {
    for await (const bytes of guest.bios) this.#heard(guest, bytes, 'bios');
  }

  #heard(guest: Guest, bytes: Uint8Array, where: 'bios' | 'serial'): void {
    if (guest === this.#guest) this.#start?.heard(bytes, where);
  }

  #become(power: HardwarePower): void {
    if (this.power === power) return;
    this.power = power;
    if (power === 'off') this.systemUp = false;
    this.screen.light(power === 'on');
    this.#changes.tell({ kind: 'power', power });
  }

  #say(line: string): void {
    this.#options.log?.(line);
  }

  /** Does something that the guest itself gave cause for, if it is still that guest. */
  #aside(guest: Guest, work: () => Promise<void>): void {
    const mine = async () => {
      if (guest === this.#guest) await work();
    };
    this.#inTurn(mine).catch((error: Error) => {
      // A guest that is gone is told of by its end.
      if (guest === this.#guest && !(error instanceof ConnectFailed)) this.#say(error.message);
    });
  }

  /** After all that was asked for before, whether that went well or not. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return await mine;
  }
}
