/**
 * The server half of the Network Block Device protocol, fixed newstyle, as QEMU speaks it: a medium that a firmware
 * redirects becomes a disk that a hypervisor reads. [NBD: doc/proto.md]
 */
import type { ByteStream } from '@amtkit/core/streams';
import { excerpt, Inbox, ProtocolError } from '@amtkit/core/wire';
import { MediumFailed, type RedirectedMedium } from '../hardware.ts';

/** What is offered by a name. */
export type NbdExports = (name: string) => RedirectedMedium | undefined;

/** Numbers of the negotiation. */
const Option = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;
/** Numbers of replies to an option; errors have the top bit. */
const OptionReply = {
  ack: 1,
  server: 2,
  info: 3,
  unsupported: 0x8000_0001,
  invalid: 0x8000_0003,
  unknown: 0x8000_0006,
} as const;
/** Numbers of requests. */
const Command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const;
/** Numbers of errors: those of Linux. */
const Errno = { permission: 1, io: 5, invalid: 22, full: 28, overflow: 75 } as const;
/** Flags of an export. */
const ExportFlag = { hasFlags: 1, readOnly: 2, flush: 4, trim: 32, manyConnections: 256 } as const;

const OPTION_MAGIC = 0x4948_4156_454f_5054n;
const REPLY_MAGIC = 0x0003_e889_0455_65a9n;
const REQUEST_MAGIC = 0x2560_9513;
const SIMPLE_REPLY_MAGIC = 0x6744_6698;

/** Bit 0 of the handshake flags: fixed newstyle. Bit 1: no 124 zeros after an export name. */
const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;

/** Information of an export: its size and flags, and the blocks it likes. */
const INFO_EXPORT = 0;
const INFO_BLOCK_SIZE = 3;

/** An option's data beyond this is nonsense. A name has at most 4096 bytes. */
const LONGEST_OPTION = 64 * 1024;
/** Bytes of one request. QEMU asks for no more. */
const LONGEST_REQUEST = 32 * 1024 * 1024;
/** Requests under way on one connection; more wait in the socket. */
const AT_ONCE = 64;

/** Serves one connection until it ends, which it does by itself after nonsense. */
export async function serveNbd(stream: ByteStream, exports: NbdExports): Promise<void> {
  try {
    const incoming = new Incoming(stream);
    const medium = await negotiate(stream, incoming, exports);
    if (medium !== undefined) await transmit(stream, incoming, medium);
  } catch (error) {
    if (!(error instanceof ProtocolError) && !isGone(error)) throw error;
  } finally {
    await stream.close();
  }
}

/** Exact amounts out of a stream of any pieces. */
class Incoming {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #inbox = new Inbox(LONGEST_REQUEST + LONGEST_OPTION);

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** @throws ProtocolError when the stream ends before */
  async take(length: number): Promise<DataView> {
    const bytes = await this.takeIfAny(length);
    if (bytes === undefined) throw new ProtocolError('The connection ended.');
    return bytes;
  }

  /** `undefined` when the stream ends with nothing left. @throws ProtocolError when it ends in the middle */
  async takeIfAny(length: number): Promise<DataView | undefined> {
    for (;;) {
      const bytes = this.#inbox.take(length);
      if (bytes !== undefined) return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const { done, value } = await this.#chunks.next();
      if (done === true && this.#inbox.length === 0) return undefined;
      if (done === true) throw new ProtocolError(`The connection ended after ${excerpt(this.#inbox.peek())}.`);
      this.#inbox.push(value);
    }
  }
}

/** Haggles until one export is chosen; `undefined` when the client leaves. */
async function negotiate(
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

/** Answers requests as they are done, in whatever order. */
async function transmit(stream: ByteStream, incoming: Incoming, medium: RedirectedMedium): Promise<void> {
  const running = new Set<Promise<void>>();
  for (;;) {
    const header = await incoming.takeIfAny(28);
    if (header === undefined) break;
    if (header.getUint32(0) !== REQUEST_MAGIC) throw new ProtocolError('That is no request.');
    const type = header.getUint16(6);
    const cookie = header.getBigUint64(8);
    const offset = header.getBigUint64(16);
    const length = header.getUint32(24);
    if (type === Command.disconnect) break;
    if (length > LONGEST_REQUEST && (type === Command.read || type === Command.write)) {
      throw new ProtocolError(`A request of ${length} bytes is too long.`);
    }
    const written = type === Command.write ? await incoming.take(length) : undefined;
    const job = carryOut(medium, type, offset, length, written)
      .then(
        // Two writes, and nothing between them: the data is not copied once more.
        (data) => Promise.all([stream.write(simpleReply(cookie, 0)), stream.write(data)]),
        (error) => stream.write(simpleReply(cookie, errnoOf(error))),
      )
      // Who asked is gone.
      .catch(() => {})
      .then(() => {
        running.delete(job);
      });
    running.add(job);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
}

async function carryOut(
  medium: RedirectedMedium,
  type: number,
  offset: bigint,
  length: number,
  written: DataView | undefined,
): Promise<Uint8Array> {
  const nothing = new Uint8Array(0);
  const within = offset + BigInt(length) <= sizeOf(medium);
  switch (type) {
    case Command.read:
      if (!within) throw new NbdRefusal(Errno.invalid);
      return await readBytes(medium, Number(offset), length);
    case Command.write: {
      if (!medium.writable) throw new NbdRefusal(Errno.permission);
      if (!within) throw new NbdRefusal(Errno.full);
      if (Number(offset) % medium.blockLength !== 0 || length % medium.blockLength !== 0) {
        throw new NbdRefusal(Errno.invalid);
      }
      const data = written ?? new DataView(new ArrayBuffer(0));
      if (length > 0) {
        const block = Number(offset) / medium.blockLength;
        await medium.write(block, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      return nothing;
    }
    // What was written is the console's as soon as the command was answered, and it cannot be told to forget.
    case Command.flush:
      return nothing;
    case Command.trim:
      if (!medium.writable) throw new NbdRefusal(Errno.permission);
      return nothing;
    default:
      throw new NbdRefusal(Errno.invalid);
  }
}

/** Whole blocks around what is wanted, and the middle of them. */
async function readBytes(medium: RedirectedMedium, offset: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const { blockLength } = medium;
  const first = Math.floor(offset / blockLength);
  const count = Math.ceil((offset + length) / blockLength) - first;
  const blocks = await medium.read(first, count);
  if (blocks.length !== count * blockLength) {
    throw new MediumFailed(`${blocks.length} bytes came for ${count} blocks of ${blockLength}.`, [3, 0x11, 0]);
  }
  const from = offset - first * blockLength;
  return blocks.subarray(from, from + length);
}

/** A request that the protocol has a number against. */
class NbdRefusal extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`Error ${errno}.`);
    this.errno = errno;
  }
}

function errnoOf(error: unknown): number {
  return error instanceof NbdRefusal ? error.errno : Errno.io;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONNECT_FAILED';
}

function sizeOf({ blocks, blockLength }: RedirectedMedium): bigint {
  return BigInt(blocks) * BigInt(blockLength);
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

function simpleReply(cookie: bigint, error: number): Uint8Array {
  return bytes([u32(SIMPLE_REPLY_MAGIC), u32(error), u64(cookie)]);
}

function textOf(view: DataView): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function u64(value: bigint): Uint8Array {
  return bytes([u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn))]);
}

function bytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
