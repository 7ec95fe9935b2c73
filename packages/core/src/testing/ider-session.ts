/** A session of storage redirection whose transfers a test carries out itself, step by step: for tests of the engine. */
import { fromHex } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';
import type { IderEvent, IderTransfer } from '../redirection/ider/events.ts';
import { IderClient, type IderOptions } from '../redirection/ider/ider.ts';
import { iderMessages } from '../redirection/ider/messages.ts';
import { hex } from './recording.ts';

/** A session that was opened, and what a test needs to talk to it. */
export class IderSession {
  readonly client: IderClient;
  #sequence = 2;

  constructor(
    media: IderOptions['media'],
    { readBuffer = 8192, writeBuffer = 8192, sent = (): boolean => false } = {},
  ) {
    this.client = new IderClient({ media, start: 'now', sent });
    this.client.receive(hex`41 00 00 00 00 00 00 00 01 00 0C 00 00 00 00 00 ${le16(readBuffer)} ${le16(writeBuffer)} 00
      00 00 00 00 57 01 00 00 00`);
    this.client.receive(hex`49 00 00 00 01 00 00 00 03 01 00 00 00`);
    this.said();
  }

  /** The host sends a command block; what that leads to. */
  command(unit: 'cd' | 'floppy', cdb: string, { dma = true, byteCount = 0xfffe } = {}): IderEvent[] {
    const block = new Uint8Array(12);
    block.set(fromHex(cdb));
    return this.client.receive(hex`50 00 00 00 ${this.#next()} 00 00 00 00 ${dma ? 1 : 0} 00 00 ${le16(byteCount)}
      ${unit === 'cd' ? 0xb0 : 0xa0} A0 ${block}`);
  }

  /** The transfer that a command leads to. */
  transfer(...args: Parameters<IderSession['command']>): IderTransfer {
    return transferIn(this.command(...args));
  }

  /** The host sends some of what it writes. */
  data(bytes: Uint8Array): IderEvent[] {
    return this.client.receive(hex`53 00 00 00 ${this.#next()} 00 00 00 00 ${le16(bytes.length)} 00 00 00 ${bytes}`);
  }

  reset(): IderEvent[] {
    return this.client.receive(hex`46 00 00 00 ${this.#next()} 00 00 00 01`);
  }

  /** What was said since the last time, message by message, each on a line; data is given as its length. */
  said(): string[] {
    const reader = new Reader(Uint8Array.from(this.client.takeOutgoing().flatMap((chunk) => [...chunk])));
    const lines: string[] = [];
    while (reader.remaining > 0) {
      const message = iderMessages.decode(reader);
      if (message === undefined) throw new Error('Half a message was said.');
      const { sequence } = message;
      if (message.type === 'IderDataToHost') {
        reader.take(message.length);
        const last = (message.attributes & 2) !== 0 ? ' last' : '';
        lines.push(`${sequence} data ${message.inputDevice === 0xb0 ? 'cd' : 'floppy'} ${message.length}${last}`);
      } else if (message.type === 'CommandEndResponse') {
        const unit = message.outputDevice === 0xb0 ? 'cd' : 'floppy';
        const sense = [message.senseKey, message.asc, message.ascq].map((code) => code.toString(16)).join('/');
        lines.push(`${sequence} end ${unit} ${sense}`);
      } else if (message.type === 'GetDataFromHost') {
        lines.push(`${sequence} ask ${message.length}`);
      } else {
        lines.push(`${sequence} ${message.type}`);
      }
    }
    return lines;
  }

  #next(): number {
    return this.#sequence++;
  }
}

export function transferIn(events: readonly IderEvent[]): IderTransfer {
  const [event] = events;
  if (events.length !== 1 || event?.type !== 'transfer') throw new Error(`No transfer: ${JSON.stringify(events)}`);
  return event.transfer;
}

function le16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}
