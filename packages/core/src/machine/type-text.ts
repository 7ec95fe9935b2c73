/** Text and key combinations, typed on the keyboard of a screen. */
import { Cancelled, ConnectFailed } from '../errors.ts';
import { chord } from '../redirection/kvm/chords.ts';
import type { KeyStroke } from '../redirection/kvm/keysyms.ts';
import type { KeyboardLayout } from '../redirection/kvm/layouts/layout.ts';
import { type KeyboardLayoutName, keyboardLayouts, typing } from '../redirection/kvm/layouts/typing.ts';
import type { ScreenSession } from './screen-session.ts';
import { pause } from './waiting.ts';

/** How fast it is typed. */
export interface TypeOptions {
  /** After each key that goes down or up. @default 15 */
  readonly strokeMs?: number;
  /** Stops in the middle, and lets go of what was pressed here. */
  readonly signal?: AbortSignal;
}

/** A keyboard reports some hundred times a second; consoles in the field type with 10 to 15 ms between two keys. */
const STROKE_MS = 15;

/**
 * Types text as on a keyboard of this layout, which is the one that the guest is set to: the firmware passes on keys and
 * not characters.
 * @throws TypeError for a character that the keyboard cannot make, before anything is typed; ConnectFailed when the
 * session ends before all is typed; Cancelled
 */
export async function typeText(
  screen: ScreenSession,
  text: string,
  layout: KeyboardLayoutName | KeyboardLayout,
  options: TypeOptions = {},
): Promise<void> {
  await strike(screen, typing(text, typeof layout === 'string' ? keyboardLayouts[layout] : layout), options);
}

/**
 * Presses keys together and lets them go: `ctrl+alt+del`, `f10`, `shift+tab`.
 * @throws TypeError for a key that has no such name; ConnectFailed when the session is over; Cancelled
 */
export async function pressKeys(screen: ScreenSession, keys: string, options: TypeOptions = {}): Promise<void> {
  await strike(screen, chord(keys), options);
}

async function strike(
  screen: ScreenSession,
  strokes: readonly KeyStroke[],
  { strokeMs = STROKE_MS, signal }: TypeOptions,
): Promise<void> {
  const down: number[] = [];
  const letGo = (): void => {
    for (const keysym of down.splice(0).reverse()) release(screen, keysym);
  };
  // At once, so that whatever is typed next does not meet them.
  signal?.addEventListener('abort', letGo, { once: true });
  try {
    for (const { keysym, pressed } of strokes) {
      if (signal?.aborted) throw new Cancelled('Cancelled while typing.', { cause: signal.reason });
      screen.key(keysym, pressed);
      if (pressed) down.push(keysym);
      else down.splice(down.indexOf(keysym), 1);
      await pause(strokeMs, signal);
    }
  } finally {
    signal?.removeEventListener('abort', letGo);
  }
}

function release(screen: ScreenSession, keysym: number): void {
  try {
    screen.key(keysym, false);
  } catch (error) {
    // Without a session nothing is down.
    if (!(error instanceof ConnectFailed)) throw error;
  }
}
