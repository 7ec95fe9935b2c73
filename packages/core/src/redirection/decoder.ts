/** What is said on a redirection connection, message by message: for traces. */
import type { Reader } from '../bytes/reader.ts';
import type { TraceDecoder } from '../transport/trace.ts';
import { type IderMessage, iderMessages } from './ider/messages.ts';
import { decodeCommand } from './ider/scsi.ts';
import { type RedirectionService, sessionMessages } from './session/messages.ts';
import { solMessages } from './sol/messages.ts';

/** Numbers below this belong to the session, those from it on to its service. */
const FIRST_OF_SERVICES = 0x20;

/** Reads one direction of a connection for `service`, the log-in first. Each direction needs one of its own. */
export function redirectionDecoder(service: keyof typeof RedirectionService): TraceDecoder {
  let raw = false;
  return (reader) => {
    const number = reader.bytes[reader.offset] ?? 0;
    if (!raw && number < FIRST_OF_SERVICES) return sessionMessages.decode(reader);
    if (service === 'sol') return solMessages.decode(reader);
    if (service === 'ider') return withData(reader);
    // What follows the opening of a screen is another protocol, whose numbers mean something else.
    raw = true;
    return { type: 'Bytes', data: reader.take(reader.remaining) };
  };
}

/** Messages of storage redirection, those that announce data with it. */
function withData(reader: Reader): object | undefined {
  const start = reader.offset;
  const message = iderMessages.decode(reader);
  if (message?.type === 'CommandWritten') return commandIn(message);
  if (message?.type !== 'IderDataToHost' && message?.type !== 'IderDataFromHost') return message;
  const data = reader.take(message.length);
  if (data !== undefined) return { ...message, data };
  reader.offset = start;
  return undefined;
}

/** A command of the host by its name, with what it asks for. */
function commandIn({ type, sequence, feature, device, cdb }: Extract<IderMessage, { type: 'CommandWritten' }>): object {
  const { name, ...asked } = decodeCommand(cdb);
  const unit = (device & 0x10) === 0 ? 'floppy' : 'cd';
  return { type, sequence, unit, dma: (feature & 1) !== 0, command: name, ...asked };
}
