/** Keys and pointer on their way to the firmware, and what is held down. */
import { rfbClientMessages } from './messages.ts';
import { ALL_BUTTONS } from './pointer.ts';

/** Collects messages until they are taken. Motion that nobody took yet is replaced by newer motion. */
export class RfbInput {
  #outgoing: Uint8Array[] = [];
  readonly #keys = new Set<number>();
  #pointer: { readonly x: number; readonly y: number; readonly buttons: number } | undefined;
  /** The last of `#outgoing`, where it moved the pointer and pressed nothing. */
  #motion: Uint8Array | undefined;

  key(keysym: number, pressed: boolean): void {
    if (pressed) this.#keys.add(keysym);
    else this.#keys.delete(keysym);
    this.#outgoing.push(rfbClientMessages.encode({ type: 'KeyEvent', down: pressed ? 1 : 0, keysym }));
  }

  /** @param screen where x and y are kept within */
  pointer(x: number, y: number, buttons: number, screen: { readonly width: number; readonly height: number }): void {
    const to = { x: clamped(x, screen.width), y: clamped(y, screen.height), buttons: buttons & ALL_BUTTONS };
    const moved = this.#pointer?.buttons === to.buttons;
    this.#pointer = to;
    const message = rfbClientMessages.encode({ type: 'PointerEvent', ...to });
    if (moved && this.#motion !== undefined && this.#motion === this.#outgoing.at(-1)) this.#outgoing.pop();
    this.#outgoing.push(message);
    this.#motion = moved ? message : undefined;
  }

  /** Lets go of every key and button that is held, for when whoever held them is gone. */
  releaseAll(): void {
    for (const keysym of [...this.#keys].reverse()) this.key(keysym, false);
    if (this.#pointer !== undefined && this.#pointer.buttons !== 0) {
      this.#pointer = { ...this.#pointer, buttons: 0 };
      this.#outgoing.push(rfbClientMessages.encode({ type: 'PointerEvent', ...this.#pointer }));
    }
  }

  /**
   * Sends the pointer once more where it is, which counts as input and changes nothing. Where it never was anywhere, it
   * goes to the middle: systems have something happen in corners.
   */
  repeatPointer(screen: { readonly width: number; readonly height: number }): void {
    const { x, y, buttons } = this.#pointer ?? { x: screen.width >> 1, y: screen.height >> 1, buttons: 0 };
    this.pointer(x, y, buttons, screen);
  }

  takeOutgoing(): Uint8Array[] {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    return outgoing;
  }
}

function clamped(value: number, size: number): number {
  return Math.max(0, Math.min(Math.floor(value) || 0, size - 1));
}
