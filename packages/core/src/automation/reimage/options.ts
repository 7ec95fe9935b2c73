/** How a reimage is asked for. */
import type { Machine } from '../../machine/machine.ts';
import type { AskCode } from '../../machine/screen-session.ts';
import type { MediaStart } from '../../machine/sessions.ts';
import type { BlockSource } from '../../redirection/ider/image.ts';
import type { MediaPatience } from '../media.ts';
import type { ScreenLine } from '../screen-line.ts';
import { type JudgePatience, judgePatience } from './judge.ts';
import type { PressKey, ReimagePress } from './press.ts';
import type { ReimageUntil } from './until.ts';

/** The part of a machine that a reimage needs. */
export type ReimageMachine = Pick<
  Machine,
  'host' | 'power' | 'boot' | 'features' | 'consent' | 'eventLog' | 'serial' | 'screen' | 'mount'
>;

/** What to install, and how to tell that it is. */
export interface ReimageOptions {
  /** Image to start from: of a CD, or of a disk, which goes into the floppy drive. It stays the caller's. */
  readonly media: BlockSource;
  /** Answer floppy beside it. It stays the caller's. */
  readonly floppy?: BlockSource;
  /** What counts as success; the first of several that comes. @default restart or power off */
  readonly until?: ReimageUntil | readonly ReimageUntil[];
  /** Pressed while the loader may be waiting for it, as {@link ReimagePress} or as text: `enter`, `space:20`. */
  readonly press?: ReimagePress | string;
  /** Where the key goes. @default the screen's keyboard where the machine has KVM, else the serial port */
  readonly pressKey?: PressKey;
  /** Asks somebody for the code that the machine shows. @default wait until the consent was given in another way */
  readonly consentCode?: AskCode;
  /** Open the serial port also where nothing needs it: what the machine writes is told. @default where it is switched on */
  readonly serial?: boolean;
  /**
   * Open the screen also where nothing needs it. @default where the key or the success does; for the key alone it is
   * closed again when that is pressed no longer, so that somebody can look
   */
  readonly screen?: boolean;
  /** Called with the screen once it is kept open, for pictures of it or a recording. It ends with the reimage. */
  readonly onScreen?: (screen: ScreenLine) => void;
  /** When the drives appear. @default 'onreboot' */
  readonly start?: MediaStart;
  /** Switch off again at the end what had to be switched on. @default false */
  readonly restore?: boolean;
  /** @default 7_200_000, two hours */
  readonly timeoutMs?: number;
  /** Cancels it: media are detached, the boot override is cleared. */
  readonly signal?: AbortSignal;
  readonly patience?: Partial<ReimagePatience>;
}

/** How patient a reimage is; milliseconds. */
export interface ReimagePatience extends JudgePatience, MediaPatience {
  /** Between looks at progress, and between two `reading`. @default 1_000 */
  readonly tickMs: number;
  /** Between polls of the power. @default 3_000 */
  readonly pollMs: number;
  /** Without a read that make it `idle`. @default 5_000 */
  readonly idleMs: number;
  /** Without any answer, or without the drives, that make it give up. @default 600_000 */
  readonly lostMs: number;
  /** For consent to be given. @default 300_000 */
  readonly consentMs: number;
  /** Before a start that was refused is asked for again. @default 5_000 */
  readonly refusedMs: number;
  /** For each piece of cleaning up. @default 20_000 */
  readonly cleanUpMs: number;
}

/** What the product promises. */
export const reimagePatience: ReimagePatience = {
  ...judgePatience,
  firstRetryMs: 500,
  longestRetryMs: 15_000,
  tickMs: 1_000,
  pollMs: 3_000,
  idleMs: 5_000,
  lostMs: 600_000,
  consentMs: 300_000,
  refusedMs: 5_000,
  cleanUpMs: 10_000,
};
