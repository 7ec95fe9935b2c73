/** What the firmware knows of the PC it sits in. */

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

/** The PC behind the firmware. */
export interface Hardware extends AsyncDisposable {
  readonly power: HardwarePower;
  /** What it started from last; absent while it is starting or off since the beginning. */
  readonly bootedFrom: BootChoice | undefined;
  /** Whether an operating system runs that can be asked. */
  readonly systemUp: boolean;
  /** `boot` holds for this start only. Resolves when the power has followed, which is before a system is up. */
  apply(action: HardwareAction, boot?: BootChoice): Promise<void>;
  /** What happens from now on. Only one reader. */
  changes(): AsyncIterable<HardwareChange>;
}
