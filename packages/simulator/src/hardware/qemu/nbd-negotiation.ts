/** How a client and the block server agree on an export: options and replies until one is chosen. [NBD: doc/proto.md] */
import type { ByteStream } from '@amtkit/core/streams';
import { ProtocolError } from '@amtkit/core/wire';
import type { RedirectedMedium } from '../hardware.ts';
import { ascii, bytes, type Incoming, LONGEST_OPTION, LONGEST_REQUEST, sizeOf, u16, u32, u64 } from './nbd-bytes.ts';

/** What is offered by a name. */
export type NbdExports = (name: string) => RedirectedMedium | undefined;

/** Numbers of options. */
const Option = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;
/** Numbers of replies to an option; errors have the top bit. */
const OptionReply = { ack: 1, info: 3, unsupported: 0x8000_0001, invalid: 0x8000_0003, unknown: 0x8000_0006 } as const;
/** Flags of an export. */
const ExportFlag = { hasFlags: 1, readOnly: 2, flush: 4, trim: 32, manyConnections: 256 } as const;

const OPTION_MAGIC = 0x4948_4156_454f_5054n;
const REPLY_MAGIC = 0x0003_e889_0455_65a9n;

/** Bit 0 of the handshake flags: fixed newstyle. Bit 1: no 124 zeros after an export name. */
const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;

/** Information of an export: its size and flags, and the blocks it likes. */
const INFO_EXPORT = 0;
const INFO_BLOCK_SIZE = 3;

/** Haggles until one export is chosen; `undefined` when the client leaves. */
export async function negotiate(
  stream: ByteStream,
  incoming: Incoming,
  exports: NbdExports,
): Promise<RedirectedMedium | undefined> {
  await stream.write(bytes([ascii('NBDMAGIC'), u64(OPTION_MAGIC), u16(FIXED_NEWSTYLE | NO_ZEROES)]));
  const clientFlags = (await incoming.take(4)).getUint32(0);
  if ((clientFlags & ~(FIXED_NEWSTYLE | NO_ZEROES)) !== 0) {
    throw new ProtocolError(`The client wants what was not offered: flags ${clientFlags}.`);
  }
  for (;;) {
    const header = await incoming.takeIfAny(16);
    if (header === undefined) return undefined;
    if (header.getBigUint64(0) !== OPTION_MAGIC) throw new ProtocolError('That is no option.');
    const option = header.getUint32(8);
    const length = header.getUint32(12);
    if (length > LONGEST_OPTION) throw new ProtocolError(`An option of ${length} bytes is too long.`);
    const data = await incoming.take(length);
    const reply = (type: number, payload: readonly Uint8Array[] = []) =>
      stream.write(optionReply(option, type, payload));
    switch (option) {
      case Option.exportName: {
        // The one option that cannot be refused but by leaving.
        const medium = exports(textOf(data));
        if (medium === undefined) return undefined;
        const zeros = (clientFlags & NO_ZEROES) !== 0 ? 0 : 124;
        await stream.write(bytes([u64(sizeOf(medium)), u16(flagsOf(medium)), new Uint8Array(zeros)]));
        return medium;
      }
      case Option.abort:
        await reply(OptionReply.ack);
        return undefined;
      case Option.list:
        await reply(OptionReply.ack);
        break;
      case Option.info:
      case Option.go: {
        const name = nameOf(data);
        if (name === undefined) {
          await reply(OptionReply.invalid);
          break;
        }
        const medium = exports(name);
        if (medium === undefined) {
          await reply(OptionReply.unknown, [ascii('Nothing is offered by that name.')]);
          break;
        }
        await reply(OptionReply.info, [u16(INFO_EXPORT), u64(sizeOf(medium)), u16(flagsOf(medium))]);
        await reply(OptionReply.info, [
          u16(INFO_BLOCK_SIZE),
          u32(medium.blockLength),
          u32(Math.max(medium.blockLength, 4096)),
          u32(LONGEST_REQUEST),
        ]);
        await reply(OptionReply.ack);
        if (option === Option.go) return medium;
        break;
      }
      default:
        await reply(OptionReply.unsupported);
    }
  }
}

/** A medium that nobody writes looks the same on every connection. */
function flagsOf({ writable }: RedirectedMedium): number {
  const { hasFlags, readOnly, flush, trim, manyConnections } = ExportFlag;
  return hasFlags | flush | (writable ? trim : readOnly | manyConnections);
}

/** The name inside an INFO or GO; `undefined` where the lengths do not agree. */
function nameOf(data: DataView): string | undefined {
  if (data.byteLength < 6) return undefined;
  const length = data.getUint32(0);
  if (length > data.byteLength - 6) return undefined;
  const wanted = data.getUint16(4 + length);
  if (data.byteLength !== 6 + length + 2 * wanted) return undefined;
  return textOf(new DataView(data.buffer, data.byteOffset + 4, length));
}

function optionReply(option: number, type: number, payload: readonly Uint8Array[]): Uint8Array {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  return bytes([u64(REPLY_MAGIC), u32(option), u32(type), u32(length), ...payload]);
}

function textOf(view: DataView): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
