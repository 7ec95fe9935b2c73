/**
 * Reading an image before the host does: what it will probably want is fetched while the network carries what it has.
 * Bounded in memory, with several reads under way, and given up on a word.
 */
import { type BlockSource, readInto } from './image.ts';
import { type Extent, MAX_PIECE, Patterns } from './patterns.ts';

/** Bytes of one image that lie ready or are being fetched, at most. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Pieces of memory that are kept to be used again. */
const MAX_SPARE = 2;

/** A range that was fetched, or is being. */
interface Fetched extends Extent {
  readonly bytes: Uint8Array;
  /** False when it could not be read. `undefined` once it is there. */
  pending: Promise<boolean> | undefined;
}

/** One image with what was fetched of it. */
export class ReadAhead {
  readonly #source: BlockSource;
  readonly #patterns: Patterns;
  /** The oldest first. */
  #fetched: Fetched[] = [];
  #bytes = 0;
  #spare: Uint8Array[] = [];
  #giveUp = new AbortController();

  constructor(source: BlockSource) {
    this.#source = source;
    this.#patterns = new Patterns(source.size);
  }

  /** Fills `targets` with one range. `undefined`: they are filled already. @throws ImageFailed */
  read(offset: number, targets: readonly Uint8Array[]): Promise<void> | undefined {
    const signal = this.#giveUp.signal;
    if (this.#source.immediate === true) return readInto(this.#source, offset, targets, { signal });
    const length = lengthOf(targets);
    const ready = this.#fetched.find((fetched) => holds(fetched, offset));
    if (ready !== undefined && ready.pending === undefined && endOf(ready) >= offset + length) {
      this.#copy(ready, offset, targets);
      this.#follow({ offset, length });
      return undefined;
    }
    const filled = this.#fill(offset, length, targets, signal);
    this.#follow({ offset, length });
    return filled;
  }

  /** Forgets what was fetched, gives up what is being. */
  forget(): void {
    this.#giveUp.abort();
    this.#giveUp = new AbortController();
    this.#fetched = [];
    this.#bytes = 0;
    this.#patterns.forget();
  }

  /** From what lies ready or is coming, piece by piece; the rest from the source itself. */
  async #fill(offset: number, length: number, targets: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const pieces = this.#pieces(offset, length);
    const missing = pieces.every(({ from }) => from === undefined);
    if (missing) return await readInto(this.#source, offset, targets, { signal });
    await Promise.all(
      pieces.map(async ({ at, size, from }) => {
        const parts = slice(targets, at - offset, size);
        if (from !== undefined && (from.pending === undefined || (await from.pending))) this.#copy(from, at, parts);
        else await readInto(this.#source, at, parts, { signal });
      }),
    );
  }

  /** The range cut where one source of it ends and the next begins. */
  #pieces(offset: number, length: number): { at: number; size: number; from: Fetched | undefined }[] {
    const pieces: { at: number; size: number; from: Fetched | undefined }[] = [];
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const position = at;
      const from = this.#fetched.find((fetched) => holds(fetched, position));
      const next = from === undefined ? this.#nextStart(at) : endOf(from);
      const size = Math.min(next, end) - at;
      pieces.push({ at, size, from });
      at += size;
    }
    return pieces;
  }

  #nextStart(after: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { offset } of this.#fetched) if (offset > after && offset < next) next = offset;
    return next;
  }

  /** Copies what `targets` want. Who read a range to its end will not come back for it. */
  #copy(from: Fetched, offset: number, targets: readonly Uint8Array[]): void {
    let at = offset - from.offset;
    for (const target of targets) {
      target.set(from.bytes.subarray(at, at + target.length));
      at += target.length;
    }
    if (at !== from.length || !this.#drop(from)) return;
    if (from.bytes.length === MAX_PIECE && this.#spare.length < MAX_SPARE) this.#spare.push(from.bytes);
  }

  #follow(read: Extent): void {
    for (const extent of this.#patterns.next(read)) this.#fetch(extent);
  }

  #fetch({ offset, length }: Extent): void {
    while (this.#bytes + length > MAX_BYTES) this.#drop(this.#fetched[0] as Fetched);
    const bytes = (length === MAX_PIECE ? this.#spare.pop() : undefined) ?? new Uint8Array(length);
    const { signal } = this.#giveUp;
    const fetched: Fetched = { offset, length, bytes, pending: undefined };
    // What cannot be read ahead is read, and fails, when it is asked for.
    fetched.pending = this.#source.read(offset, bytes, { signal }).then(
      () => {
        fetched.pending = undefined;
        return true;
      },
      () => {
        this.#drop(fetched);
        return false;
      },
    );
    this.#fetched.push(fetched);
    this.#bytes += length;
  }

  /** False when it was dropped already. */
  #drop(fetched: Fetched): boolean {
    const at = this.#fetched.indexOf(fetched);
    if (at < 0) return false;
    this.#fetched.splice(at, 1);
    this.#bytes -= fetched.length;
    return true;
  }
}

function holds({ offset, length }: Extent, position: number): boolean {
  return position >= offset && position < offset + length;
}

function endOf({ offset, length }: Extent): number {
  return offset + length;
}

/** The part of `targets` that begins behind `skip` bytes and has `size`. */
function slice(targets: readonly Uint8Array[], skip: number, size: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const target of targets) {
    const from = Math.max(skip - at, 0);
    const to = Math.min(skip + size - at, target.length);
    if (from < to) parts.push(target.subarray(from, to));
    at += target.length;
  }
  return parts;
}

function lengthOf(targets: readonly Uint8Array[]): number {
  let length = 0;
  for (const target of targets) length += target.length;
  return length;
}
