/**
 * The firmware's half of storage redirection, with a host that asks what a test wants: for tests of who lends drives.
 * It counts what it hears: a number left out, or a frame that makes no sense, fails the test.
 */
import { Inbox } from '../bytes/inbox.ts';
import { type IderMessage, iderMessages } from '../redirection/ider/messages.ts';
import type { ByteStream } from '../transport/stream.ts';

/** What the firmware says of itself. */
export interface IderFirmwareOptions {
  readonly readBuffer?: number;
  readonly writeBuffer?: number;
  /** Status of the answer to the opening; 0: fine. */
  readonly status?: number;
  /** What it says to the wish to show the drives; 1: done. `undefined`: nothing. */
  readonly shown?: number | undefined;
}

/** How a command is sent, and what the host writes with it. */
export interface CommandOptions {
  readonly dma?: boolean;
  readonly byteCount?: number;
  readonly data?: Uint8Array;
}

/** What a command came to. */
export interface CommandOutcome {
  /** Sense key, additional code, qualifier, as hex digits: `5/21/0`. Empty: it went well. */
  readonly sense: string;
  readonly data: Uint8Array;
  /** Bytes of each frame. */
  readonly frames: readonly number[];
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** The drives as the device register names them. */
const DEVICE = { cd: 0xb0, floppy: 0xa0 } as const;

/** One session. */
export class IderFirmware {
  readonly #stream: ByteStream;
  readonly #options: IderFirmwareOptions;
  readonly #inbox = new Inbox();
  #sequence = 0;
  #heardSequence = 0;
  #closed = false;
  /** Messages that nobody waited for, by what they are. */
  readonly heard: IderMessage['type'][] = [];
  readonly #waiting = new Map<string, (outcome: CommandOutcome) => void>();
  readonly #frames = { cd: [] as Uint8Array[], floppy: [] as Uint8Array[] };
  #toWrite: Uint8Array = new Uint8Array(0);
  #watch: { type: IderMessage['type']; resolve: () => void }[] = [];
  /** Ends with the connection; fails where the console broke a rule. */
  readonly running: Promise<void>;

  constructor(stream: ByteStream, options: IderFirmwareOptions = {}) {
    this.#stream = stream;
    this.#options = { shown: 1, ...options };
    this.running = this.#run();
    this.running.catch(() => {});
  }

