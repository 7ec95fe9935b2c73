/**
 * Storage redirection, the console's side: IDE-R, USB-R since AMT 11. The host's commands come in, its answers go out;
 * where bytes of an image are needed or written, an event says so and `supply` tells how it went. [IDER §2] [IDER §4]
 */
import { Inbox } from '../../bytes/inbox.ts';
import { describe } from '../../bytes/layout.ts';
import { ProtocolError } from '../../errors.ts';
import type { Protocol } from '../protocol.ts';
import { sessionMessages } from '../session/messages.ts';
import { Commands } from './commands.ts';
import type { IderEvent, IderTransfer } from './events.ts';
import { type IderMessage, IderStart, iderMessages } from './messages.ts';
import { Outbox } from './outbox.ts';
import type { DriveUnit, Medium } from './replies.ts';

/** What is lent, and when the host sees it. */
export interface IderOptions {
  /** What is in each drive. Both drives are there in any case. */
  readonly media: Readonly<Partial<Record<DriveUnit, Medium>>>;
  readonly start: keyof typeof IderStart;
  /**
   * Whether everything that was taken has left the memory it came in, which is then used again.
   * @default never: each reply gets memory of its own
   */
  readonly sent?: () => boolean;
}

/** The firmware closes when it hears nothing for this long; a heartbeat is due three times as often. */
export const IDER_RX_TIMEOUT_MS = 30_000;

/** How often the firmware is asked to show that it is there. */
export const IDER_HEARTBEAT_MS = 20_000;

type State =
  /** Asked for the session. */
  | 'opening'
  /** Asked for the drives; commands may already come. */
  | 'enabling'
  | 'open'
  /** Asked for the end. */
  | 'closing'
  | 'closed';

/** One session, from behind the log-in to its end. */
export class IderClient implements Protocol<IderEvent> {
  readonly #start: number;
  readonly #out = new Outbox();
  readonly #commands: Commands;
  readonly #inbox = new Inbox();
  #state: State = 'opening';

  constructor({ media, start, sent = () => false }: IderOptions) {
    this.#start = IderStart[start];
    this.#commands = new Commands(this.#out, media, sent);
    this.#out.send({
      type: 'OpenSession',
      rxTimeoutMs: IDER_RX_TIMEOUT_MS,
      txTimeoutMs: 0,
      heartbeatMs: IDER_HEARTBEAT_MS,
      version: 1,
    });
  }

  /** Commands of the host so far. */
  get commands(): number {
    return this.#commands.count;
  }

  receive(chunk: Uint8Array): IderEvent[] {
    const events: IderEvent[] = [];
    if (this.#state === 'closed') return events;
    try {
      this.#inbox.push(chunk);
      while (!this.#commands.takeData(this.#inbox, events)) {
        const message = this.#inbox.next(iderMessages.decode);
        if (message === undefined) break;
        this.#handle(message, events);
      }
      return events;
    } catch (error) {
      this.#state = 'closed';
      throw error;
    }
  }

  receiveEnd(): IderEvent[] {
    if (this.#state === 'closed') return [];
    const by = this.#state === 'closing' ? 'console' : 'stream';
    this.#state = 'closed';
    return [{ type: 'closed', by }];
  }

  takeOutgoing(): Uint8Array[] {
    return this.#out.take();
  }

  /** Says that the console is there; due every third of {@link IDER_RX_TIMEOUT_MS}. */
  heartbeat(): void {
    if (this.#linked) this.#out.send({ type: 'IderHeartbeat' });
  }

  /** Asks whether the firmware is there. */
  ping(): void {
    if (this.#linked) this.#out.send({ type: 'IderKeepAlivePing' });
  }

  /** Another medium, or none. A transfer of the one before fails. */
  insert(unit: DriveUnit, medium: Medium | undefined): IderEvent[] {
    const events: IderEvent[] = [];
    this.#commands.insert(unit, medium, events);
    return events;
  }

  /** A transfer is done: its parts are filled, or written; or it failed. One that was given up since then is forgotten. */
  supply(done: IderTransfer, ok: boolean): IderEvent[] {
    const events: IderEvent[] = [];
    this.#commands.supply(done, ok, events);
    return events;
  }

  /** Ends the session; the event `closed` follows. */
  close(): void {
    if (this.#state === 'closed' || this.#state === 'closing') return;
    this.#commands.forget();
    this.#out.send({ type: 'CloseSession' });
    this.#state = 'closing';
  }

  get #linked(): boolean {
    return this.#state === 'enabling' || this.#state === 'open';
  }

  #handle(message: IderMessage, events: IderEvent[]): void {
    switch (message.type) {
      // An echo of what we said is as good as an answer. [IDER §2.4]
      case 'IderKeepAlivePong':
      case 'IderHeartbeat':
      case 'ErrorOccurred':
        return;
      case 'IderKeepAlivePing':
        if (this.#linked) this.#out.send({ type: 'IderKeepAlivePong' });
        return;
      case 'CloseSessionReply':
        this.#closed(events);
        return;
    }
    switch (this.#state) {
      case 'opening':
        if (message.type !== 'OpenSessionReply') break;
        this.#opened(message, events);
        return;
      case 'enabling':
      case 'open':
        if (this.#serve(message, events)) return;
        break;
      case 'closing':
      case 'closed':
        // What was under way when the end was asked for.
        if (message.type === 'IderDataFromHost') this.#commands.announce(message.length);
        return;
    }
    throw new ProtocolError(`Unexpected ${describe(message)} while ${this.#state}.`);
  }

  #opened(message: Extract<IderMessage, { type: 'OpenSessionReply' }>, events: IderEvent[]): void {
    if (message.status !== 0) {
      this.#state = 'closed';
      events.push({ type: 'refused', status: message.status });
      return;
    }
    this.#commands.connect(message);
    this.#state = 'enabling';
    events.push({ type: 'opened', firmware: { major: message.firmwareMajor, minor: message.firmwareMinor } });
    this.#showDrives();
  }

  /** False for what makes no sense in a session. */
  #serve(message: IderMessage, events: IderEvent[]): boolean {
    switch (message.type) {
      case 'CommandWritten':
        this.#commands.receive(message, events);
        return true;
      case 'IderDataFromHost':
        this.#commands.announce(message.length);
        return true;
      case 'ResetOccurred':
        this.#commands.reset();
        this.#out.send({ type: 'ResetOccurredResponse' });
        events.push({ type: 'reset' });
        return true;
      case 'DisableEnableFeaturesReply':
        this.#featuresSet(message, events);
        return true;
      default:
        return false;
    }
  }

  #showDrives(): void {
    this.#out.send({ type: 'DisableEnableFeatures', feature: 'SetState', value: this.#start });
  }

  #featuresSet(
    { feature, value }: Extract<IderMessage, { type: 'DisableEnableFeaturesReply' }>,
    events: IderEvent[],
  ): void {
    if (this.#state !== 'enabling') return;
    if (feature === 'Supported' && (value & 1) !== 0) {
      // Only now there are drives to show.
      this.#showDrives();
    } else if (feature === 'SetState' && value === DONE) {
      this.#state = 'open';
      events.push({ type: 'enabled' });
    } else if (feature === 'SetState') {
      events.push({ type: 'rejected', value });
    }
  }

  #closed(events: IderEvent[]): void {
    const by = this.#state === 'closing' ? 'console' : 'firmware';
    this.#state = 'closed';
    this.#commands.forget();
    this.#out.raw(sessionMessages.encode({ type: 'EndRedirectionSession' }));
    events.push({ type: 'closed', by });
  }
}

/** Value of an accepted SetState. */
const DONE = 1;
