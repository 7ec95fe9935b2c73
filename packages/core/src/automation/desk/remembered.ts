/**
 * A reimage under way, remembered beyond the process that carries it out: if that ends without a word, the next one can
 * say so.
 */
import { hasEnded, thisProcess } from '../../book/process-mark.ts';
import type { ReimageRecord, State } from '../../book/state.ts';
import { noProgress } from '../reimage/progress.ts';
import type { ReimageStage } from '../reimage/stages.ts';

/** The memory of one machine. */
export interface ReimageMemory {
  begun(media: string, transaction: string | undefined): void;
  ended(): void;
  /**
   * What an earlier process has left unfinished, once. `undefined`: nothing; `later`: it may still be going on elsewhere,
   * ask again.
   */
  interrupted(): ReimageRecord | 'later' | undefined;
}

/** The memory of a machine; without a state nothing is remembered. */
export function reimageMemory(
  state: State | undefined,
  machine: string,
  now: () => Date = () => new Date(),
): ReimageMemory {
  let beating: NodeJS.Timeout | undefined;
  const learn = (record: Omit<ReimageRecord, 'seen'>): void =>
    state?.learn(machine, { reimage: { ...record, seen: now().toISOString() } });
  return {
    begun(media, transaction) {
      const begun = now().toISOString();
      const record = { media, ...(transaction === undefined ? {} : { transaction }), begun, process: thisProcess() };
      learn(record);
      clearInterval(beating);
      beating = setInterval(() => learn(record), BEAT_MS);
      beating.unref();
    },
    ended() {
      clearInterval(beating);
      state?.forget(machine, ['reimage']);
    },
    interrupted() {
      const left = state?.machine(machine)?.reimage;
      if (left === undefined) return undefined;
      const ended = hasEnded(left.process) ?? now().getTime() - Date.parse(left.seen) > SILENT_MS;
      if (!ended) return left.process.id === thisProcess().id ? undefined : 'later';
      state?.forget(machine, ['reimage']);
      return left;
    },
  };
}

/** How often a reimage is written down as still going on. */
const BEAT_MS = 60_000;

/** One that nobody has written down for so long has ended, wherever it ran. */
const SILENT_MS = 3 * BEAT_MS;

/** The last word on a reimage that its process did not live to say. */
export function interruptedStage(machine: string, { media, begun }: ReimageRecord): ReimageStage & { stage: 'failed' } {
  const reason = 'The process that carried it out ended while it was going on.';
  return {
    stage: 'failed',
    at: new Date(),
    code: 'INTERRUPTED',
    message: `The reimage of ${machine} from ${media}, begun ${begun.slice(0, 16).replace('T', ' ')} UTC, was interrupted: ${reason[0]?.toLowerCase()}${reason.slice(1)}`,
    reason,
    hint: 'The PC may be installed by half. Start the reimage again.',
    progress: noProgress,
  };
}
