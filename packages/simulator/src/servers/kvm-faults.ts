/** What goes wrong with a screen session on purpose, each as it was seen in the field. */
import type { ScreenFault } from '../faults.ts';
import type { Firmware } from '../firmware.ts';

/** Milliseconds that a session lives after its first picture, and that a slow tile takes. */
const SOON_MS = 1000;
const SLOW_MS = 200;

/** Bytes that no tile and no piece of a stream can be: there is no such way to pack one, and no such block. */
const NO_TILE = 17;
const NO_BLOCK = 0xff;

/** The misfortune of one session; without one everything goes through as it is. */
export class ScreenMisfortune {
  readonly #firmware: Firmware;
  readonly #fault: ScreenFault | undefined;
  readonly #cut: () => void;
  #updates = 0;

  /** @param cut ends the connection */
  constructor(firmware: Firmware, fault: ScreenFault | undefined, cut: () => void) {
    [this.#firmware, this.#fault, this.#cut] = [firmware, fault, cut];
  }

  /** Whether this is what goes wrong. */
  is(fault: ScreenFault): boolean {
    return this.#fault === fault;
  }

  /** An update begins. */
  begin(): void {
    this.#updates++;
    if (this.is('drop-soon') && this.#updates === 1) this.#firmware.clock.after(SOON_MS, this.#cut);
  }

  /** A tile, before it is packed into the stream. */
  tile(tile: Uint8Array): Uint8Array {
    return this.is('bad-tile') && this.#updates > 1 ? Uint8Array.of(NO_TILE, ...tile.subarray(1)) : tile;
  }

  /** A piece of the stream. */
  piece(piece: Uint8Array): Uint8Array {
    return this.is('bad-zlib') && this.#updates > 1 ? piece.map(() => NO_BLOCK) : piece;
  }

  /** A rectangle as it is sent; after half of one there is nothing more. */
  rectangle(bytes: Uint8Array): Uint8Array {
    return this.#halves ? bytes.subarray(0, bytes.length >> 1) : bytes;
  }

  /** A rectangle was sent. Resolves when the next may be. */
  async sent(): Promise<void> {
    if (this.#halves) this.#cut();
    if (this.is('slow-tiles')) await new Promise<void>((resolve) => void this.#firmware.clock.after(SLOW_MS, resolve));
  }

  get #halves(): boolean {
    return this.is('half-tile') && this.#updates > 1;
  }
}
