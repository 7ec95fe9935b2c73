/** A reimage in the background, and what it says of itself. */
import type { AttachedMedia, ReimageState } from '../../capabilities/media-desk.ts';
import type { ScreenSession } from '../../machine/screen-session.ts';
import type { FleetChange } from '../changes.ts';
import type { MachineSource } from '../reach.ts';
import type { ReimageMachine, ReimageOptions } from '../reimage/options.ts';
import { noProgress } from '../reimage/progress.ts';
import type { ReimageProgress, ReimageStage } from '../reimage/stages.ts';
import { reimage } from '../reimage.ts';
import type { ScreenLine } from '../screen-line.ts';
import { noMedia } from './bay.ts';
import type { Images } from './images.ts';

/** What a job is given by its desk. */
export interface JobOptions {
  readonly machine: string;
  readonly reach: MachineSource<ReimageMachine>;
  readonly send: (change: FleetChange) => void;
  readonly show: (state: ReimageState, media: AttachedMedia) => void;
  readonly showMs: number;
}

/** A reimage that is under way. */
export interface Job {
  readonly media: string;
  /** Such as `reading, 40 %`. */
  readonly where: string;
  /** The machine's screen, while it is open. */
  readonly screen: ScreenSession | undefined;
  /** Ends it; it has cleaned up when this resolves. */
  cancel(): Promise<void>;
  readonly ended: Promise<void>;
}

/** Before the first reimage. */
export const noReimage: ReimageState = { stage: 'none', message: '', progress: noProgress };

/** Begins a reimage from images, which are the job's from then on. @throws TypeError for options that make no sense */
export function startJob(
  images: Images,
  how: Omit<ReimageOptions, 'media' | 'floppy' | 'signal'>,
  transaction: string | undefined,
  { machine, reach, send, show, showMs }: JobOptions,
): Job {
  const cancelled = new AbortController();
  const { image, floppy, names: media } = images;
  let screen: ScreenLine | undefined;
  const stages = reimage(reach, {
    ...how,
    media: image,
    signal: cancelled.signal,
    onScreen: (opened) => {
      screen = opened;
    },
    ...(floppy === undefined ? {} : { floppy }),
  });
  let state: ReimageState = noReimage;
  let shownAt = Number.NEGATIVE_INFINITY;

  async function run(): Promise<void> {
    try {
      for await (const stage of stages) {
        send({ type: 'reimage', machine, media, stage, ...(transaction === undefined ? {} : { transaction }) });
        follow(stage);
      }
    } finally {
      show(state, noMedia);
      await images.close();
    }
  }

  function follow(told: ReimageStage): void {
    if (told.stage === 'note' || told.stage === 'serial') return;
    const isNews = told.stage !== state.stage;
    const progress: ReimageProgress = 'progress' in told ? told.progress : noProgress;
    state = { stage: told.stage, message: told.message, progress };
    if (!isNews && performance.now() - shownAt < showMs) return;
    shownAt = performance.now();
    show(state, attachedBy(told, progress, media));
  }

  const ended = run();
  return {
    media,
    get where() {
      return state.progress.percent > 0 ? `${state.stage}, ${state.progress.percent} %` : state.stage;
    },
    get screen() {
      return screen?.open === true ? screen : undefined;
    },
    async cancel() {
      cancelled.abort();
      await ended;
    },
    ended,
  };
}

/** The drives belong to the reimage while it lasts. */
function attachedBy({ stage }: ReimageStage, progress: ReimageProgress, media: string): AttachedMedia {
  const without: readonly ReimageStage['stage'][] = ['checking', 'consent', 'enabling', 'finished', 'failed'];
  if (without.includes(stage)) return noMedia;
  const { megabytesPerSecond, bytes } = progress;
  return {
    attached: media,
    megabytesPerSecond: stage === 'reading' ? megabytesPerSecond : 0,
    megabytesRead: Math.round(bytes / 100_000) / 10,
  };
}
