/**
 * Serial-over-LAN, the console's side, from behind the log-in to the end. [SOL §1]
 *
 * Much of this protocol is known from what consoles send and machines were seen to answer, and not from a text. So it
 * takes everything that may be meant well, in any order, and sends nothing that no console in the field sends, except a
 * break when it is asked for one.
 */
import { Inbox } from '../../bytes/inbox.ts';
import { describe } from '../../bytes/layout.ts';
import { ConnectFailed, ProtocolError, RedirectionRefused, TimedOut } from '../../errors.ts';
import type { Protocol } from '../protocol.ts';
import { sessionMessages } from '../session/messages.ts';
import { SolControl, type SolMessage, SolState, solMessages } from './messages.ts';

/** What is asked of the firmware at the start. Times are milliseconds. [SOL §1.1] */
export type SolSettings = Omit<Extract<SolMessage, { type: 'StartSolRedirection' }>, 'type' | 'status' | 'sequence'>;

/**
 * What MeshCommander asks for, and heartbeats. The host's bytes are never dropped while we are slow; ours are, when the
 * host does not read for `rxFlushTimeoutMs`: 0 would make the firmware drop the connection instead.
 */
export const SOL_SETTINGS: SolSettings = {
  maxTxBuffer: 10_000,
  txTimeoutMs: 100,
  txOverflowTimeoutMs: 0,
  rxTimeoutMs: 10_000,
  rxFlushTimeoutMs: 100,
  heartbeatMs: 5_000,
};

/** Whose serial port, and how it is opened. */
export interface SolOptions {
  /** Name of the machine, for texts. */
  readonly host: string;
  /** @default SOL_SETTINGS */
  readonly settings?: Partial<SolSettings>;
}

/** What a serial port tells. */
export type SolEvent =
  /** It is open. */
  | { readonly type: 'open' }
  /** The host wrote. */
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** Bits of SolControl and of SolState, as they are now. */
  | { readonly type: 'controls'; readonly control: number; readonly state: number }
  /** It is closed in good order; nothing more is said. */
  | { readonly type: 'closed' };

type State = 'starting' | 'open' | 'closing' | 'closed';

/** One session. The clock is elsewhere: `heartbeat` wants to be called often enough. */
export class SolClient implements Protocol<SolEvent> {
  /** How often `heartbeat` is to be called: at least three times before the firmware takes us for gone. */
  readonly heartbeatMs: number;
  readonly #host: string;
  readonly #inbox = new Inbox();
  #outgoing: Uint8Array[] = [];
  #state: State = 'starting';
  /** Of our messages; nobody checks it. */
  #sequence = 0;
  /** The firmware sends heartbeats, so silence means something. */
  #heardHeartbeat = false;
  /** OEM data that may stand behind the reply to the start. */
  #oemLength = 0;
  #pieceLength = MAX_PIECE;
  /** Bits of SolState that stay until they are cleared. */
  #latched = 0;
  /** What was wrong with bytes that came behind good ones, which are told first. */
  #problem: unknown;

  constructor({ host, settings }: SolOptions) {
    const asked = { ...SOL_SETTINGS, ...settings };
    this.#host = host;
    this.heartbeatMs = Math.floor(asked.rxTimeoutMs * 0.3);
    this.#send({ type: 'StartSolRedirection', ...asked });
  }

  /** The most bytes that are sent to the host in one message: what the firmware can hold. */
  get pieceLength(): number {
    return this.#pieceLength;
  }

  /** Types. The bytes are sent in as many messages as it takes. @throws ConnectFailed when the port is not open */
  send(data: Uint8Array): void {
    this.#mustBeOpen();
    for (let at = 0; at < data.length; at += this.#pieceLength) {
      this.#send({ type: 'SolDataToHost', data: data.subarray(at, at + this.#pieceLength) });
    }
  }

