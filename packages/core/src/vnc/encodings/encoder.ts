/** What the encodings towards viewers have in common. */

/** Where the pixels are: words of a framebuffer, `stride` of them a row. */
export interface PixelSource {
  readonly words: Int32Array;
  readonly stride: number;
}

/** One encoding for one viewer. */
export interface Encoder {
  /** Its number on the wire. */
  readonly number: number;
  /** Columns and rows of a rectangle that are encoded at once at most. */
  readonly maxColumns: number;
  readonly maxRows: number;
  /** What stands behind the head of a rectangle whose first pixel is at `origin`. */
  encode(source: PixelSource, origin: number, width: number, height: number): Uint8Array;
}
