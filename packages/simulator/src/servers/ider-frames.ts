/** Finds the messages of consoles in a stream of bytes: data behind their headers, and one message of unsure length. */
import { IderFeature, type IderMessage, type Inbox, iderMessages, ProtocolError, Reader } from '@amtkit/core/wire';

/** A message and the data behind it. */
export interface IderFrame {
  readonly message: IderMessage;
  readonly data: Uint8Array;
}

/** What a reader has to know. */
export interface FrameOptions {
  /** Most data behind one header. */
  readonly mostData: number;
  /** Whether a question about features that may still grow is taken to be complete. */
  readonly decided: boolean;
}

const DATA_TO_HOST = 0x54;
const FEATURES = 0x48;
/** Bytes of a question about features without and with its value, and of the header that tells the end of another. */
const SHORT = 9;
const LONG = 13;
const PEEK = 4;
const DATA_HEADER = 34;

/** The next message; `undecided` where only time or another byte can tell how long it is. @throws ProtocolError */
export function nextIder(inbox: Inbox, options: FrameOptions): IderFrame | 'undecided' | undefined {
  const type = inbox.peek()[0];
  if (type === DATA_TO_HOST) return nextData(inbox, options.mostData);
  if (type === FEATURES) return nextFeatures(inbox, options.decided);
  const message = inbox.next((reader) => iderMessages.decode(reader));
  return message && { message, data: NOTHING };
}

function nextData(inbox: Inbox, mostData: number): IderFrame | undefined {
  const bytes = inbox.peek();
  if (bytes.length < DATA_HEADER) return undefined;
  const length = (bytes[9] as number) | ((bytes[10] as number) << 8);
  if (length > mostData) {
    throw new ProtocolError(`A console sent ${length} bytes for the host in one message; the limit is ${mostData}.`);
  }
  if (bytes.length < DATA_HEADER + length) return undefined;
  const message = inbox.next((reader) => iderMessages.decode(reader));
  const data = inbox.take(length);
  return message && data && { message, data };
}

/** Consoles leave the value out of the two questions, or do not; what follows tells. [IDER §2.3] */
function nextFeatures(inbox: Inbox, decided: boolean): IderFrame | 'undecided' | undefined {
  const bytes = inbox.peek();
  if (bytes.length < SHORT) return undefined;
  const asks = bytes[8] === IderFeature.Supported || bytes[8] === IderFeature.State;
  const long = !asks || (bytes.length >= SHORT + PEEK && !beginsMessage(bytes.subarray(SHORT)));
  if (long) {
    const message = inbox.next((reader) => iderMessages.decode(reader));
    return message && { message, data: NOTHING };
  }
  if (bytes.length < SHORT + PEEK && !decided) return 'undecided';
  const whole = new Uint8Array(LONG);
  whole.set(inbox.take(SHORT) as Uint8Array);
  const message = iderMessages.decode(new Reader(whole));
  return message && { message, data: NOTHING };
}

/** Whether a header of a console's message may begin here. */
function beginsMessage(bytes: Uint8Array): boolean {
  const [type = 0, first, second] = bytes;
  return type >= 0x40 && type <= DATA_TO_HOST && first === 0 && second === 0;
}

const NOTHING = new Uint8Array(0);
