/** A stream that tells what passes through it, message by message where a codec is given. */
import { hexDump } from '../bytes/hex.ts';
import { Inbox } from '../bytes/inbox.ts';
import { describe } from '../bytes/layout.ts';
import type { Reader } from '../bytes/reader.ts';
import type { ByteStream } from './stream.ts';

/** Reads one message, or `undefined` while it is not whole: the `decode` of a codec, or one that follows a session. */
export type TraceDecoder = (reader: Reader) => object | undefined;

/** What a trace prints beside sizes. */
export interface TraceOptions {
  /** Reads what this side writes. */
  readonly sent?: TraceDecoder;
  /** Reads what the peer writes. */
  readonly received?: TraceDecoder;
  /** Print every byte in hex. This shows passwords and answers to log-ins; messages never do. @default false */
  readonly dump?: boolean;
}

/**
 * The same stream, with a line for everything that passes: `>` for sent, `<` for received.
 * What a decoder cannot read is said once and then counted in bytes; the stream itself is never disturbed.
 */
export function trace(stream: ByteStream, print: (line: string) => void, options: TraceOptions = {}): ByteStream {
  const sent = watcher('>', options.sent, options.dump ?? false, print);
  const received = watcher('<', options.received, options.dump ?? false, print);
  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of stream) {
        received(chunk);
        yield chunk;
      }
      print('< end');
    } catch (error) {
      print(`< lost: ${(error as Error).message}`);
      throw error;
    }
  }
  async function close(): Promise<void> {
    print('> close');
    await stream.close();
  }
  return {
    ...(stream.remoteAddress !== undefined && { remoteAddress: stream.remoteAddress }),
    ...(stream.certificate !== undefined && { certificate: stream.certificate }),
    write(bytes) {
      sent(bytes);
      return stream.write(bytes);
    },
    get unsent() {
      return stream.unsent;
    },
    end() {
      print('> end');
      return stream.end();
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: read,
  };
}

function watcher(
  arrow: string,
  decode: TraceDecoder | undefined,
  dump: boolean,
  print: (line: string) => void,
): (chunk: Uint8Array) => void {
  const inbox = new Inbox();
  let readable = decode;
  return (chunk) => {
    if (readable === undefined || dump) print(`${arrow} ${chunk.length} bytes`);
    if (dump) print(hexDump(chunk));
    if (readable === undefined) return;
    try {
      inbox.push(chunk.slice());
      for (let message = inbox.next(readable); message; message = inbox.next(readable)) {
        print(`${arrow} ${describe(message)}`);
      }
    } catch {
      // The reader of the stream meets the same bytes and says what is wrong with them.
      print(`${arrow} ${chunk.length} bytes that cannot be read; from here on only their number is shown`);
      readable = undefined;
    }
  };
}
