/**
 * The display that the firmware captures: the one that its settings name, else the first; another one as soon as they
 * name that, also while somebody looks. [REDIR §KVM 7.3] [AMT: IPS_KVMRedirectionSettingData]
 */
import type { Firmware } from '../firmware.ts';
import { displaysOf } from '../hardware/hardware.ts';
import type { Area, Screen, ScreenWatcher } from '../hardware/screen.ts';
import { text } from '../values.ts';

/** What one session sees of the displays. The keyboard belongs to the PC, the pointer to the display that is seen. */
export class CapturedDisplay implements Screen {
  readonly #firmware: Firmware;
  /** The keyboard is plugged in here. */
  readonly #first: Screen;
  /** The one that is seen. */
  #seen: Screen;

  constructor(firmware: Firmware, first: Screen) {
    this.#firmware = firmware;
    this.#first = first;
    this.#seen = this.#chosen;
  }

  get width(): number {
    return this.#seen.width;
  }

  get height(): number {
    return this.#seen.height;
  }

  get mode(): Screen['mode'] {
    return this.#seen.mode;
  }

  read(area: Area, into: Uint32Array): void {
    this.#seen.read(area, into);
  }

  async watch(watcher: ScreenWatcher): Promise<() => void> {
    let stop = await this.#seen.watch(watcher);
    let stopped = false;
    let turning = Promise.resolve();
    const turn = async (): Promise<void> => {
      const chosen = this.#chosen;
      if (stopped || chosen === this.#seen) return;
      stop();
      stop = await chosen.watch(watcher);
      this.#seen = chosen;
      if (stopped) stop();
      else watcher.resized();
    };
    const look = (): void => {
      turning = turning.then(turn);
    };
    const stopFollowing = this.#firmware.watch(look);
    look();
    return () => {
      stopped = true;
      stopFollowing();
      stop();
    };
  }

  key(usage: number, pressed: boolean): void {
    this.#first.key(usage, pressed);
  }

  pointer(x: number, y: number, buttons: number): void {
    this.#seen.pointer(x, y, buttons);
  }

  get #chosen(): Screen {
    const [settings = {}] = this.#firmware.instances('IPS_KVMRedirectionSettingData') ?? [];
    return displaysOf(this.#firmware.hardware)[Number(text(settings.DefaultScreen))] ?? this.#first;
  }
}
