/**
 * Tight, without its photographs: one colour, few colours by number, or pixels as they are, deflated in streams of their
 * own. [RFB §Tight Encoding] What noVNC reads several times as fast as ZRLE.
 */
import type { Deflaters } from '../deflate.ts';
import { VncEncoding } from '../messages.ts';
import type { PixelWriter } from '../pixels.ts';
import type { Encoder } from './encoder.ts';
import { MAX_COLOURS, TILE, TileContent } from './tile.ts';

/** High half of the byte in front: how the rectangle is put. The streams of what is deflated are apart by kind. */
const FILL = 0x80;
const COPY_STREAM = 0;
const BITS_STREAM = 1;
const NUMBERS_STREAM = 2;
/** The kind of filter follows. */
const WITH_FILTER = 0x40;
const PALETTE_FILTER = 1;

/** Fewer bytes than this are sent as they are, without a length. */
const LEAST_DEFLATED = 12;

/** @param pixels those of Tight */
export function tightEncoder(pixels: PixelWriter, streams: Deflaters): Encoder {
  const tile = new TileContent();
  const size = pixels.bytesPerPixel;
  const room = new Uint8Array(TILE * TILE * 4);

  function coloursOf(count: number): Uint8Array {
    const bytes = new Uint8Array(count * size);
    pixels.write(bytes, 0, tile.colours, 0, count);
    return bytes;
  }

  function deflated(stream: number, length: number): Uint8Array[] {
    if (length < LEAST_DEFLATED) return [room.slice(0, length)];
    const piece = streams.at(stream).deflate(room, length);
    return [compactLength(piece.length), piece];
  }

  return {
    number: VncEncoding.Tight,
    maxColumns: TILE,
    maxRows: TILE,
    encode({ words, stride }, origin, width, height) {
      tile.read(words, origin, stride, width, height);
      const colours = tile.colourCount;
      if (colours === 1) return joined([Uint8Array.of(FILL), coloursOf(1)]);
      if (colours > MAX_COLOURS) {
        pixels.write(room, 0, tile.words, 0, width * height);
        return joined([Uint8Array.of(COPY_STREAM << 4), ...deflated(COPY_STREAM, width * height * size)]);
      }
      const stream = colours === 2 ? BITS_STREAM : NUMBERS_STREAM;
      const length = colours === 2 ? putBits(tile, room) : putNumbers(tile, room);
      const head = Uint8Array.of(WITH_FILTER | (stream << 4), PALETTE_FILTER, colours - 1);
      return joined([head, coloursOf(colours), ...deflated(stream, length)]);
    },
  };
}

/** A bit a pixel, the highest first, rows filled up to a byte. Returns the length. */
function putBits({ runColours, runLengths, runCount, width }: TileContent, out: Uint8Array): number {
  let [at, byte, free, column] = [0, 0, 8, 0];
  for (let run = 0; run < runCount; run++) {
    for (let left = runLengths[run] as number; left > 0; left--) {
      free--;
      byte |= (runColours[run] as number) << free;
      column++;
      if (free > 0 && column < width) continue;
      out[at++] = byte;
      byte = 0;
      free = 8;
      if (column === width) column = 0;
    }
  }
  return at;
}

/** A byte a pixel. Returns the length. */
function putNumbers({ runColours, runLengths, runCount }: TileContent, out: Uint8Array): number {
  let at = 0;
  for (let run = 0; run < runCount; run++) {
    const end = at + (runLengths[run] as number);
    out.fill(runColours[run] as number, at, end);
    at = end;
  }
  return at;
}

/** A length of up to 22 bits in one to three bytes, the lowest seven first. */
function compactLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x4000) return Uint8Array.of((length & 0x7f) | 0x80, length >> 7);
  return Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
