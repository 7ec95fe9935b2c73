/**
 * Storage redirection, the console's side: IDE-R, USB-R since AMT 11. The host's commands come in, its answers go out;
 * where bytes of an image are needed or written, an event says so and `supply` tells how it went. [IDER §2] [IDER §4]
 */
import { Inbox } from '../../bytes/inbox.ts';
import { describe } from '../../bytes/layout.ts';
import { ProtocolError } from '../../errors.ts';
import type { Protocol } from '../protocol.ts';
import { sessionMessages } from '../session/messages.ts';
import { Drive } from './drive.ts';
import { type DataFrames, framed } from './frames.ts';
import { IderAttribute, IderDevice, type IderMessage, IderStart, iderMessages } from './messages.ts';
import type { DriveUnit, Medium } from './replies.ts';
import { SENSE, type Sense } from './scsi.ts';
import { type IderTransfer, type Lane, Piece, Transfer } from './transfer.ts';

/** What is lent, and when the host sees it. */
export interface IderOptions {
  /** What is in each drive. Both drives are there in any case. */
  readonly media: Readonly<Partial<Record<DriveUnit, Medium>>>;
  readonly start: keyof typeof IderStart;
}

/** What the firmware and its host want or tell. */
export type IderEvent =
  /** The session is open; the drives are not there yet. */
  | { readonly type: 'opened'; readonly firmware: { readonly major: number; readonly minor: number } }
  /** The session was not opened. */
  | { readonly type: 'refused'; readonly status: number }
  /** The drives are there, or will be when it was asked for. */
  | { readonly type: 'enabled' }
  /** The firmware does not show the drives. */
  | { readonly type: 'rejected'; readonly value: number }
  /** To be done, and reported with `supply`. */
  | { readonly type: 'transfer'; readonly transfer: IderTransfer }
  /** The host reset its bus: transfers under way are of no use any more. */
  | { readonly type: 'reset' }
  /** The host opened the tray of a drive. */
  | { readonly type: 'ejected'; readonly unit: DriveUnit }
  /** The session is over: as asked, by the firmware, or the stream just ended. */
  | { readonly type: 'closed'; readonly by: 'console' | 'firmware' | 'stream' };

/** The firmware closes when it hears nothing for this long; a heartbeat is due three times as often. */
export const IDER_RX_TIMEOUT_MS = 30_000;

/** How often the firmware is asked to show that it is there. */
export const IDER_HEARTBEAT_MS = 20_000;

/** What the firmware takes and sends at once, in bytes of data. */
interface Link {
  readonly readBuffer: number;
  readonly writeBuffer: number;
}

type State =
  | { readonly name: 'opening' }
  /** The firmware was asked to show the drives; it may already send commands. */
  | { readonly name: 'enabling'; readonly link: Link }
  | { readonly name: 'open'; readonly link: Link }
  | { readonly name: 'closing' }
  | { readonly name: 'closed' };

type Command = Extract<IderMessage, { type: 'CommandWritten' }>;

/** One session, from behind the log-in to its end. */
export class IderClient implements Protocol<IderEvent> {
  readonly #start: number;
  readonly #lanes: Readonly<Record<DriveUnit, Lane>>;
  readonly #inbox = new Inbox();
  #outgoing: Uint8Array[] = [];
  #state: State = { name: 'opening' };
  #sequence = 0;
  #commands = 0;
  /** Transfers in the order of their commands; the first is under way. Across drives data is never mixed. */
  readonly #transfers: Transfer[] = [];
  /** Bytes of the present IderDataFromHost that did not come yet, and whose they are. */
  #incoming = 0;
  #receiver: Transfer | undefined;
  /** A write was given up: what the host still sends of it is thrown away. */
  #forgetful = false;
  /** Memory of the last reply, when nobody reads it any more. */
  #spare: DataFrames | undefined;

