/** The two redirected drives of a session: what is in them, when the PC sees it, and that it may change. [IDER §2.3] */
import { ProtocolError } from '@amtkit/core/wire';
import { type DriveUnit, MediumFailed } from '../hardware/hardware.ts';
import type { Command, Outcome } from './ider-commands.ts';
import { cdbOf, type Geometry, Medium } from './ider-medium.ts';
import type { Visit } from './redirected-service.ts';

/** What drives work with. */
export interface DrivesOptions {
  readonly visit: Visit;
  readonly bytesPerCommand: number;
  readonly run: (command: Command) => Promise<Outcome>;
  /** Whether nothing is under way, so that it is a moment to ask. */
  readonly idle: () => boolean;
}

const UNITS: readonly DriveUnit[] = ['cd', 'floppy'];
/** How often a drive is asked whether it is ready, and how long a drive that is getting ready is given each time. */
const TRIES = 5;
const GETTING_READY_MS = 500;
/** From here on a last block is a size that consoles in the field computed wrongly. [IDER §7] */
const BROKEN_LAST_BLOCK = 0xffe0_0000;

interface Slot {
  /** Whether the drive said that it is ready, when it was asked last. */
  ready: boolean;
  /** What is in it; `undefined`: nothing, as far as known. */
  found: Geometry | undefined;
  medium: Medium | undefined;
}

/** Both drives. */
export class Drives {
  readonly #options: DrivesOptions;
  readonly #slots: Readonly<Record<DriveUnit, Slot>> = { cd: emptySlot(), floppy: emptySlot() };
  /** What is done to the drives, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #probed = false;
  #visible = false;
  #ended = false;
  #forgetPoll: (() => void) | undefined;
  /** Ends a pause before its time. */
  #wake: (() => void) | undefined;

  constructor(options: DrivesOptions) {
    this.#options = options;
  }

  /** Looks what is in them, ahead of their appearance. */
  probe(): void {
    this.#inTurn(() => this.#probeAll());
  }

