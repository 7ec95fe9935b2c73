/** Whether a screen still shows the same picture. Firmware also sends again what did not change, so pixels are compared. */
import type { Framebuffer } from '../../redirection/kvm/framebuffer.ts';

/**
 * The part of all pixels that may differ: a cursor that blinks and a clock are less, a bar that has grown for a while is
 * more, since everything is compared with one picture.
 */
const MOVES = 1 / 1000;

/** Compares one screen with itself. */
export class Stillness {
  #picture = new Int32Array(0);
  #width = 0;
  #since = 0;

  /** How long the picture has been the same by now, milliseconds; 0 while there is no whole one. */
  look({ width, words, complete }: Pick<Framebuffer, 'width' | 'words' | 'complete'>, now: number): number {
    const isAnother = width !== this.#width || words.length !== this.#picture.length;
    if (complete && !isAnother && words.length > 0 && !differ(this.#picture, words)) return now - this.#since;
    this.#since = now;
    this.#width = width;
    this.#picture = complete ? words.slice() : new Int32Array(0);
    return 0;
  }
}

function differ(one: Int32Array, other: Int32Array): boolean {
  const most = one.length * MOVES;
  let others = 0;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i] && ++others > most) return true;
  return false;
}
