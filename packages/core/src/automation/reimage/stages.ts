/** What a reimage goes through, as it is told. */
import type { ConsentState } from '../../machine/machine.ts';
import type { SwitchedOn } from '../switch-on.ts';

/** Where a reimage stands. `finished` and `failed` end it. */
export const REIMAGE_STAGES = [
  'checking',
  'consent',
  'enabling',
  'attaching',
  'booting',
  'reading',
  'idle',
  'finished',
  'failed',
] as const;

/** One of the stages. */
export type ReimageStageName = (typeof REIMAGE_STAGES)[number];

/** How far the PC has read. */
export interface ReimageProgress {
  /** Of the image's blocks, those that were read at least once; 0 to 100. */
  readonly percent: number;
  /** Over the last five seconds; a megabyte is a million bytes. */
  readonly megabytesPerSecond: number;
  /** Different blocks that were read. */
  readonly sectors: number;
  /** Bytes that were read, also repeatedly. */
  readonly bytes: number;
}

/** What ended a reimage well. */
export type ReimageVerdict = 'power-off' | 'reboot' | 'serial' | 'still' | 'bytes' | 'callback';

/** What a reimage says: a stage it has come to, or something that happened within one. */
export type ReimageStage = {
  readonly at: Date;
  /** One sentence for people. */
  readonly message: string;
} & (
  | { readonly stage: 'checking' }
  /** The firmware wants the consent of the person at the machine, who reads a code from its screen. */
  | { readonly stage: 'consent'; readonly state: ConsentState }
  | { readonly stage: 'enabling'; readonly switchedOn: SwitchedOn }
  | { readonly stage: 'attaching'; readonly media: string; readonly bytes: number }
  | { readonly stage: 'booting'; readonly by: 'on' | 'reset' }
  /** Told once a second while the PC reads. */
  | { readonly stage: 'reading'; readonly progress: ReimageProgress }
  /** The PC has read and does not read now. */
  | { readonly stage: 'idle'; readonly progress: ReimageProgress }
  | { readonly stage: 'finished'; readonly verdict: ReimageVerdict; readonly progress: ReimageProgress }
  | {
      readonly stage: 'failed';
      /** Stable word: of the error behind it, else `NOTHING_READ`, `SWITCHED_OFF`, `NOT_FINISHED`, `VANISHED`, `INTERRUPTED`. */
      readonly code: string;
      /** Why, and what to look at. */
      readonly reason: string;
      readonly hint?: string | undefined;
      readonly error?: Error | undefined;
      readonly progress: ReimageProgress;
    }
  | { readonly stage: 'note'; readonly note: ReimageNote }
  /** What the PC wrote on its serial port, as it comes. */
  | { readonly stage: 'serial'; readonly text: string }
);

/** What happens within a stage. */
export type ReimageNote =
  /** The drives, the serial port or the screen were lost; they are being brought back. */
  | 'interrupted'
  | 'reattached'
  /** A key is being pressed, or no longer. */
  | 'pressing'
  | 'pressed'
  /** The image could not be read; the PC got a read error. */
  | 'image-failed'
  /** The PC opened the tray. */
  | 'ejected'
  /** The host reset its bus: it starts, or its system takes the drives over. */
  | 'bus-reset'
  /** The machine does not answer, or answers again. */
  | 'silent'
  | 'answering'
  /** Something that is not needed for success did not work. */
  | 'warning';
