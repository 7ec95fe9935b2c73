/** The screen of a machine as the façade offers it: how it is opened, and what can be done with it. */
import type { Area } from '../redirection/kvm/damage.ts';
import type { Decimation } from '../redirection/kvm/extensions.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import type { KeyCode } from '../redirection/kvm/keysyms.ts';
import type { PixelFormatName } from '../redirection/kvm/messages.ts';

/** Asks somebody for the code that the screen of a machine shows. `attempt` counts from 1; a wrong code is asked for again. */
export type AskCode = (asked: { readonly host: string; readonly attempt: number }) => Promise<string>;

/** How the screen is opened. */
export interface ScreenOptions {
  /**
   * Which display is captured, as `machine.displays` counts them. It is chosen before the session begins, and the firmware
   * keeps it for the next ones. @default the one that was chosen last
   */
  readonly display?: number;
  /**
   * How pixels travel; the framebuffer has the same form for all. `auto`: 16 bits where the firmware's buffer holds them,
   * else 8 (`rgb332`). The greys are for AMT 16 and later. @default 'auto'
   */
  readonly format?: 'auto' | PixelFormatName;
  /** Let the firmware compress runs and palettes; without it all pixels come as they are. @default true */
  readonly rle?: boolean;
  /** Let the firmware deflate what it sends; AMT 16 and later. @default as the firmware has it: off */
  readonly compression?: boolean;
  /** Let the firmware halve large screens; AMT 16 and later. @default as the firmware has it */
  readonly decimation?: Decimation;
  /** Most updates asked for in a second. @default as many as the firmware makes */
  readonly updatesPerSecond?: number;
  /**
   * Touch the pointer now and then, where it is: the firmware ends a session without input after some minutes, watched or
   * not. @default true
   */
  readonly keepAwake?: boolean;
  /**
   * Where the firmware demands the consent of the person at the machine: asks somebody for the code that it shows.
   * `in-picture`: opens all the same, and the firmware shows a form that takes the code as typed digits.
   * @default ConsentRequired is thrown
   */
  readonly consentCode?: AskCode | 'in-picture';
  /** Painted on instead of a new one, with the picture it has until there is another. */
  readonly framebuffer?: Framebuffer;
  /** Ends the attempt; an open session is not touched. */
  readonly signal?: AbortSignal;
  /** Called with each message of the log-in as text; keys and pixels are given as their length only. */
  readonly trace?: (line: string) => void;
}

/** A part of the screen that changed, in pixels. It lies within the framebuffer when it is handed over. */
export type ScreenUpdate = Area;

/** A key of a US keyboard by its place, as browsers name it, or a keysym. */
export type Key = KeyCode | number;

/** An open screen: what it shows, its keyboard and its pointer. There is one session of each machine at a time. */
export interface ScreenSession extends AsyncDisposable {
  /** What it shows now. It is painted also while nobody reads updates. */
  readonly framebuffer: Framebuffer;
  /**
   * Which parts change, for any number of readers, each at its own pace: what changes several times before it is read
   * comes once. It begins with the whole screen, ends with the session, and throws when the firmware ended it or it was
   * lost. Leaving the loop ends only the loop.
   */
  updates(): AsyncIterableIterator<ScreenUpdate>;
  /** Presses a key or lets it go. @throws ConnectFailed when the session is over */
  key(key: Key, pressed: boolean): void;
  /**
   * Puts the pointer somewhere on the screen, in pixels of the framebuffer.
   * @param buttons all that are down, bits of `PointerButton` @throws ConnectFailed when the session is over
   */
  pointer(x: number, y: number, buttons: number): void;
  /** Lets go of every key and button that is held. Harmless when the session is over. */
  releaseAll(): void;
  /** Lets go of what is held and ends the session. */
  close(): Promise<void>;
}
