/** What the console says in a session of storage redirection: numbered without gaps, waiting to be taken. */
import { type DataFrames, framed, type ReplyShape } from './frames.ts';
import { IderAttribute, type IderMessage, iderMessages } from './messages.ts';
import type { Sense } from './scsi.ts';

/** A message without what the outbox adds to it. */
type Unnumbered<M> = M extends IderMessage ? Omit<M, 'status' | 'attributes' | 'sequence'> : never;

/** The messages of one session. */
export class Outbox {
  #chunks: Uint8Array[] = [];
  #sequence = 0;

  send(message: Unnumbered<IderMessage>, attributes = 0): void {
    const header = { status: 0, attributes, sequence: this.#count(1) };
    this.#chunks.push(iderMessages.encode({ ...message, ...header } as IderMessage));
  }

  /** The command of a drive is over, without data or behind what it wrote. [IDER §4.3] */
  end(device: number, { key, asc, ascq }: Sense): void {
    const failed = key !== 0;
    this.send(
      {
        type: 'CommandEndResponse',
        outputMask: failed ? 0x87 : 0xc5,
        outputError: key << 4,
        outputReason: 3,
        outputDevice: device,
        outputStatus: failed ? 0x51 : 0x50,
        senseKey: key,
        asc,
        ascq,
      },
      IderAttribute.completed,
    );
  }

  /** All the data a command asked for, in frames of at most `size` bytes. */
  data(data: Uint8Array, size: number, shape: ReplyShape): void {
    this.#chunks.push(framed(data, size, this.#count(Math.ceil(data.length / size)), shape));
  }

  /** Frames whose data is in its place; not copied, so nobody may change it before it has left. */
  frames(frames: DataFrames, length: number, last: boolean, shape: ReplyShape): void {
    this.#chunks.push(frames.seal(length, this.#count(Math.ceil(length / frames.size)), last, shape));
  }

  /** Asks for bytes that the host writes. [IDER §4.5] */
  ask(device: number, length: number): void {
    this.send({
      type: 'GetDataFromHost',
      length,
      inputMask: 0xb5,
      inputError: 0,
      inputReason: 0,
      inputByteCount: length,
      inputDevice: device,
      inputStatus: 0x58,
    });
  }

  /** Bytes that belong to no numbered message. */
  raw(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  /** Everything was taken. */
  get empty(): boolean {
    return this.#chunks.length === 0;
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    if (chunks.length > 0) this.#chunks = [];
    return chunks;
  }

  /** Numbers for so many messages: the first of them. */
  #count(messages: number): number {
    const first = this.#sequence;
    this.#sequence = (first + messages) >>> 0;
    return first;
  }
}
