/**
 * Storage redirection from the firmware's side: a floppy and a CD that a console lends the PC. Every message counts,
 * from 0; nobody looks at the numbers of consoles. [IDER §1] [IDER §2]
 */
import {
  Enterprise,
  IderAttribute,
  IderDevice,
  type IderFeature,
  type IderMessage,
  type Inbox,
  iderMessages,
  ProtocolError,
} from '@amtkit/core/wire';
import { type Command, CommandChannel } from './ider-commands.ts';
import { Drives } from './ider-drives.ts';
import { nextIder } from './ider-frames.ts';
import { Life } from './ider-life.ts';
import { APART_MS } from './outbox.ts';
import type { RedirectedService, Visit } from './redirected-service.ts';

/** How drives are lent. */
export interface IderOptions {
  /** Milliseconds every command is held back. */
  readonly delayMs: number;
  /** Most bytes one command moves. */
  readonly bytesPerCommand: number;
}

/** Milliseconds a console has to say that it has noticed a reset. */
const RESET_MS = 10_000;
/** Milliseconds until a question about features is taken to be as short as it looks. */
const UNDECIDED_MS = 50;

type Register = Extract<IderMessage, { type: 'DisableEnableFeatures' }>;

type State =
  | { readonly name: 'waiting' }
  | { readonly name: 'open'; readonly life: Life; readonly unwatch: () => void }
  | { readonly name: 'ended' };

/** One session. */
export class IderSession implements RedirectedService {
  readonly #visit: Visit;
  readonly #channel: CommandChannel;
  readonly #drives: Drives;
  #state: State = { name: 'waiting' };
  #sequence = 0;
  /** Whether the PC has the drives, and what becomes of them at its next start. */
  #enabled = false;
  #armed: 'enable' | 'disable' | undefined;
  #forgetReset: (() => void) | undefined;
  #forgetUndecided: (() => void) | undefined;
  #decided = false;