  /** The host sends a command block and waits for its end. */
  command(
    unit: 'cd' | 'floppy',
    cdb: readonly number[],
    { dma = true, byteCount = 0xfffe, data = NOTHING }: CommandOptions = {},
  ): Promise<CommandOutcome> {
    this.#toWrite = data;
    const outcome = new Promise<CommandOutcome>((resolve) => this.#waiting.set(unit, resolve));
    this.say({
      type: 'CommandWritten',
      feature: dma ? 1 : 0,
      byteCount,
      device: DEVICE[unit],
      ataCommand: 0xa0,
      cdb: Uint8Array.from({ length: 12 }, (_, i) => cdb[i] ?? 0),
    });
    return outcome;
  }

  /** READ(10). */
  read(unit: 'cd' | 'floppy', lba: number, blocks: number, options?: CommandOptions) {
    const address = [24, 16, 8, 0].map((bits) => (lba >>> bits) & 0xff);
    return this.command(unit, [0x28, 0, ...address, 0, blocks >> 8, blocks & 0xff], options);
  }

  /** WRITE(10). */
  write(unit: 'cd' | 'floppy', lba: number, data: Uint8Array) {
    const blocks = data.length / 512;
    return this.command(unit, [0x2a, 0, 0, 0, lba >> 8, lba & 0xff, 0, blocks >> 8, blocks & 0xff], { data });
  }

  /** The host resets its bus; what it waited for is forgotten. Resolves with the console's answer. */
  async reset(): Promise<void> {
    const answered = this.next('ResetOccurredResponse');
    this.say({ type: 'ResetOccurred', mask: 1 });
    await answered;
    this.#waiting.clear();
    this.#frames.cd.length = 0;
    this.#frames.floppy.length = 0;
  }

  /** Resolves when the console says this. */
  next(type: IderMessage['type']): Promise<void> {
    return new Promise((resolve) => this.#watch.push({ type, resolve }));
  }

  /** Says something, numbered. */
  say(message: Unnumbered<IderMessage>, bytes: Uint8Array = new Uint8Array(0)): void {
    const header = { status: 0, attributes: 0, sequence: this.#sequence++ };
    const encoded = iderMessages.encode({ ...message, ...header } as IderMessage);
    // Whoever waits for an answer notices that it could not be said.
    this.#stream.write(Uint8Array.of(...encoded, ...bytes)).catch(() => {});
  }

  async #run(): Promise<void> {
    for await (const chunk of this.#stream) {
      this.#inbox.push(chunk);
      while (!this.#closed && this.#take());
      if (this.#closed) break;
    }
  }

  /** False when no whole message is there. */
  #take(): boolean {
    const whole = new Inbox();
    whole.push(this.#inbox.peek());
    const message = whole.next(iderMessages.decode);
    if (message === undefined) return false;
    const header = this.#inbox.length - whole.length;
    const length = message.type === 'IderDataToHost' ? message.length : 0;
    if (this.#inbox.length < header + length) return false;
    this.#inbox.take(header);
    const data = this.#inbox.take(length) as Uint8Array;
    if (message.sequence !== this.#heardSequence++) {
      throw new Error(`${message.type} has the number ${message.sequence} where ${this.#heardSequence - 1} belongs.`);
    }
    this.heard.push(message.type);
    this.#answer(message, data);
    for (const watch of this.#watch.filter(({ type }) => type === message.type)) watch.resolve();
    this.#watch = this.#watch.filter(({ type }) => type !== message.type);
    return true;
  }

  #answer(message: IderMessage, data: Uint8Array): void {
    const { readBuffer = 8192, writeBuffer = 8192, status = 0, shown } = this.#options;
    switch (message.type) {
      case 'OpenSession': {
        const reply = iderMessages.encode({
          type: 'OpenSessionReply',
          status,
          attributes: 0,
          sequence: this.#sequence++,
          protocolMajor: 1,
          protocolMinor: 0,
          firmwareMajor: 16,
          firmwareMinor: 1,
          readBuffer,
          writeBuffer,
          features: 0,
          enterprise: 343,
          oem: new Uint8Array(0),
        });
        this.#stream.write(reply).catch(() => {});
        break;
      }
      case 'DisableEnableFeatures':
        if (shown !== undefined) this.say({ type: 'DisableEnableFeaturesReply', feature: 'SetState', value: shown });
        break;
      case 'IderDataToHost':
        this.#collect(message, data);
        break;
      case 'CommandEndResponse': {
        const { senseKey, asc, ascq } = message;
        const failed = (message.outputStatus & 1) !== 0;
        const sense = [senseKey, asc, ascq].map((code) => code.toString(16)).join('/');
        this.#over(unitOf(message.outputDevice), failed ? sense : '');
        break;
      }
      case 'GetDataFromHost': {
        const part = this.#toWrite.subarray(0, message.length);
        this.#toWrite = this.#toWrite.subarray(part.length);
        this.say({ type: 'IderDataFromHost', length: part.length }, part);
        break;
      }
      case 'CloseSession':
        this.say({ type: 'CloseSessionReply' });
        this.#closed = true;
        break;
    }
  }

  #collect(message: Extract<IderMessage, { type: 'IderDataToHost' }>, data: Uint8Array): void {
    const unit = unitOf(message.inputDevice);
    this.#frames[unit].push(data.slice());
    if ((message.attributes & 2) !== 0) this.#over(unit, '');
  }

  #over(unit: 'cd' | 'floppy', sense: string): void {
    const frames = this.#frames[unit].splice(0);
    const data = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
    let at = 0;
    for (const frame of frames) {
      data.set(frame, at);
      at += frame.length;
    }
    const resolve = this.#waiting.get(unit);
    this.#waiting.delete(unit);
    resolve?.({ sense, data, frames: frames.map((frame) => frame.length) });
  }
}

/** A message without what every one of them has. */
type Unnumbered<M> = M extends IderMessage ? Omit<M, 'status' | 'attributes' | 'sequence'> : never;

function unitOf(device: number): 'cd' | 'floppy' {
  return (device & 0x10) === 0 ? 'floppy' : 'cd';
}
