/** Messages of a reimage: what each stage says on which output. */
import type { ReimageStage } from '@amtkit/core/automation';
import type { Message } from '../red.ts';

/** The outputs in their order. */
export const OUTPUTS = ['stage', 'progress', 'done', 'failed'] as const;

/** One of them. */
export type Output = (typeof OUTPUTS)[number];

/** What goes out: payload and details. */
export interface Telling {
  readonly output: Output;
  readonly payload: unknown;
  readonly reimage: Readonly<Record<string, unknown>>;
}

/**
 * What is told of a stage. `reading` and `idle` are a stage when they begin and progress each time; `now` is the stage
 * that things stand at, `before` the one that was told last.
 */
export function tellingsOf(stage: ReimageStage, now: string, before: string | undefined): readonly Telling[] {
  const { message, at } = stage;
  const about = { stage: now, message, at: at.toISOString() };
  switch (stage.stage) {
    case 'note':
      return [{ output: 'stage', payload: now, reimage: { ...about, note: stage.note } }];
    case 'serial':
      return [{ output: 'stage', payload: now, reimage: { ...about, serial: stage.text } }];
    case 'finished': {
      const { verdict, progress } = stage;
      return [{ output: 'done', payload: verdict, reimage: { ...about, verdict, progress } }];
    }
    case 'failed': {
      const { code, reason, hint, progress } = stage;
      return [{ output: 'failed', payload: reason, reimage: { ...about, code, reason, hint, progress } }];
    }
    case 'reading':
    case 'idle': {
      const { progress } = stage;
      const telling = { output: 'progress', payload: progress, reimage: { ...about, progress } } as const;
      return before === now ? [telling] : [{ output: 'stage', payload: now, reimage: about }, telling];
    }
    case 'consent':
      return [{ output: 'stage', payload: now, reimage: { ...about, consent: stage.state } }];
    default:
      return before === now ? [] : [{ output: 'stage', payload: now, reimage: { ...about, ...detailsOf(stage) } }];
  }
}

/** The outputs of one message: nothing on the others. */
export function onOutput(output: Output, msg: Message): (Message | null)[] {
  return OUTPUTS.map((each) => (each === output ? msg : null));
}

function detailsOf(stage: ReimageStage): Readonly<Record<string, unknown>> {
  switch (stage.stage) {
    case 'enabling':
      return { switchedOn: stage.switchedOn };
    case 'attaching':
      return { media: stage.media, bytes: stage.bytes };
    case 'booting':
      return { by: stage.by };
    default:
      return {};
  }
}