  constructor(visit: Visit, { delayMs, bytesPerCommand }: IderOptions) {
    this.#visit = visit;
    const { firmware, recorder, number } = visit;
    this.#channel = new CommandChannel({
      clock: firmware.clock,
      recorder,
      number,
      patienceSeconds: firmware.quirks.iderCommandSeconds,
      delayMs,
      send: (command) => this.#sendCommand(command),
      sendData: (data) => this.#sendData(data),
      unanswered: () => this.#reset(),
    });
    this.#drives = new Drives({
      visit,
      bytesPerCommand,
      run: (command) => this.#channel.run(command),
      idle: () => !this.#channel.busy && this.#forgetReset === undefined,
    });
  }

  next(inbox: Inbox): boolean {
    const { read } = this.#visit.firmware.quirks.iderBuffers;
    const frame = nextIder(inbox, { mostData: read, decided: this.#decided });
    if (frame === 'undecided') {
      this.#forgetUndecided ??= this.#visit.firmware.clock.after(UNDECIDED_MS, () => {
        this.#decided = true;
        this.#visit.again();
      });
    }
    if (frame === undefined || frame === 'undecided') return false;
    this.#forgetUndecided?.();
    this.#forgetUndecided = undefined;
    this.#decided = false;
    this.#visit.recorder.addMessage(this.#visit.number, 'ider', frame.message);
    if (this.#state.name === 'open') this.#state.life.heard();
    this.#handle(frame.message, frame.data);
    return true;
  }

  end(): Promise<void> {
    if (this.#state.name === 'open') {
      this.#state.life.stop();
      this.#state.unwatch();
    }
    this.#state = { name: 'ended' };
    this.#forgetReset?.();
    this.#forgetUndecided?.();
    this.#channel.end();
    return this.#drives.end();
  }

  /** @throws ProtocolError */
  #handle(message: IderMessage, data: Uint8Array): void {
    const state = this.#state;
    if (state.name === 'ended') return;
    if (state.name === 'waiting' && message.type === 'OpenSession') {
      this.#open(message);
      return;
    }
    if (state.name === 'open') {
      switch (message.type) {
        case 'DisableEnableFeatures':
          this.#features(message);
          return;
        case 'IderDataToHost':
          this.#answered();
          this.#channel.take(data, (message.attributes & IderAttribute.completed) !== 0);
          return;
        case 'CommandEndResponse': {
          this.#answered();
          const failed = (message.outputStatus & 1) !== 0;
          this.#channel.finish(failed ? [message.senseKey, message.asc, message.ascq] : undefined);
          return;
        }
        case 'GetDataFromHost':
          this.#answered();
          this.#channel.give(message.length, this.#visit.firmware.quirks.iderBuffers.write);
          return;
        case 'ResetOccurredResponse':
          this.#resetDone();
          return;
        case 'IderKeepAlivePing':
          if (!state.life.isEcho(message.sequence)) this.#send({ type: 'IderKeepAlivePong', ...this.#header() });
          return;
        case 'IderKeepAlivePong':
        case 'IderHeartbeat':
          return;
        case 'CloseSession':
          this.#send({ type: 'CloseSessionReply', ...this.#header() });
          this.#visit.leave();
          return;
      }
    }
    throw new ProtocolError(`A console sent ${message.type} while its drive session was ${state.name}.`);
  }

  #open(terms: Extract<IderMessage, { type: 'OpenSession' }>): void {
    const { firmware } = this.#visit;
    this.#visit.opened();
    const [firmwareMajor = 0, firmwareMinor = 0] = firmware.profile.version.split('.').map(Number);
    const { read, write } = firmware.quirks.iderBuffers;
    this.#send(
      {
        type: 'OpenSessionReply',
        ...this.#header(),
        protocolMajor: 1,
        protocolMinor: 0,
        firmwareMajor,
        firmwareMinor,
        readBuffer: read,
        writeBuffer: write,
        features: 0,
        enterprise: Enterprise.Intel,
        oem: new Uint8Array(0),
      },
      APART_MS,
    );
    const life = new Life({
      clock: firmware.clock,
      rxTimeoutMs: terms.rxTimeoutMs,
      heartbeatMs: terms.heartbeatMs,
      sendHeartbeat: () => this.#send({ type: 'IderHeartbeat', ...this.#header() }),
      sendPing: () => this.#ping(),
      gone: () => this.#visit.cut(),
    });
    this.#state = { name: 'open', life, unwatch: this.#watchStarts() };
  }

  #ping(): number {
    const header = this.#header();
    this.#send({ type: 'IderKeepAlivePing', ...header });
    return header.sequence;
  }

  /** A start of the PC resets the bus, and is the moment for drives that were to come or go with it. */
  #watchStarts(): () => void {
    let { starts } = this.#visit.firmware.state;
    return this.#visit.firmware.watch(({ state }) => {
      if (state.starts === starts) return;
      starts = state.starts;
      this.#reset();
      const armed = this.#armed;
      this.#armed = undefined;
      if (armed !== undefined) this.#enable(armed === 'enable');
    });
  }

  #reset(): void {
    if (this.#state.name !== 'open') return;
    this.#channel.hold();
    if (this.#forgetReset !== undefined) return;
    this.#send({ type: 'ResetOccurred', ...this.#header(), mask: 1 }, APART_MS);
    this.#forgetReset = this.#visit.firmware.clock.after(RESET_MS, () => this.#visit.cut());
  }

  #resetDone(): void {
    if (this.#forgetReset === undefined) return;
    this.#forgetReset();
    this.#forgetReset = undefined;
    this.#visit.outbox.answered();
    this.#channel.resume();
  }

  #features({ feature, value }: Register): void {
    switch (feature) {
      case 'Supported':
        this.#tellFeature(feature, 1);
        return;
      case 'State':
        this.#tellFeature(feature, this.#enabled ? 3 : 1);
        return;
      case 'SetState':
        this.#setState(value);
        return;
      default:
        throw new ProtocolError(`A console asked for feature ${feature} of the drives; there are 1, 2 and 3.`);
    }
  }

  /** Bit 0: whether, bits 3 and 4: when. Whether they can be taken away in the same three ways is UNCERTAIN. */
  #setState(value: number): void {
    const enable = (value & 1) !== 0;
    const when = (value >> 3) & 3;
    const rejected = (when === Timing.graceful && this.#channel.busy) || (when === Timing.none && enable);
    this.#tellFeature('SetState', rejected ? 0 : 1);
    if (rejected) return;
    if (when === Timing.onreboot) {
      this.#armed = enable ? 'enable' : 'disable';
      if (enable && !this.#enabled) this.#drives.probe();
      return;
    }
    this.#armed = undefined;
    this.#enable(enable);
  }

  #enable(enable: boolean): void {
    this.#enabled = enable;
    if (enable) this.#drives.appear();
    else void this.#drives.vanish();
  }

  #tellFeature(feature: keyof typeof IderFeature, value: number): void {
    this.#send({ type: 'DisableEnableFeaturesReply', ...this.#header(), feature, value }, APART_MS);
  }

  /** A reply to a command: the console has read all before it. */
  #answered(): void {
    if (this.#forgetReset === undefined) this.#visit.outbox.answered();
  }

  #sendCommand({ unit, cdb }: Command): void {
    const { iderDma } = this.#visit.firmware.quirks;
    const registers = { feature: iderDma ? 1 : 0, byteCount: 0xfffe, device: IderDevice[unit], ataCommand: PACKET };
    this.#send({ type: 'CommandWritten', ...this.#header(), ...registers, cdb }, APART_MS);
  }

  #sendData(data: Uint8Array): void {
    const head = iderMessages.encode({ type: 'IderDataFromHost', ...this.#header(), length: data.length });
    const frame = new Uint8Array(head.length + data.length);
    frame.set(head);
    frame.set(data, head.length);
    void this.#visit.outbox.send(frame);
  }

  #header(): { status: number; attributes: number; sequence: number } {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    return { status: 0, attributes: 0, sequence };
  }

  #send(message: IderMessage, quietMs = 0): void {
    void this.#visit.outbox.send(iderMessages.encode(message), quietMs);
  }
}

const Timing = { none: 0, onreboot: 1, graceful: 2 } as const;

/** The only ATA command there is, as amtider checks. [IDER §3] */
const PACKET = 0xa0;
