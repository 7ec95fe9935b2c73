/** What the encodings have in common: a rectangle of a screen, and bytes that come in pieces. */
import type { Framebuffer } from '../framebuffer.ts';
import type { PixelTable } from './pixels.ts';

/** Where decoders paint, and in which colours. */
export interface Canvas {
  readonly framebuffer: Framebuffer;
  /** Of the format that the update being decoded has. */
  colours: PixelTable;
}

/** One encoding, for the whole of a session. One rectangle at a time. */
export interface Decoder {
  /**
   * Begins a rectangle. Returns how many bytes it needs first; 0: it is done.
   * @throws ProtocolError where the encoding has no such rectangle
   */
  begin(x: number, y: number, width: number, height: number): number;
  /** Takes the bytes it asked for. Returns how many more it needs; 0: it is done. @throws ProtocolError */
  take(bytes: Uint8Array, at: number): number;
}
