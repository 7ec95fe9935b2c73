/** What happens in a session of storage redirection. */
import type { DriveUnit } from './replies.ts';

/** What the firmware and its host want or tell. */
export type IderEvent =
  /** The session is open; the drives are not there yet. */
  | { readonly type: 'opened'; readonly firmware: { readonly major: number; readonly minor: number } }
  /** The session was not opened. */
  | { readonly type: 'refused'; readonly status: number }
  /** The drives are there, or will be when it was asked for. */
  | { readonly type: 'enabled' }
  /** The firmware does not show the drives. */
  | { readonly type: 'rejected'; readonly value: number }
  /** To be done, and reported with `supply`. */
  | { readonly type: 'transfer'; readonly transfer: IderTransfer }
  /** The host reset its bus: transfers under way are of no use any more. */
  | { readonly type: 'reset' }
  /** The host opened the tray of a drive. */
  | { readonly type: 'ejected'; readonly unit: DriveUnit }
  /** The session is over: as asked, by the firmware, or the stream just ended. */
  | { readonly type: 'closed'; readonly by: 'console' | 'firmware' | 'stream' };

/** Bytes of a medium on their way: to the host, or from it. */
export interface IderTransfer {
  readonly kind: 'read' | 'write';
  readonly unit: DriveUnit;
  /** On the medium, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** Where the bytes belong that are read, or those to be written: `length` altogether, in order. */
  readonly parts: readonly Uint8Array[];
}
