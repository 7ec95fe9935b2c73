/** A client of storage redirection whose images lie in memory: for tests of what a host gets to see. */
import type { IderEvent, IderTransfer } from '../redirection/ider/events.ts';
import { IderClient } from '../redirection/ider/ider.ts';
import type { IderStart } from '../redirection/ider/messages.ts';
import { BLOCK_SIZE, type DriveUnit } from '../redirection/ider/replies.ts';
import type { Protocol } from '../redirection/protocol.ts';
import { seededRandom } from '../transport/faulty.ts';

/** What lies in the drives. */
export interface ServedImages {
  readonly cd?: Uint8Array;
  readonly floppy?: Uint8Array;
  /** What the host writes lands in `floppy`. @default false */
  readonly writable?: boolean;
  readonly start?: keyof typeof IderStart;
}

/** Content in which every place is told from every other, the same for the same seed. */
export function testImage(bytes: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256));
}

/** Transfers are done as soon as they are wanted and are not seen from outside. */
export class ServedIder implements Protocol<IderEvent> {
  readonly ider: IderClient;
  readonly #images: ServedImages;

  constructor(images: ServedImages) {
    this.#images = images;
    const medium = (unit: DriveUnit) => ({
      blocks: (images[unit]?.length ?? 0) / BLOCK_SIZE[unit],
      writable: unit === 'floppy' && images.writable === true,
    });
    this.ider = new IderClient({
      start: images.start ?? 'now',
      media: {
        ...(images.cd === undefined ? {} : { cd: medium('cd') }),
        ...(images.floppy === undefined ? {} : { floppy: medium('floppy') }),
      },
    });
  }

  receive(chunk: Uint8Array): IderEvent[] {
    return this.#served(this.ider.receive(chunk));
  }

  receiveEnd(): IderEvent[] {
    return this.ider.receiveEnd();
  }

  takeOutgoing(): Uint8Array[] {
    return this.ider.takeOutgoing();
  }

  #served(events: readonly IderEvent[]): IderEvent[] {
    return events.flatMap((event) => {
      if (event.type !== 'transfer') return [event];
      this.#transfer(event.transfer);
      return this.#served(this.ider.supply(event.transfer, true));
    });
  }

  #transfer({ kind, unit, offset, parts }: IderTransfer): void {
    const image = this.#images[unit] as Uint8Array;
    let at = offset;
    for (const part of parts) {
      if (kind === 'write') image.set(part, at);
      else part.set(image.subarray(at, at + part.length));
      at += part.length;
    }
  }
}
