/** Clipboards of viewers, typed at the machine: its firmware knows of keys, and of no clipboard. */
import { Cancelled, ConnectFailed } from '../errors.ts';
import type { KeyboardLayout } from '../redirection/kvm/layouts/layout.ts';
import type { ScreenSession } from './screen-session.ts';
import { typeText } from './type-text.ts';

/** What became of a clipboard. */
export type PasteEvent =
  /** All of it was typed. */
  | { readonly type: 'pasted'; readonly viewer: number; readonly characters: number }
  /** It was not typed; or, where that was `begun`, not to its end. The reason holds none of its text. */
  | { readonly type: 'unpasted'; readonly viewer: number; readonly begun: boolean; readonly reason: string };

/** More characters than this are not typed: it would take minutes. */
const MAX_CHARACTERS = 2_000;

/** How clipboards are typed. */
export interface PasteOptions {
  /** Of the guest. */
  readonly layout: KeyboardLayout;
  /** After each key that goes down or up. @default as for all text */
  readonly strokeMs: number | undefined;
  readonly onEvent: (event: PasteEvent) => void;
}

/** Types one clipboard at a time, and only while nobody else types. */
export class Pasting {
  readonly #screen: ScreenSession;
  readonly #options: PasteOptions;
  /** Keys that viewers hold. */
  readonly #held = new Set<string>();
  #typing: { readonly viewer: number; readonly abort: AbortController } | undefined;

  constructor(screen: ScreenSession, options: PasteOptions) {
    this.#screen = screen;
    this.#options = options;
  }

  /** A viewer presses a key or lets it go, and is about to be obeyed. What is being typed ends at a key that is pressed. */
  key(viewer: number, keysym: number, pressed: boolean): void {
    const name = `${viewer} ${keysym}`;
    if (!pressed) this.#held.delete(name);
    else {
      this.#held.add(name);
      this.#typing?.abort.abort('a key was pressed before its end');
    }
  }

  /** A viewer is gone, and everything it held is let go. */
  left(viewer: number): void {
    if (this.#typing?.viewer === viewer) this.#typing.abort.abort('the viewer left before its end');
  }

  /** Types what a viewer has in its clipboard, or tells why not. */
  async paste(viewer: number, text: string): Promise<void> {
    const { onEvent, layout, strokeMs } = this.#options;
    const refusal = this.#refusal(text);
    if (refusal !== undefined) return onEvent({ type: 'unpasted', viewer, begun: false, reason: refusal });
    const abort = new AbortController();
    this.#typing = { viewer, abort };
    try {
      await typeText(this.#screen, text, layout, {
        signal: abort.signal,
        ...(strokeMs === undefined ? {} : { strokeMs }),
      });
      onEvent({ type: 'pasted', viewer, characters: charactersOf(text).length });
    } catch (error) {
      onEvent({ type: 'unpasted', viewer, begun: true, reason: reasonOf(error, abort.signal) });
    } finally {
      this.#typing = undefined;
    }
  }

  /** Stops typing. */
  close(): void {
    this.#typing?.abort.abort('the screen was closed before its end');
  }

  #refusal(text: string): string | undefined {
    const { layout } = this.#options;
    const characters = charactersOf(text);
    if (characters.length > MAX_CHARACTERS) {
      return `it has ${characters.length} characters, and no more than ${MAX_CHARACTERS} are typed`;
    }
    if (this.#typing !== undefined) return 'the one before it is still being typed';
    if (this.#held.size > 0) return 'a key is held down';
    const unknown = characters.filter((character) => layout.strokes(character) === undefined);
    if (unknown.length === 0) return undefined;
    return `the keyboard ${layout.name} does not have ${unknown.length} of its ${characters.length} characters`;
  }
}

/** One for each key, or dead key and letter, that types it. */
function charactersOf(text: string): string[] {
  return Array.from(text.replaceAll('\r\n', '\n').normalize('NFC'));
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof Cancelled) return String(signal.reason);
  if (error instanceof ConnectFailed) return 'the session was lost before its end';
  throw error;
}
