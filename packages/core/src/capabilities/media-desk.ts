/**
 * Where media and reimages of one machine are begun, looked at and ended, as capabilities see it. They go on after the
 * action that began them and end with the fleet.
 */

import type { ScreenSession } from '../machine/screen-session.ts';
import type { MediaStart } from '../machine/sessions.ts';

/** Media to attach. Names are those of the library. */
export interface AttachRequest {
  /** @default the selected one */
  readonly media?: string | undefined;
  readonly floppy?: string | undefined;
  /** @default 'onreboot' */
  readonly start?: MediaStart | undefined;
}

/** A reimage to begin. Names are those of the library. */
export interface ReimageRequest {
  /** @default the selected one */
  readonly media?: string | undefined;
  readonly floppy?: string | undefined;
  /** What counts as success, as text. @default restart or power off */
  readonly until?: string | undefined;
  /** A key, and for how many seconds it is pressed: `space:20`. */
  readonly press?: string | undefined;
  /** How long it may take; parts of a minute, too. @default 120 */
  readonly minutes?: number | undefined;
  /** Switch off again what had to be switched on. */
  readonly restore?: boolean | undefined;
  /** Open the serial port also where nothing needs it: what the machine writes is told. */
  readonly serial?: boolean | undefined;
}

/** What is attached, and how much of it was read. */
export interface AttachedMedia {
  /** Names, the one to start from first; `none` where nothing is. */
  readonly attached: string;
  readonly megabytesPerSecond: number;
  /** Of what is attached now. */
  readonly megabytesRead: number;
}

/** Where the reimage stands, or the last one ended. */
export interface ReimageState {
  /** Stage, or `none` before the first one. */
  readonly stage: string;
  /** One sentence. */
  readonly message: string;
  readonly progress: {
    /** Of the image's blocks, those that were read at least once. */
    readonly percent: number;
    readonly megabytesPerSecond: number;
    readonly sectors: number;
    readonly bytes: number;
  };
}

/** The desk of one machine. */
export interface MediaDesk {
  /** Names of what can be attached. */
  library(): readonly string[];
  /** What is taken where no name is given; undefined where there is none, or the choice is not clear. */
  selected(): string | undefined;
  /** @throws TypeError for names that are not in the library */
  select(name: string): void;
  media(): AttachedMedia;
  reimage(): ReimageState;
  /** Attaches media, and keeps them attached. @throws Refused where some are already, and what mounting throws; TypeError */
  attach(request: AttachRequest, signal?: AbortSignal): Promise<AttachedMedia>;
  /** Detaches them. Harmless when there are none. @throws Refused while a reimage needs them */
  eject(): Promise<void>;
  /** Begins a reimage; it has been begun when this resolves. @throws Refused where one is under way; TypeError */
  startReimage(
    request: ReimageRequest,
    transaction?: string,
    signal?: AbortSignal,
  ): Promise<{ readonly media: string }>;
  /** The screen of the machine where the reimage has it open: there is one session of each. */
  screen(): ScreenSession | undefined;
  /** Cancels it; it has cleaned up when this resolves. Harmless when there is none. */
  cancelReimage(): Promise<void>;
}
