/**
 * The server half of the Network Block Device protocol, fixed newstyle, as QEMU speaks it: a medium that a firmware
 * redirects becomes a disk that a hypervisor reads. [NBD: doc/proto.md]
 */
import type { ByteStream } from '@amtkit/core/streams';
import { ProtocolError } from '@amtkit/core/wire';
import { MediumFailed, type RedirectedMedium } from '../hardware.ts';
import { bytes, Incoming, LONGEST_REQUEST, sizeOf, u32, u64 } from './nbd-bytes.ts';
import { type NbdExports, negotiate } from './nbd-negotiation.ts';

/** Numbers of requests. */
const Command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const;
/** Numbers of errors: those of Linux. */
const Errno = { permission: 1, io: 5, invalid: 22, full: 28 } as const;

const REQUEST_MAGIC = 0x2560_9513;
const SIMPLE_REPLY_MAGIC = 0x6744_6698;

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

function simpleReply(cookie: bigint, error: number): Uint8Array {
  return bytes([u32(SIMPLE_REPLY_MAGIC), u32(error), u64(cookie)]);
}
