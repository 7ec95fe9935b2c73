/** Something that happened to a PC, on its way to the consoles that want to hear of it. */
import type { EventRecord } from '@amtkit/core/wire';

/** One happening: as the log and traps have it, as indications have it, or both. */
export interface Raised {
  /** Absent where only indications tell of it. */
  readonly record?: EventRecord;
  /** Absent where no indication tells of it. */
  readonly message?: RaisedMessage | undefined;
  /** Sent to everybody, whatever they asked for. */
  readonly everybody?: boolean;
}

/** What an indication says. */
export interface RaisedMessage {
  /** Such as `iAMT0050`. */
  readonly id: string;
  readonly arguments: readonly string[];
  /** PerceivedSeverity. @default 2, information */
  readonly severity?: number;
}
