/**
 * A redirected drive as its host sees it: what is in it, what the host has not been told yet, and what each command
 * comes to. It moves no data: that a range is to be read or written is its answer. [IDER §5]
 */
import { configuration } from './configuration.ts';
import { modeSense } from './mode-pages.ts';
import {
  BLOCK_SIZE,
  capacity,
  type DriveUnit,
  eventStatus,
  formatCapacities,
  inquiry,
  MEDIA_CLASS,
  MediaEvent,
  type Medium,
  mechanismStatus,
  requestSense,
  tableOfContents,
} from './replies.ts';
import { decodeCommand, type ScsiCommand, SENSE, type Sense } from './scsi.ts';

/** What a command comes to. */
export type DriveAnswer =
  /** Done, without data. `ejected`: the host opened the tray. */
  | { readonly type: 'good'; readonly ejected?: true }
  | { readonly type: 'sense'; readonly sense: Sense }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** A range of the medium, in bytes; at least one block, all of it on the medium. */
  | { readonly type: 'read' | 'write'; readonly offset: number; readonly length: number };

/** One drive. */
export class Drive {
  readonly unit: DriveUnit;
  #disc: Medium | undefined;
  #trayOpen = false;
  #locked = false;
  /** The next command that may is refused once, with "medium may have changed". */
  #attention = false;
  /** What happened to the medium, oldest first, until the host asks. */
  #events: number[] = [];
  /** Why the last command failed, until the host asks. */
  #sense: Sense = SENSE.none;

  constructor(unit: DriveUnit, medium: Medium | undefined) {
    this.unit = unit;
    this.#disc = medium;
  }

  /** What the host can reach. */
  get medium(): Medium | undefined {
    return this.#trayOpen ? undefined : this.#disc;
  }

  /** Another medium, or none. The host learns of it as from a real drive: attention once, and events when it polls. */
  insert(medium: Medium | undefined): void {
    const before = this.medium;
    this.#disc = medium;
    this.#trayOpen = false;
    this.#changed(before);
  }

  /** The host reset its bus: what it had locked is free, what it was to ask for is forgotten. */
  reset(): void {
    this.#locked = false;
    this.#sense = SENSE.none;
  }

  /** What `cdb` comes to. */
  answer(cdb: Uint8Array): DriveAnswer {
    const command = decodeCommand(cdb);
    const answer = this.#attend(command) ?? this.#carryOut(command);
    this.failed(answer.type === 'sense' ? answer.sense : SENSE.none);
    return answer;
  }

  /** The last command failed for this reason; none: it went well. */
  failed(sense: Sense): void {
    this.#sense = sense;
  }

  /** The medium was changed under a transfer: why that fails, which tells the host of the change. */
  interrupted(): Sense {
    this.#attention = false;
    this.#sense = this.medium === undefined ? SENSE.noMedium : SENSE.mediumChanged;
    return this.#sense;
  }

  /** Attention is told once, to a command that does not ask about such things anyway. [SPC-4: unit attention] */
  #attend({ name }: ScsiCommand): DriveAnswer | undefined {
    if (!this.#attention || UNATTENDED.has(name)) return undefined;
    this.#attention = false;
    return refused(SENSE.mediumChanged);
  }

