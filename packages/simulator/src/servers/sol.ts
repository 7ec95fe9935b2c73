/**
 * Serial-over-LAN from the firmware's side: the PC's serial port on one end, a console on the other. [SOL §1]
 * Messages count from 1; nobody looks at the numbers of consoles.
 */
import {
  Enterprise,
  type Inbox,
  ProtocolError,
  SolControl,
  type SolMessage,
  SolState,
  solMessages,
} from '@amtkit/core/wire';
import type { SerialLine } from '../hardware/serial-line.ts';
import { APART_MS } from './outbox.ts';
import type { RedirectedService, Visit } from './redirected-service.ts';
import { Silence } from './silence.ts';
import { SolInput } from './sol-input.ts';
import { SolOutput } from './sol-output.ts';

/** Bytes the reply announces as receive buffer. [SOL §1.2] UNCERTAIN. */
const RECEIVE_BUFFER = 256;
/** Most bytes in one message to the console, whatever it allows. */
const MOST_DATA = 8192;
/** Milliseconds a partly filled buffer waits where the console asked for full ones only, which nobody could use. */
const DEFAULT_TX_TIMEOUT_MS = 100;
/** Milliseconds a console has to close after it ended the session. */
const GOODBYE_MS = 2000;

type Start = Extract<SolMessage, { type: 'StartSolRedirection' }>;

type State =
  | { readonly name: 'waiting' }
  | { readonly name: 'open'; readonly input: SolInput; readonly stop: () => void }
  | { readonly name: 'ended' };

/** One session. */
export class SolSession implements RedirectedService {
  readonly #visit: Visit;
  readonly #serial: SerialLine;
  #state: State = { name: 'waiting' };
  #sequence = 0;
  /** Bits that stay set until the console clears them. */
  #latched = 0;
  #silence: Silence | undefined;

  constructor(visit: Visit, serial: SerialLine) {
    this.#visit = visit;
    this.#serial = serial;
  }

  next(inbox: Inbox): boolean | Promise<boolean> {
    const message = inbox.next((reader) => solMessages.decode(reader));
    if (message === undefined) return false;
    this.#visit.recorder.addMessage(this.#visit.number, 'sol', message);
    this.#silence?.heard();
    const busy = this.#handle(message);
    return busy === undefined ? true : busy.then(() => true);
  }

  end(): void {
    if (this.#state.name === 'open') this.#state.stop();
    this.#state = { name: 'ended' };
    this.#silence?.stop();
  }

  /** What a message does; a promise where it has to wait for the PC. @throws ProtocolError */
  #handle(message: SolMessage): Promise<void> | undefined {
    const state = this.#state;
    // After its farewell a console may still send what it had in hand.
    if (state.name === 'ended') return undefined;
    if (state.name === 'waiting' && message.type === 'StartSolRedirection') {
      this.#start(message);
      return undefined;
    }
    if (state.name === 'open') {
      switch (message.type) {
        case 'SolDataToHost':
          return state.input.put(message.data);
        case 'SolControlsToHost':
          this.#latched &= ~message.clearState;
          return undefined;
        case 'SolKeepAlivePing':
          this.#send({ type: 'SolKeepAlivePong', status: 0, sequence: this.#next() });
          return undefined;
        case 'SolHeartbeat':
        case 'SolKeepAlivePong':
          return undefined;
        case 'EndSolRedirection':
          this.#send({ type: 'EndSolRedirectionReply', status: 0, sequence: this.#next() });
          this.end();
          this.#visit.firmware.clock.after(GOODBYE_MS, () => this.#visit.leave());
          return undefined;
      }
    }
    throw new ProtocolError(`A console sent ${message.type} while its serial session was ${state.name}.`);
  }

  #start(terms: Start): void {
    const { firmware, outbox } = this.#visit;
    this.#visit.opened();
    const [firmwareMajor = 0, firmwareMinor = 0] = firmware.profile.version.split('.').map(Number);
    const version = { protocolMajor: 1, protocolMinor: 0, firmwareMajor, firmwareMinor };
    const reply = { ...version, status: 0, receiveBuffer: RECEIVE_BUFFER, enterprise: Enterprise.Intel };
    this.#send({ type: 'StartSolRedirectionReply', sequence: this.#next(), ...reply }, APART_MS);
    this.#tellControls();
    const output = new SolOutput({
      clock: firmware.clock,
      size: Math.min(terms.maxTxBuffer || MOST_DATA, MOST_DATA),
      timeoutMs: terms.txTimeoutMs || DEFAULT_TX_TIMEOUT_MS,
      overflowMs: terms.txOverflowTimeoutMs,
      send: (data) =>
        outbox.send(solMessages.encode({ type: 'SolDataFromHost', status: 0, sequence: this.#next(), data })),
      overflowed: () => this.#latch(SolState.txOverflow),
    });
    const input = new SolInput({
      clock: firmware.clock,
      flushMs: terms.rxFlushTimeoutMs,
      write: (bytes) => this.#serial.write(bytes),
      flushed: () => this.#latch(SolState.rxFlushTimeout),
      overflowed: () => this.#visit.cut(),
    });
    const parts = [
      this.#serial.listen((bytes) => output.take(bytes)),
      () => output.stop(),
      () => input.stop(),
      this.#beat(terms.heartbeatMs),
      this.#watchPower(),
    ];
    this.#state = { name: 'open', input, stop: () => parts.forEach((stop) => void stop()) };
    if (terms.rxTimeoutMs > 0) {
      this.#silence = new Silence(firmware.clock, terms.rxTimeoutMs, () => this.#visit.cut());
    }
  }

  /** Heartbeats as often as the console asked for them. */
  #beat(everyMs: number): () => void {
    if (everyMs === 0) return () => {};
    const { clock } = this.#visit.firmware;
    const beat = () => {
      this.#send({ type: 'SolHeartbeat', status: 0, sequence: this.#next() });
      forget = clock.after(everyMs, beat);
    };
    let forget = clock.after(everyMs, beat);
    return () => forget();
  }

  /** Power and start of the PC are told as they change. */
  #watchPower(): () => void {
    let { power, starts } = this.#visit.firmware.state;
    return this.#visit.firmware.watch(({ state }) => {
      if (state.power === power && state.starts === starts) return;
      ({ power, starts } = state);
      this.#tellControls();
    });
  }

  #latch(bit: number): void {
    this.#latched |= bit;
    this.#tellControls();
  }

  #tellControls(): void {
    const { firmware } = this.#visit;
    if (!firmware.quirks.solControls) return;
    const on = firmware.state.power === 'on' ? SolState.systemPower : 0;
    const control = SolControl.RTS | SolControl.DTR;
    const values = { status: 0, sequence: this.#next(), control, state: on | this.#latched };
    this.#send({ type: 'SolControlsFromHost', ...values }, APART_MS);
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  #send(message: SolMessage, quietMs = 0): void {
    void this.#visit.outbox.send(solMessages.encode(message), quietMs);
  }
}
