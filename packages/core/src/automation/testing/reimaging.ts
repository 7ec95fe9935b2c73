/** Runs reimages of pretend PCs, as fast as a test wants them. */
import { memoryImage } from '../../redirection/ider/image.ts';
import type { ReimageOptions, ReimagePatience } from '../reimage/options.ts';
import type { ReimageStage } from '../reimage/stages.ts';
import { reimage } from '../reimage.ts';
import { bootableCd, type PretendMedia, type PretendPc, type PretendSerial } from './pretend-pc.ts';

/** An image that a PC starts from. */
export const cd = memoryImage(bootableCd(), { name: 'debian' });

/** No test waits as long as people do. */
export const patience: Partial<ReimagePatience> = {
  firstRetryMs: 2,
  longestRetryMs: 8,
  tickMs: 4,
  pollMs: 4,
  idleMs: 12,
  bootMs: 2_000,
  lostMs: 2_000,
  imageMs: 60,
  quietBeforeMs: 20,
  quietAfterMs: 60,
  refusedMs: 2,
  cleanUpMs: 200,
};

/** Runs a reimage to its end; `seen` hears every stage as it comes. */
export async function run(
  pc: PretendPc,
  options: Partial<ReimageOptions> = {},
  seen: (stage: ReimageStage) => void = () => {},
): Promise<ReimageStage[]> {
  const stages: ReimageStage[] = [];
  for await (const stage of reimage(pc, {
    media: cd,
    timeoutMs: 10_000,
    ...options,
    patience: { ...patience, ...options.patience },
  })) {
    stages.push(stage);
    seen(stage);
  }
  return stages;
}

/** Stages as they follow one another. */
export const names = (stages: readonly ReimageStage[]) =>
  stages.map(({ stage }) => stage).filter((name, i, all) => name !== all[i - 1]);
/** The media session that is open. */
export const media = (pc: PretendPc) => pc.media as PretendMedia;
/** The newest serial session. */
export const serial = (pc: PretendPc) => pc.serials.at(-1) as PretendSerial;
/** Reads where something is attached. */
export const reads = async (pc: PretendPc, block: number, count: number) => await pc.media?.read('cd', block, count);
/** As an installer does at its end. */
export const switchesOff = (pc: PretendPc) => {
  pc.state = 'off';
};
/** How it ended. */
export const last = (stages: readonly ReimageStage[]) => stages.at(-1);
/** What the PC does a moment later, some looks of the recipe away. */
export const later = (work: () => void, ms = 20) => void setTimeout(work, ms);

/** An installer: it reads the whole image and switches the PC off. */
export function installs(pc: PretendPc, afterwards: () => void = () => switchesOff(pc)): void {
  pc.onStart = (from) => {
    if (from !== 'ider-cd') return;
    later(async () => {
      await reads(pc, 0, 32);
      later(async () => {
        await reads(pc, 32, 32);
        later(afterwards, 40);
      });
    });
  };
}