  constructor({ media, start }: IderOptions) {
    this.#start = IderStart[start];
    this.#lanes = { cd: lane('cd', media.cd), floppy: lane('floppy', media.floppy) };
    this.#send({
      type: 'OpenSession',
      ...this.#header(),
      rxTimeoutMs: IDER_RX_TIMEOUT_MS,
      txTimeoutMs: 0,
      heartbeatMs: IDER_HEARTBEAT_MS,
      version: 1,
    });
  }

  /** Commands of the host so far. */
  get commands(): number {
    return this.#commands;
  }

  receive(chunk: Uint8Array): IderEvent[] {
    const events: IderEvent[] = [];
    if (this.#state.name === 'closed') return events;
    try {
      this.#inbox.push(chunk);
      for (;;) {
        if (this.#incoming > 0) {
          if (!this.#takeData(events)) break;
          continue;
        }
        const message = this.#inbox.next(iderMessages.decode);
        if (message === undefined || this.#handle(message, events)) break;
      }
      return events;
    } catch (error) {
      this.#state = { name: 'closed' };
      throw error;
    }
  }

  receiveEnd(): IderEvent[] {
    const { name } = this.#state;
    if (name === 'closed') return [];
    this.#state = { name: 'closed' };
    return [{ type: 'closed', by: name === 'closing' ? 'console' : 'stream' }];
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = this.#outgoing;
    if (outgoing.length > 0) this.#outgoing = [];
    return outgoing;
  }

  /** Says that the console is there; due every third of {@link IDER_RX_TIMEOUT_MS}. */
  heartbeat(): void {
    if (this.#linked) this.#send({ type: 'IderHeartbeat', ...this.#header() });
  }

  /** Asks whether the firmware is there. */
  ping(): void {
    if (this.#linked) this.#send({ type: 'IderKeepAlivePing', ...this.#header() });
  }

  /** Another medium, or none. A transfer of the one before fails. */
  insert(unit: DriveUnit, medium: Medium | undefined): IderEvent[] {
    const events: IderEvent[] = [];
    const { drive, transfer } = this.#lanes[unit];
    drive.insert(medium);
    if (transfer !== undefined) this.#end(transfer, drive.interrupted(), events);
    return events;
  }

  /** A transfer is done: its parts are filled, or written; or it failed. One that was given up since then is forgotten. */
  supply(done: IderTransfer, ok: boolean): IderEvent[] {
    const events: IderEvent[] = [];
    const transfer = this.#transfers[0];
    if (transfer === undefined || transfer.piece !== done) return events;
    if (!ok) this.#end(transfer, done.kind === 'read' ? SENSE.readFailed : SENSE.writeFailed, events);
    else if (done.kind === 'read') this.#delivered(transfer, done, events);
    else if (transfer.advance()) this.#end(transfer, SENSE.none, events);
    else this.#proceed(transfer, events);
    return events;
  }

  /** The memory of `parts` may be used again: all that was sent has left it. */
  recycle(done: IderTransfer): void {
    if (done instanceof Piece) this.#spare = done.frames ?? this.#spare;
  }

  /** Ends the session; the event `closed` follows. */
  close(): void {
    if (this.#linked) this.#send({ type: 'CloseSession', ...this.#header() });
    if (this.#state.name !== 'closed') this.#state = { name: 'closing' };
    this.#forget();
  }

  get #linked(): boolean {
    return this.#state.name === 'enabling' || this.#state.name === 'open';
  }

  /** True when nothing more is to be read. */
  #handle(message: IderMessage, events: IderEvent[]): boolean {
    const state = this.#state;
    switch (message.type) {
      case 'IderKeepAlivePing':
        if (this.#linked) this.#send({ type: 'IderKeepAlivePong', ...this.#header() });
        return false;
      case 'IderKeepAlivePong':
      case 'IderHeartbeat':
      case 'ErrorOccurred':
        return false;
      case 'CloseSessionReply':
        this.#closed(events);
        return true;
    }
    switch (state.name) {
      case 'opening':
        if (message.type !== 'OpenSessionReply') break;
        return this.#opened(message, events);
      case 'enabling':
      case 'open':
        switch (message.type) {
          case 'DisableEnableFeaturesReply':
            this.#featuresSet(message, state, events);
            return false;
          case 'CommandWritten':
            this.#command(message, state.link, events);
            return false;
          case 'ResetOccurred':
            this.#reset(events);
            return false;
          case 'IderDataFromHost':
            this.#announce(message, state.link);
            return false;
        }
        break;
      case 'closing':
        // What was under way when the end was asked for.
        if (message.type === 'IderDataFromHost') this.#incoming = message.length;
        return false;
      case 'closed':
        return true;
    }
    throw new ProtocolError(`Unexpected ${describe(message)} while ${state.name}.`);
  }

  #opened(message: Extract<IderMessage, { type: 'OpenSessionReply' }>, events: IderEvent[]): boolean {
    const { status, readBuffer, writeBuffer, firmwareMajor, firmwareMinor } = message;
    if (status !== 0) {
      this.#state = { name: 'closed' };
      events.push({ type: 'refused', status });
      return true;
    }
    if (readBuffer < 2 || writeBuffer < 2) {
      throw new ProtocolError(`Buffers of ${readBuffer} and ${writeBuffer} bytes hold no data.`);
    }
    const link = { readBuffer: frameSize(readBuffer), writeBuffer };
    this.#state = { name: 'enabling', link };
    events.push({ type: 'opened', firmware: { major: firmwareMajor, minor: firmwareMinor } });
    this.#showDrives();
    return false;
  }

  #showDrives(): void {
    this.#send({ type: 'DisableEnableFeatures', ...this.#header(), feature: 'SetState', value: this.#start });
  }

  #featuresSet(
    { feature, value }: Extract<IderMessage, { type: 'DisableEnableFeaturesReply' }>,
    state: Extract<State, { link: Link }>,
    events: IderEvent[],
  ): void {
    if (state.name !== 'enabling') return;
    if (feature === 'SetState') {
      if (value !== DONE) return void events.push({ type: 'rejected', value });
      this.#state = { name: 'open', link: state.link };
      events.push({ type: 'enabled' });
    } else if (feature === 'Supported' && (value & 1) !== 0) {
      // Only now there are drives to show.
      this.#showDrives();
    }
  }

  #closed(events: IderEvent[]): void {
    const asked = this.#state.name === 'closing';
    this.#state = { name: 'closed' };
    this.#forget();
    this.#outgoing.push(sessionMessages.encode({ type: 'EndRedirectionSession' }));
    events.push({ type: 'closed', by: asked ? 'console' : 'firmware' });
  }

  #reset(events: IderEvent[]): void {
    this.#forget();
    for (const { drive } of Object.values(this.#lanes)) drive.reset();
    this.#send({ type: 'ResetOccurredResponse', ...this.#header() });
    events.push({ type: 'reset' });
  }

  /** Gives up whatever is under way or waits. */
  #forget(): void {
    this.#forgetful ||= (this.#transfers[0]?.missing ?? 0) > 0;
    this.#transfers.length = 0;
    for (const lane of Object.values(this.#lanes)) {
      lane.transfer = undefined;
      lane.waiting.length = 0;
    }
  }

  #command(command: Command, link: Link, events: IderEvent[]): void {
    this.#commands++;
    const lane = this.#lanes[(command.device & CD_BIT) !== 0 ? 'cd' : 'floppy'];
    if (lane.waiting.length === MAX_WAITING) {
      throw new ProtocolError(`More than ${MAX_WAITING} commands wait for a drive that does one at a time.`);
    }
    lane.waiting.push(command);
    this.#advance(lane, link, events);
  }

  /** Begins what waits for a drive that is free. */
  #advance(lane: Lane, link: Link, events: IderEvent[]): void {
    while (lane.transfer === undefined) {
      const command = lane.waiting.shift();
      if (command === undefined) return;
      const shape = { device: lane.device, dma: (command.feature & 1) !== 0 };
      const answer = lane.drive.answer(command.cdb);
      switch (answer.type) {
        case 'sense':
          this.#sendEnd(lane, answer.sense);
          break;
        case 'good':
          this.#sendEnd(lane, SENSE.none);
          if (answer.ejected === true) events.push({ type: 'ejected', unit: lane.drive.unit });
          break;
        case 'data': {
          const size = frameLimit(command, link);
          const first = this.#count(Math.ceil(answer.bytes.length / size));
          this.#outgoing.push(framed(answer.bytes, size, first, shape));
          break;
        }
        default: {
          const size = answer.type === 'read' ? frameLimit(command, link) : link.writeBuffer;
          const transfer = new Transfer(answer.type, lane, shape, size, answer);
          lane.transfer = transfer;
          this.#transfers.push(transfer);
          if (this.#transfers.length === 1) this.#proceed(transfer, events);
        }
      }
    }
  }

  /** The next piece of a transfer, which is the first of all. */
  #proceed(transfer: Transfer, events: IderEvent[]): void {
    if (transfer.kind === 'read') {
      transfer.piece = transfer.read(this.#spare);
      if (transfer.piece.frames === this.#spare) this.#spare = undefined;
      events.push({ type: 'transfer', transfer: transfer.piece });
    } else {
      this.#forgetful = false;
      transfer.collectNext();
      this.#askForData(transfer);
    }
  }

  #delivered(transfer: Transfer, { length }: IderTransfer, events: IderEvent[]): void {
    const frames = transfer.piece?.frames as DataFrames;
    const last = transfer.advance();
    const first = this.#count(Math.ceil(length / transfer.size));
    this.#outgoing.push(frames.seal(length, first, last, transfer.shape));
    if (last) this.#done(transfer, events);
    else this.#proceed(transfer, events);
  }

  /** False when there is nothing more to ask for. */
  #askForData(transfer: Transfer): boolean {
    const length = transfer.ask();
    if (length === 0) return false;
    const { device } = transfer.shape;
    this.#send({
      type: 'GetDataFromHost',
      ...this.#header(),
      length,
      inputMask: 0xb5,
      inputError: 0,
      inputReason: 0,
      inputByteCount: length,
      inputDevice: device,
      inputStatus: 0x58,
    });
    return true;
  }

  #announce({ length }: Extract<IderMessage, { type: 'IderDataFromHost' }>, { writeBuffer }: Link): void {
    const transfer = this.#transfers[0];
    const asked = transfer?.missing ?? 0;
    if (length > writeBuffer || (length > asked && !this.#forgetful)) {
      throw new ProtocolError(`The host sends ${length} bytes where ${asked} were asked for.`);
    }
    this.#incoming = length;
    this.#receiver = transfer;
  }

  /** False when more has to come. */
  #takeData(events: IderEvent[]): boolean {
    const data = this.#inbox.take(Math.min(this.#incoming, this.#inbox.length));
    if (data === undefined || data.length === 0) return false;
    this.#incoming -= data.length;
    const transfer = this.#receiver;
    if (transfer === undefined || transfer !== this.#transfers[0]) return true;
    transfer.collect(data);
    if (transfer.missing === 0) this.#askOrWrite(transfer, events);
    return true;
  }

  #askOrWrite(transfer: Transfer, events: IderEvent[]): void {
    if (this.#askForData(transfer)) return;
    transfer.piece = transfer.collected();
    events.push({ type: 'transfer', transfer: transfer.piece });
  }

  /** The command of a transfer is over, without data or behind what it had. */
  #end(transfer: Transfer, sense: Sense, events: IderEvent[]): void {
    transfer.lane.drive.failed(sense);
    this.#forgetful ||= transfer.missing > 0;
    this.#sendEnd(transfer.lane, sense);
    this.#done(transfer, events);
  }

  #done(transfer: Transfer, events: IderEvent[]): void {
    const first = this.#transfers[0] === transfer;
    this.#transfers.splice(this.#transfers.indexOf(transfer), 1);
    transfer.lane.transfer = undefined;
    const next = this.#transfers[0];
    if (first && next !== undefined) this.#proceed(next, events);
    if ('link' in this.#state) this.#advance(transfer.lane, this.#state.link, events);
  }

  #sendEnd({ device }: Lane, { key, asc, ascq }: Sense): void {
    const failed = key !== 0;
    this.#send({
      type: 'CommandEndResponse',
      ...this.#header(IderAttribute.completed),
      outputMask: failed ? 0x87 : 0xc5,
      outputError: key << 4,
      outputReason: 3,
      outputDevice: device,
      outputStatus: failed ? 0x51 : 0x50,
      senseKey: key,
      asc,
      ascq,
    });
  }

  #header(attributes = 0): { readonly status: 0; readonly attributes: number; readonly sequence: number } {
    return { status: 0, attributes, sequence: this.#count(1) };
  }

  /** Numbers for so many messages: the first of them. */
  #count(messages: number): number {
    const first = this.#sequence;
    this.#sequence = (first + messages) >>> 0;
    return first;
  }

  #send(message: IderMessage): void {
    this.#outgoing.push(iderMessages.encode(message));
  }
}

/** The bit of the device register that tells the drives apart. */
const CD_BIT = 0x10;

/** Value of an accepted SetState. */
const DONE = 1;

/** Commands a drive may have waiting; more than one is already odd. */
const MAX_WAITING = 32;

/** Most data in a frame that firmware in the field was seen to take. [IDER §4.4] */
const MAX_FRAME = 8192;

function lane(unit: DriveUnit, medium: Medium | undefined): Lane {
  return { drive: new Drive(unit, medium), device: IderDevice[unit], transfer: undefined, waiting: [] };
}

/** Data of one frame: no more than the firmware takes, whole sectors where that leaves any. */
function frameSize(readBuffer: number): number {
  const size = Math.min(readBuffer, MAX_FRAME);
  return size >= 512 ? size - (size % 512) : size - (size % 2);
}

/** Without DMA the host says how much it fetches at once, an even number. [IDER §4.4] */
function frameLimit({ feature, byteCount }: Command, { readBuffer }: Link): number {
  const limit = byteCount - (byteCount % 2);
  return (feature & 1) !== 0 || limit === 0 ? readBuffer : Math.min(limit, readBuffer);
}