  /** The PC sees them from now on. */
  appear(): void {
    this.#visible = true;
    this.#inTurn(async () => {
      if (!this.#probed) await this.#probeAll();
      for (const unit of UNITS) await this.#show(unit);
    });
    this.#poll();
  }

  /** The PC sees them no more. Resolves when that is so. */
  vanish(): Promise<void> {
    this.#visible = false;
    this.#forgetPoll?.();
    return this.#inTurn(async () => {
      for (const unit of UNITS) await this.#hide(unit);
      this.#probed = false;
    });
  }

  /** The session is over. Resolves when the PC has noticed. */
  end(): Promise<void> {
    this.#ended = true;
    this.#wake?.();
    return this.vanish();
  }

  /** What is in a drive is said to be another one, or gone. */
  #changed(unit: DriveUnit): void {
    this.#inTurn(async () => {
      await this.#hide(unit);
      this.#slots[unit].found = await this.#look(unit);
      await this.#show(unit);
    });
  }

  async #probeAll(): Promise<void> {
    for (const unit of UNITS) this.#slots[unit].found = await this.#look(unit);
    this.#probed = true;
  }

  async #show(unit: DriveUnit): Promise<void> {
    const slot = this.#slots[unit];
    if (!this.#visible || this.#ended || slot.medium !== undefined || slot.found === undefined) return;
    const { bytesPerCommand, run } = this.#options;
    const changed = () => this.#changed(unit);
    slot.medium = new Medium({ ...slot.found, unit, bytesPerCommand, run, changed });
    await this.#options.visit.firmware.hardware.insert(unit, slot.medium);
  }

  async #hide(unit: DriveUnit): Promise<void> {
    const slot = this.#slots[unit];
    if (slot.medium === undefined) return;
    slot.medium.remove();
    slot.medium = undefined;
    await this.#options.visit.firmware.hardware.insert(unit, undefined);
  }

  /** Asks a drive what is in it. Consoles that answer well but say nothing have nothing. */
  async #look(unit: DriveUnit): Promise<Geometry | undefined> {
    const slot = this.#slots[unit];
    slot.ready = await this.#becomesReady(unit);
    if (!slot.ready) return undefined;
    const capacity = await this.#ask(unit, cdbOf(0x25, 0, 0), 8);
    if (capacity === undefined) return undefined;
    const view = new DataView(capacity.buffer);
    const [last, blockLength] = [view.getUint32(0), view.getUint32(4)];
    if (last >= BROKEN_LAST_BLOCK || (blockLength !== 2048 && blockLength !== 512)) {
      const said = `a last block of ${last} and blocks of ${blockLength} bytes`;
      this.#options.visit.recorder.nonsense.push(new ProtocolError(`The ${unit} a console lends has ${said}.`));
      return undefined;
    }
    return { blocks: last + 1, blockLength, writable: unit === 'floppy' && (await this.#isWritable(unit)) };
  }

  async #becomesReady(unit: DriveUnit): Promise<boolean> {
    for (let tries = 0; tries < TRIES && !this.#ended; tries++) {
      const { sense } = await this.#run(unit, new Uint8Array(12));
      if (sense === undefined) return true;
      const [key, asc] = sense;
      if (key === 2 && asc === 0x04) await this.#wait(GETTING_READY_MS);
      else if (key !== 6) return false;
    }
    return false;
  }

  /** All mode pages; bit 7 of the third byte of their header is the write protection. [SPC-4 §7.5] */
  async #isWritable(unit: DriveUnit): Promise<boolean> {
    const cdb = Uint8Array.of(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 192, 0, 0, 0);
    const header = await this.#ask(unit, cdb, 8);
    return header !== undefined && ((header[3] as number) & 0x80) === 0;
  }

  /** The first bytes of an answer; nothing when it is shorter, or none. */
  async #ask(unit: DriveUnit, cdb: Uint8Array, length: number): Promise<Uint8Array | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const room = new Uint8Array(length);
      const outcome = await this.#run(unit, cdb, room);
      if (outcome.sense === undefined) return outcome.length >= length ? room : undefined;
      if (outcome.sense[0] !== 6) return undefined;
    }
    return undefined;
  }

  /** Runs a command; what has no outcome has the sense of why. */
  async #run(unit: DriveUnit, cdb: Uint8Array, room?: Uint8Array): Promise<Outcome> {
    try {
      return await this.#options.run({ unit, cdb, ...(room !== undefined && { room }) });
    } catch (error) {
      if (error instanceof MediumFailed) return { length: 0, sense: error.sense };
      throw error;
    }
  }

  /** Asks again and again whether something changed, as operating systems do with drives whose media come and go. */
  #poll(): void {
    const { firmware } = this.#options.visit;
    const { iderPollSeconds } = firmware.quirks;
    this.#forgetPoll?.();
    if (iderPollSeconds === 0 || this.#ended) return;
    this.#forgetPoll = firmware.clock.after(iderPollSeconds * 1000, () => {
      if (this.#options.idle() && firmware.state.power === 'on') {
        for (const unit of UNITS) this.#inTurn(() => this.#askReady(unit));
      }
      this.#poll();
    });
  }

  async #askReady(unit: DriveUnit): Promise<void> {
    const slot = this.#slots[unit];
    if (!this.#visible) return;
    const { sense } = await this.#run(unit, new Uint8Array(12));
    const ready = sense === undefined;
    const another = sense?.[0] === 6 && sense[1] === 0x28;
    const gone = sense?.[0] === 2 && sense[1] === 0x3a;
    if (another || (gone && slot.medium !== undefined) || (ready && !slot.ready)) this.#changed(unit);
    else slot.ready = ready;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#options.visit.firmware.clock.after(ms, resolve);
      this.#wake = () => {
        forget();
        resolve();
      };
    });
  }

  /** What throws here is the PC's mistake, not the console's. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(act).catch((error: unknown) => {
      this.#options.visit.recorder.problems.push(error);
    });
    return this.#turn;
  }
}

function emptySlot(): Slot {
  return { ready: false, found: undefined, medium: undefined };
}
