/** RLE in Intel's words, ZRLE in the RFC's: one tile a rectangle, behind the length of its piece of the zlib stream. */
import { ProtocolError } from '../../../errors.ts';
import { PieceReader } from '../inflate.ts';
import type { Canvas, Decoder } from './decoder.ts';
import { TILE, TilePainter } from './tile.ts';

/** A piece is a tile of at most 12,289 bytes and what deflating may add to it. */
const MAX_PIECE = 16 * 1024;

/** [RFC 6143 §7.7.6] [REDIR §KVM 5.3] */
export function rleDecoder(canvas: Canvas): Decoder {
  const pieces = new PieceReader();
  let painter = new TilePainter(canvas.colours);
  let [left, top, columns, rows] = [0, 0, 0, 0];
  /** Length of the piece; 0 while that is what comes next. */
  let length = 0;
  const paint = (): void => {
    const { words, width } = canvas.framebuffer;
    painter.paint(pieces.bytes, pieces.start, pieces.end, words, top * width + left, width, columns, rows);
  };
  return {
    begin(x, y, width, height) {
      if (width < 1 || width > TILE || height < 1 || height > TILE) {
        throw new ProtocolError(`A tile of ${width} × ${height} pixels; the sides are 1 to ${TILE}.`);
      }
      if (painter.colours !== canvas.colours) painter = new TilePainter(canvas.colours);
      [left, top, columns, rows] = [x, y, width, height];
      length = 0;
      return 4;
    },
    take(bytes, at) {
      if (length === 0) {
        length = lengthAt(bytes, at);
        if (length >= 1 && length <= MAX_PIECE) return length;
        throw new ProtocolError(
          `A tile of ${columns} × ${rows} pixels in ${length} bytes; there are 1 to ${MAX_PIECE}.`,
        );
      }
      try {
        pieces.read(bytes, at, at + length);
        paint();
      } catch (error) {
        if (!(error instanceof ProtocolError) || !pieces.readAgain()) throw error;
        paint();
      }
      canvas.framebuffer.painted(left, top, columns, rows);
      return 0;
    },
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return high * 0x10000 + low;
}