  #carryOut(command: ScsiCommand): DriveAnswer {
    const { unit, medium } = this;
    switch (command.name) {
      case 'READ':
      case 'WRITE':
        return this.#transfer(command);
      case 'TEST UNIT READY':
        return medium === undefined ? refused(SENSE.noMedium) : GOOD;
      case 'REQUEST SENSE':
        return data(requestSense(this.#takeSense()), command.allocation);
      case 'INQUIRY':
        if (command.vital || command.page !== 0) return refused(SENSE.invalidField);
        return data(inquiry(unit), command.allocation);
      case 'MODE SENSE':
        return reply(modeSense(unit, medium, command), command.allocation);
      case 'START STOP UNIT':
        return command.tray ? this.#moveTray(command.start) : GOOD;
      case 'PREVENT ALLOW MEDIUM REMOVAL':
        if (medium === undefined) return refused(SENSE.noMedium);
        this.#locked = command.prevent;
        return GOOD;
      case 'READ CAPACITY':
        return medium === undefined ? refused(SENSE.noMedium) : data(capacity(unit, medium), 8);
      case 'GET EVENT STATUS NOTIFICATION':
        if (!command.polled) return refused(SENSE.invalidField);
        return data(this.#event(command.classes), command.allocation);
      case 'READ FORMAT CAPACITIES':
        return unit === 'cd' ? UNKNOWN : data(formatCapacities(medium), command.allocation);
      default:
        return unit === 'cd' ? this.#carryOutOnCd(command) : UNKNOWN;
    }
  }

  #carryOutOnCd(command: ScsiCommand): DriveAnswer {
    const { medium } = this;
    switch (command.name) {
      case 'READ TOC':
        if (medium === undefined) return refused(SENSE.noMedium);
        return reply(tableOfContents(medium, command) ?? SENSE.invalidField, command.allocation);
      case 'GET CONFIGURATION':
        return reply(configuration(medium, command.type, command.feature) ?? SENSE.invalidField, command.allocation);
      case 'MECHANISM STATUS':
        return data(mechanismStatus({ open: this.#trayOpen }), command.allocation);
      default:
        return UNKNOWN;
    }
  }

  #transfer({ name, lba, blocks }: Extract<ScsiCommand, { name: 'READ' | 'WRITE' }>): DriveAnswer {
    const { medium } = this;
    if (medium === undefined) return refused(SENSE.noMedium);
    if (name === 'WRITE' && !medium.writable) return refused(SENSE.writeProtected);
    if (lba + blocks > medium.blocks) return refused(SENSE.outOfRange);
    if (blocks === 0) return GOOD;
    const size = BLOCK_SIZE[this.unit];
    return { type: name === 'READ' ? 'read' : 'write', offset: lba * size, length: blocks * size };
  }

  /** The host closes the tray on what lies in it, or opens it. */
  #moveTray(close: boolean): DriveAnswer {
    const before = this.medium;
    if (!close && this.#locked && before !== undefined) return refused(SENSE.removalPrevented);
    this.#trayOpen = !close;
    if (before === this.medium) return GOOD;
    this.#changed(before);
    return close ? GOOD : { type: 'good', ejected: true };
  }

  /** @param before what was there until now */
  #changed(before: Medium | undefined): void {
    const present = this.medium !== undefined;
    this.#attention = present;
    this.#locked = false;
    this.#events = [...(before === undefined ? [] : [MediaEvent.removed]), ...(present ? [MediaEvent.new] : [])];
  }

  #event(classes: number): Uint8Array {
    const status = { present: this.medium !== undefined, open: this.#trayOpen };
    const asked = (classes & MEDIA_CLASS) !== 0;
    return eventStatus(classes, (asked ? this.#events.shift() : undefined) ?? MediaEvent.none, status);
  }

  #takeSense(): Sense {
    if (this.#sense !== SENSE.none || !this.#attention) return this.#sense;
    this.#attention = false;
    return SENSE.mediumChanged;
  }
}

/** Commands that neither tell of attention nor end it. */
const UNATTENDED: ReadonlySet<ScsiCommand['name']> = new Set([
  'INQUIRY',
  'REQUEST SENSE',
  'GET CONFIGURATION',
  'GET EVENT STATUS NOTIFICATION',
]);

const GOOD: DriveAnswer = { type: 'good' };

const UNKNOWN: DriveAnswer = { type: 'sense', sense: SENSE.unknownCommand };

function refused(sense: Sense): DriveAnswer {
  return { type: 'sense', sense };
}

/** Data, and no more of it than asked for; none is no data at all. */
function data(bytes: Uint8Array, allocation: number): DriveAnswer {
  return allocation === 0 ? GOOD : { type: 'data', bytes: bytes.subarray(0, allocation) };
}

function reply(bytes: Uint8Array | Sense, allocation: number): DriveAnswer {
  return bytes instanceof Uint8Array ? data(bytes, allocation) : refused(bytes);
}
