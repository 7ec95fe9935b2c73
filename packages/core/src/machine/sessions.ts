/** What flows between a console and a machine: the serial port, and drives that are lent. The screen has a file of its own. */
import type { BlockSource } from '../redirection/ider/image.ts';

/** How the serial port is opened. */
export interface SerialOptions {
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal;
  /** Called with each message as text; what was typed and shown is given as its length only. */
  readonly trace?: (line: string) => void;
}

/** Lines and state of the serial port as the firmware tells them. */
export interface SerialControls {
  readonly rts: boolean;
  readonly dtr: boolean;
  /** The host sends a break. */
  readonly break: boolean;
  /** The machine is on. */
  readonly powered: boolean;
  /** The firmware dropped what the host wrote, because it was not taken in time. */
  readonly overflow: boolean;
  /** The firmware dropped what was typed, because the host did not read it. */
  readonly flushed: boolean;
  /** What is typed is echoed and does not reach the host. */
  readonly loopback: boolean;
}

/**
 * An open serial port. Iterating yields what the host writes and ends with the session; it throws when the firmware
 * ended it, or it was lost. Leaving the loop closes it. Not read, it holds the firmware back.
 */
export interface SerialSession extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** As last told; absent before the firmware said anything. */
  readonly controls: SerialControls | undefined;
  /**
   * Types, no faster than the firmware's buffer empties. Resolves when there is room for more. Text is sent as UTF-8.
   * @throws ConnectFailed when the session is over
   */
  write(data: Uint8Array | string): Promise<void>;
  /**
   * Holds the line in a break, a quarter of a second by default; it is what SysRq on a Linux console listens for.
   * UNCERTAIN: the firmware is asked for it in the way its messages suggest, and whether it obeys was not seen.
   * @throws ConnectFailed when the session is over
   */
  sendBreak(options?: { readonly durationMs?: number }): Promise<void>;
  /** Called at each change of `controls`, until the returned function is called. */
  onControls(changed: (controls: SerialControls) => void): () => void;
  /** Ends the session in good order. */
  close(): Promise<void>;
}

/** What is lent, and when the machine sees it. */
export interface MountOptions {
  /** Image of a CD or DVD; blocks of 2048 bytes. */
  readonly cd?: BlockSource;
  /** Image of a floppy; blocks of 512 bytes. Writable where the source is. */
  readonly floppy?: BlockSource;
  /** When the drives appear: at the next start, now unless a command is under way, or now. @default 'onreboot' */
  readonly start?: MediaStart;
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal;
  /** Called with each message as text. */
  readonly trace?: (line: string) => void;
}

/** When redirected drives appear to the host. */
export type MediaStart = 'onreboot' | 'graceful' | 'now';

/** One of the two drives. */
export type MediaUnit = 'cd' | 'floppy';

/** What one session has done so far. Counts only grow. */
export interface MediaStatistics {
  /** Commands of any kind. */
  readonly commands: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Different blocks that were read at least once, by drive. */
  readonly touched: Readonly<Record<MediaUnit, number>>;
  /** Blocks of each drive; 0 without a medium. */
  readonly blocks: Readonly<Record<MediaUnit, number>>;
  /** Reads that had to wait for their source for more than a fifth of a second. */
  readonly stalls: number;
  /** Reads the source could not answer. */
  readonly failures: number;
  /** Bus resets of the host. */
  readonly resets: number;
  /** Bytes a second over the last five seconds. */
  readonly bytesPerSecond: number;
  /** When the host last read or wrote; absent before. */
  readonly lastAccess?: Date | undefined;
}

/** What happens to a media session. */
export type MediaEvent =
  /** The drives are there, or will be from the next start on. */
  | { readonly type: 'enabled'; readonly start: MediaStart }
  /** The host read from a drive for the first time since it appeared or was reset. */
  | { readonly type: 'reading'; readonly unit: MediaUnit }
  /** The host reset its bus, as it does when it starts. */
  | { readonly type: 'reset' }
  /** The host opened the tray. */
  | { readonly type: 'ejected'; readonly unit: MediaUnit }
  /** A source failed; the host got a read error. */
  | { readonly type: 'failed'; readonly unit: MediaUnit; readonly error: Error };

/** Drives that are lent. Iterating yields what happens and ends with the session; it throws when the session was lost. */
export interface MediaSession extends AsyncIterable<MediaEvent>, AsyncDisposable {
  readonly statistics: MediaStatistics;
  /** Puts another medium into a drive, or takes it out; the host is told as by a real drive. */
  insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void>;
  /** Ends the session in good order: the drives are gone for the host. */
  close(): Promise<void>;
}