  /**
   * Begins or ends a break on the line towards the host. UNCERTAIN: the bit is the one in which the firmware reports
   * breaks of the host; no console in the field is known to send it, and whether firmware obeys was not seen. [SOL §1.3]
   * @throws ConnectFailed when the port is not open
   */
  setBreak(on: boolean): void {
    this.#mustBeOpen();
    this.#setControls(on ? SolControl.BREAK : 0, SolControl.BREAK, 0);
  }

  /**
   * Says that we are there, and notices when the firmware is not.
   * @param quietMs for how long nothing came
   * @throws TimedOut, ProtocolError for what came behind the last good bytes
   */
  heartbeat(quietMs: number): void {
    this.#raise();
    if (this.#state === 'starting' && quietMs >= MAX_START_MS)
      throw this.#silent('no answer to the request to open it', quietMs);
    if (this.#state !== 'open') return;
    if (this.#heardHeartbeat && quietMs >= MAX_SILENCE_MS) throw this.#silent('no heartbeat', quietMs);
    this.#send({ type: 'SolHeartbeat' });
    // Not at once: a firmware that answers this by telling the same again would never come to an end.
    if (this.#latched !== 0) this.#setControls(0, 0, this.#latched);
    this.#latched = 0;
  }

  /** Asks for an orderly end, which the event `closed` reports. Harmless when it is over. */
  close(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#send({ type: 'EndSolRedirection' });
  }

  receive(chunk: Uint8Array): SolEvent[] {
    if (this.#state === 'closed') return [];
    this.#raise();
    this.#inbox.push(chunk);
    const events: SolEvent[] = [];
    try {
      for (let message = this.#next(); message !== undefined; message = this.#next()) this.#handle(message, events);
    } catch (error) {
      if (events.length === 0) throw error;
      this.#problem = error;
    }
    return events;
  }

  /** @throws ConnectFailed when we did not ask for it: the firmware has no other way to say that it ends */
  receiveEnd(): SolEvent[] {
    this.#raise();
    const before = this.#state;
    this.#state = 'closed';
    if (before === 'closed') return [];
    if (before === 'closing') return [{ type: 'closed' }];
    throw new ConnectFailed(
      `${this.#host} closed the connection ${before === 'starting' ? 'instead of opening' : 'of'} the serial port (SOL).`,
      {
        host: this.#host,
        hint: 'SOL was switched off, a power request dropped the sessions, or the firmware restarted. Open it again.',
      },
    );
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    return outgoing;
  }

  #raise(): void {
    if (this.#problem !== undefined) throw this.#problem;
  }

  #next(): SolMessage | undefined {
    if (this.#state === 'closed') return undefined;
    const waiting = this.#inbox.peek();
    if (this.#oemLength > 0 && !this.#passOemData(waiting)) return undefined;
    if (this.#state === 'starting' && waiting[0] === START_REPLY) {
      // A refusal is known from its second byte; whether all the others follow is not.
      if (waiting[1] !== undefined && waiting[1] !== 0) throw this.#refused(waiting[1]);
      this.#oemLength = waiting[OEM_LENGTH_AT] ?? 0;
      const reply = this.#inbox.next(solMessages.decode);
      if (reply === undefined) this.#oemLength = 0;
      return reply;
    }
    return this.#inbox.next(solMessages.decode);
  }

  /**
   * Consoles in the field cut 23 bytes whatever the last one says, so a length there may come with or without the bytes
   * it announces. What looks like a message is one. Answers whether it is known where the next one begins.
   */
  #passOemData(waiting: Uint8Array): boolean {
    const looks = looksLikeMessage(waiting);
    if (looks === undefined) return false;
    if (!looks && this.#inbox.take(this.#oemLength) === undefined) return false;
    this.#oemLength = 0;
    return true;
  }

  #handle(message: SolMessage, events: SolEvent[]): void {
    switch (message.type) {
      case 'SolHeartbeat':
        this.#heardHeartbeat = true;
        return;
      case 'SolKeepAlivePing':
        this.#outgoing.push(solMessages.encode({ ...message, type: 'SolKeepAlivePong' }));
        return;
      case 'SolKeepAlivePong':
        return;
      case 'SolControlsFromHost':
        this.#latched |= message.state & (SolState.txOverflow | SolState.rxFlushTimeout);
        events.push({ type: 'controls', control: message.control, state: message.state });
        return;
      case 'SolDataFromHost':
        if (this.#state !== 'closing' && message.data.length > 0) events.push({ type: 'data', data: message.data });
        return;
      case 'StartSolRedirectionReply':
        if (this.#state === 'closing') return;
        if (this.#state !== 'starting') break;
        this.#started(message.receiveBuffer);
        events.push({ type: 'open' });
        return;
      case 'EndSolRedirectionReply':
        this.#state = 'closed';
        this.#outgoing.push(sessionMessages.encode({ type: 'EndRedirectionSession' }));
        events.push({ type: 'closed' });
        return;
    }
    throw new ProtocolError(`${this.#host} sent ${describe(message)} while the serial port was ${this.#state}.`, {
      host: this.#host,
    });
  }

  #started(receiveBuffer: number): void {
    this.#state = 'open';
    // Where the buffer stands in the reply is UNCERTAIN, so nothing is believed but less than usual.
    if (receiveBuffer > 0 && receiveBuffer < MAX_PIECE) this.#pieceLength = receiveBuffer;
    const { txOverflow, loopback, rxFlushTimeout, testMode } = SolState;
    // What happened to sessions before is no business of this one.
    this.#setControls(0, 0, txOverflow | loopback | rxFlushTimeout | testMode);
  }

  #setControls(control: number, controlMask: number, clearState: number): void {
    this.#send({ type: 'SolControlsToHost', control, controlMask, clearState });
  }

  #send(message: Unnumbered): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#outgoing.push(solMessages.encode({ status: 0, sequence: this.#sequence, ...message } as SolMessage));
  }

  #mustBeOpen(): void {
    if (this.#state === 'open') return;
    const word = this.#state === 'starting' ? 'not open yet' : 'closed';
    throw new ConnectFailed(`The serial port of ${this.#host} is ${word}.`, { host: this.#host });
  }

  #refused(status: number): RedirectionRefused {
    return new RedirectionRefused(
      `${this.#host} refused to open the serial port (SOL) after the log-in (status ${status}).`,
      {
        host: this.#host,
        hint: 'Try again in half a minute; if that does not help, switch SOL off and on: amt features TARGET --sol off, then on.',
      },
    );
  }

  #silent(what: string, quietMs: number): TimedOut {
    const text = `${this.#host} is silent on the serial port (SOL): ${what} for ${Math.round(quietMs / 1000)} seconds.`;
    return new TimedOut(text, {
      host: this.#host,
      hint: 'The network in between is gone, or the firmware restarted. Open it again.',
    });
  }
}

/** A message without what every header has. */
type Unnumbered = SolMessage extends infer M ? (M extends SolMessage ? Omit<M, 'status' | 'sequence'> : never) : never;

/** The most bytes to the host in one message: what the firmware's buffer is thought to hold. [SOL §1.4] */
const MAX_PIECE = 256;

/** Number of StartSolRedirectionReply, and where it says how much OEM data it has. [SOL §1.2] */
const START_REPLY = 0x21;
const OEM_LENGTH_AT = 22;

/** How long the firmware may take to open the port. */
const MAX_START_MS = 10_000;

/** Four heartbeats that did not come. */
const MAX_SILENCE_MS = 20_000;

/** What firmware sends behind the start. */
const FROM_FIRMWARE = new Set([0x23, 0x24, 0x25, 0x29, 0x2a, 0x2b]);

/** Whether these bytes begin a message; `undefined` while there are too few to tell. */
function looksLikeMessage(bytes: Uint8Array): boolean | undefined {
  const [number, ...zeros] = bytes.subarray(0, 4);
  if (number === undefined) return undefined;
  if (!FROM_FIRMWARE.has(number) || zeros.some((byte) => byte !== 0)) return false;
  return zeros.length < 3 ? undefined : true;
}
