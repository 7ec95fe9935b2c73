/** What the firmware knows of the PC it sits in. */
import type { ByteStream } from '@amtkit/core/streams';
import type { Screen } from './screen.ts';

/** What a PC can start from. */
export type BootChoice =
  | 'disk'
  | 'pxe'
  | 'cd'
  | 'bios'
  | 'bios-pause'
  | 'safe-mode'
  | 'diagnostics'
  | 'ider-cd'
  | 'ider-floppy'
  | 'https'
  | 'winre'
  | 'pba';

/** What the firmware can make a PC do. The `soft-` ones, sleep and hibernate ask the operating system. */
export type HardwareAction =
  | 'on'
  | 'off'
  | 'cycle'
  | 'reset'
  | 'soft-off'
  | 'soft-reset'
  | 'sleep'
  | 'hibernate'
  | 'nmi';

/** Power as the PC sees it: S0, S3, S4, S5. */
export type HardwarePower = 'on' | 'sleep' | 'hibernate' | 'off';

/** What a PC tells by itself. */
export type HardwareChange =
  /** It reached another power state, by whatever cause. */
  | { readonly kind: 'power'; readonly power: HardwarePower }
  /** It began to start: memory is being found, options for this start are taken. */
  | { readonly kind: 'starting' }
  /** The BIOS handed over to this. */
  | { readonly kind: 'booted'; readonly from: BootChoice }
  /** The operating system answers. */
  | { readonly kind: 'system-up' };

/** The two drives that the firmware can lend the PC. */
export type DriveUnit = 'cd' | 'floppy';

/**
 * A medium in a redirected drive, as the PC meets it: every call becomes commands that travel to the console and back,
 * in as many pieces as firmware makes of it.
 */
export interface RedirectedMedium {
  /** Bytes in a block: 2048 or 512. */
  readonly blockLength: number;
  readonly blocks: number;
  readonly writable: boolean;
  /** @throws MediumFailed when the console says so, is gone, or answers nonsense */
  read(block: number, count: number): Promise<Uint8Array>;
  /** Whole blocks. @throws MediumFailed */
  write(block: number, data: Uint8Array): Promise<void>;
  /** Any other command of twelve bytes; its data, if it has some. @throws MediumFailed */
  command(cdb: Uint8Array): Promise<Uint8Array>;
}

/** A command of a redirected drive failed. */
export class MediumFailed extends Error {
  /** Sense key, additional code and its qualifier, as the console or the firmware gave them. [SPC-4 §4.5] */
  readonly sense: readonly [key: number, asc: number, ascq: number];

  constructor(message: string, sense: readonly [key: number, asc: number, ascq: number]) {
    super(message);
    this.name = 'MediumFailed';
    this.sense = sense;
  }
}

/** The PC behind the firmware. */
export interface Hardware extends AsyncDisposable {
  readonly power: HardwarePower;
  /** What it started from last; absent while it is starting or off since the beginning. */
  readonly bootedFrom: BootChoice | undefined;
  /** Whether an operating system runs that can be asked. */
  readonly systemUp: boolean;
  /** `boot` holds for this start only. Resolves when the power has followed, which is before a system is up. */
  apply(action: HardwareAction, boot?: BootChoice): Promise<void>;
  /** The far side of its serial port: reading it yields what the PC writes, writing to it is what the PC reads. */
  readonly serial: ByteStream;
  /** What it shows, and its keyboard and mouse; a PC without has no display that could be captured. */
  readonly screen?: Screen | undefined;
  /** Displays to the right of the first, at most three. Their keyboard is that of the first. */
  readonly furtherScreens?: readonly Screen[] | undefined;
  /** The firmware puts a medium into a redirected drive, another one, or takes it out. Resolves when the PC sees it. */
  insert(unit: DriveUnit, medium: RedirectedMedium | undefined): Promise<void>;
  /** What happens from now on. Only one reader. */
  changes(): AsyncIterable<HardwareChange>;
}

/** So many displays the firmware tells apart. */
export const MOST_DISPLAYS = 4;

/** All displays of a PC, from left to right. */
export function displaysOf({ screen, furtherScreens = [] }: Hardware): readonly Screen[] {
  return screen === undefined ? [] : [screen, ...furtherScreens].slice(0, MOST_DISPLAYS);
}
