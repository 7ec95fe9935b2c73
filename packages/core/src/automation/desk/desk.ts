/** The desk of one machine: media and reimage, one of them at a time, and what they say. */
import type { AttachedMedia, MediaDesk, ReimageRequest, ReimageState } from '../../capabilities/media-desk.ts';
import { Cancelled, Refused } from '../../errors.ts';
import type { Machine } from '../../machine/machine.ts';
import type { AskCode } from '../../machine/screen-session.ts';
import type { FleetChange } from '../changes.ts';
import { type MediaLibrary, unknownMedium } from '../library.ts';
import type { MediaPatience } from '../media.ts';
import type { ReimageOptions, ReimagePatience } from '../reimage/options.ts';
import { parseUntil } from '../reimage/until.ts';
import { createBay, noMedia } from './bay.ts';
import { type Images, openImages } from './images.ts';
import { type Job, noReimage, startJob } from './job.ts';
import { interruptedStage, type ReimageMemory } from './remembered.ts';

/** What a desk is given by its keeper. */
export interface DeskOptions {
  readonly machine: string;
  readonly host: () => string;
  readonly reach: (signal?: AbortSignal) => Promise<Machine>;
  readonly library: MediaLibrary;
  /** Who asks for a code of consent; undefined where nobody does. */
  readonly consentCode?: (() => AskCode | undefined) | undefined;
  readonly send: (change: FleetChange) => void;
  /** What it says has changed. */
  readonly changed: () => void;
  /** Remembers a reimage beyond this process. */
  readonly memory?: ReimageMemory | undefined;
  readonly patience?: DeskPatience | undefined;
}

/** How patient a desk is; milliseconds. */
export interface DeskPatience {
  /** Between two values of what grows all the time. @default 2_000 */
  readonly showMs?: number;
  readonly media?: Partial<MediaPatience>;
  readonly reimage?: Partial<ReimagePatience>;
}

/** A desk, and its end. */
export interface KeptDesk extends MediaDesk {
  /** Sessions are open, or will be again. */
  readonly busy: boolean;
  /** Tells of a reimage that an earlier process has left unfinished; `false` as long as nobody can know. */
  tellInterrupted(): boolean;
  /** Detaches media and cancels the reimage. */
  close(): Promise<void>;
}

/** An empty desk. */
export function createDesk(options: DeskOptions): KeptDesk {
  const { machine, host, reach, library, consentCode, send, changed, memory, patience = {} } = options;
  const { showMs = 2_000, media: mediaPatience = {}, reimage: reimagePatience = {} } = patience;
  const stop = new AbortController();
  const { signal: stopped } = stop;
  const bay = createBay({ machine, reach, send, show: showMedia, showMs, patience: mediaPatience, signal: stopped });
  let job: Job | undefined;
  let chosen: string | undefined;
  let media = noMedia;
  let state = noReimage;

  function showMedia(shown: AttachedMedia): void {
    media = shown;
    changed();
  }

  function show(reimage: ReimageState, shown: AttachedMedia): void {
    state = reimage;
    showMedia(shown);
  }

  function selected(): string | undefined {
    const names = library.names();
    if (chosen !== undefined && names.includes(chosen)) return chosen;
    return names.length === 1 ? names[0] : undefined;
  }

  function nameOf(given: string | undefined): string {
    const name = given ?? selected();
    if (name === undefined) throw new TypeError(`Name a medium, or select one first; there are ${listOf(library)}.`);
    return name;
  }

  /** Both need the drives, of which there are two. */
  function refuseWhileInUse(): void {
    if (bay.names !== undefined) {
      throw refused(`${machine} has ${bay.names} attached already.`, 'Eject it first (media eject).');
    }
    refuseWhileReimaging();
  }

  function refuseWhileReimaging(): void {
    if (job === undefined) return;
    throw refused(
      `${machine} is being reimaged from ${job.media} (${job.where}).`,
      'Cancel that first (reimage cancel).',
    );
  }

  function refused(message: string, hint: string): Refused {
    return new Refused(message, { host: host(), hint, busy: true });
  }

  return {
    get busy() {
      return bay.names !== undefined || job !== undefined;
    },
    tellInterrupted() {
      const left = job === undefined ? memory?.interrupted() : undefined;
      if (left === undefined) return true;
      if (left === 'later') return false;
      const stage = interruptedStage(machine, left);
      const { transaction, media: names } = left;
      send({ type: 'reimage', machine, media: names, stage, ...(transaction === undefined ? {} : { transaction }) });
      show({ stage: stage.stage, message: stage.message, progress: stage.progress }, noMedia);
      return true;
    },
    library: () => library.names(),
    selected,
    select(name) {
      if (!library.names().includes(name)) throw unknownMedium(name, library.names());
      chosen = name;
      changed();
    },
    media: () => media,
    reimage: () => state,
    async attach(request, signal) {
      refuseWhileInUse();
      const images = await openImages(library, nameOf(request.media), request.floppy, signal);
      await whileFree(images, refuseWhileInUse, () => bay.attach(images, request.start, signal));
      return media;
    },
    async eject() {
      refuseWhileReimaging();
      await bay.detach();
    },
    async startReimage(request, transaction, signal) {
      refuseWhileInUse();
      const how = howOf(request);
      const images = await openImages(library, nameOf(request.media), request.floppy, signal);
      await whileFree(images, refuseWhileInUse, async () => {
        // Who cannot be reached is told at once, and not as a failed reimage.
        await reach(signal);
        refuseWhileInUse();
        stopped.throwIfAborted();
        const asked = consentCode?.();
        const patient = { ...how, ...(asked === undefined ? {} : { consentCode: asked }), patience: reimagePatience };
        const begun = startJob(images, patient, transaction, { machine, reach, send, show, showMs });
        job = begun;
        memory?.begun(images.names, transaction);
        void begun.ended.finally(() => {
          job = undefined;
          memory?.ended();
          changed();
        });
      });
      return { media: images.names };
    },
    screen: () => job?.screen,
    async cancelReimage() {
      await job?.cancel();
    },
    async close() {
      stop.abort(new Cancelled('The fleet was closed.'));
      await Promise.all([bay.detach(), job?.cancel()]);
    },
  };
}

/** Opening images takes a moment in which somebody else may come first; images that are not used are closed. */
async function whileFree(images: Images, check: () => void, work: () => Promise<void>): Promise<void> {
  try {
    check();
    await work();
  } catch (error) {
    await images.close();
    throw error;
  }
}

function howOf({
  until,
  press,
  minutes,
  restore,
  serial,
}: ReimageRequest): Omit<ReimageOptions, 'media' | 'floppy' | 'signal'> {
  return {
    ...(until === undefined ? {} : { until: parseUntil(until) }),
    ...(press === undefined ? {} : { press }),
    ...(minutes === undefined ? {} : { timeoutMs: minutes * 60_000 }),
    ...(restore === undefined ? {} : { restore }),
    ...(serial === true ? { serial } : {}),
  };
}

function listOf(library: MediaLibrary): string {
  return library.names().join(', ') || 'none in the book';
}
