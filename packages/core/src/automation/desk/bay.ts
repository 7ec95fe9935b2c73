/** The drives of one machine: media that are attached to it and stay so until they are ejected. */
import type { AttachedMedia } from '../../capabilities/media-desk.ts';
import { seconds } from '../../machine/amounts.ts';
import type { MediaStart } from '../../machine/sessions.ts';
import type { FleetChange } from '../changes.ts';
import {
  type MediaMachine,
  type MediaPatience,
  type ServedMedia,
  type ServedMediaEvent,
  serveMedia,
} from '../media.ts';
import type { MachineSource } from '../reach.ts';
import { driveOf } from '../reimage/medium.ts';
import type { Images } from './images.ts';

/** What a bay is given by its desk. */
export interface BayOptions {
  readonly machine: string;
  readonly reach: MachineSource<MediaMachine>;
  readonly send: (change: FleetChange) => void;
  readonly show: (media: AttachedMedia) => void;
  readonly showMs: number;
  readonly patience: Partial<MediaPatience>;
  /** Detaches what is attached, or is being attached. */
  readonly signal: AbortSignal;
}

/** The drives of one machine. */
export interface Bay {
  /** What is attached, or undefined. */
  readonly names: string | undefined;
  /** Attaches images, which are the bay's from then on. @throws what the first attempt fails with */
  attach(images: Images, start: MediaStart | undefined, signal: AbortSignal | undefined): Promise<void>;
  detach(): Promise<void>;
}

/** Nothing is attached. */
export const noMedia: AttachedMedia = { attached: 'none', megabytesPerSecond: 0, megabytesRead: 0 };

/** An empty bay. */
export function createBay(options: BayOptions): Bay {
  const { machine, show, showMs } = options;
  let names: string | undefined;
  let served: ServedMedia | undefined;
  let ended: Promise<void> = Promise.resolve();

  function tell(event: (FleetChange & { type: 'media' })['event'], media: string, message: string): void {
    options.send({ type: 'media', machine, event, media, message });
  }

  /** Follows attached media to their end, which comes by `detach` or because they cannot be brought back. */
  async function follow(media: ServedMedia, images: Images): Promise<void> {
    const timer = setInterval(() => show(countOf(images.names, media)), showMs);
    timer.unref();
    try {
      for await (const event of media) happened(event, images.names);
      tell('ejected', images.names, `${machine} has ${images.names} no longer.`);
    } catch (error) {
      tell('failed', images.names, `${machine} has ${images.names} no longer: ${(error as Error).message}`);
    } finally {
      clearInterval(timer);
      names = served = undefined;
      show(noMedia);
      await images.close();
    }
  }

  function happened(event: ServedMediaEvent, media: string): void {
    if (event.type === 'interrupted') {
      tell('interrupted', media, `${machine} has lost ${media}, which is being brought back: ${event.error.message}`);
    } else if (event.type === 'reattached') {
      tell('reattached', media, `${machine} has ${media} again, after ${seconds(event.afterMs)}.`);
    } else if (event.type === 'failed') {
      tell('read-error', media, `${machine} got a read error: ${event.error.message}`);
    }
  }

  return {
    get names() {
      return names;
    },
    async attach(images, start, signal) {
      names = images.names;
      try {
        const { image, floppy } = images;
        const unit = floppy === undefined ? await driveOf(image, signal) : 'cd';
        const drives = unit === 'floppy' ? { floppy: image } : { cd: image };
        served = await serveMedia(options.reach, {
          ...drives,
          ...(floppy === undefined ? {} : { floppy }),
          ...(start === undefined ? {} : { start }),
          enable: true,
          patience: options.patience,
          signal: options.signal,
        });
      } catch (error) {
        names = undefined;
        await images.close();
        throw error;
      }
      show({ ...noMedia, attached: names });
      tell('attached', names, `${machine} has ${names} attached.`);
      ended = follow(served, images);
    },
    async detach() {
      await served?.close();
      await ended;
    },
  };
}

function countOf(attached: string, { statistics }: ServedMedia): AttachedMedia {
  return {
    attached,
    megabytesPerSecond: Math.round(statistics.bytesPerSecond / 10_000) / 100,
    megabytesRead: Math.round(statistics.bytesRead / 100_000) / 10,
  };
}
