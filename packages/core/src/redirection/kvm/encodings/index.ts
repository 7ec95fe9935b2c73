/** The encodings of a session by their number on the wire. */
import { RfbEncoding } from '../messages.ts';
import type { Canvas, Decoder } from './decoder.ts';
import { desktopSizeDecoder } from './desktop-size.ts';
import { rawDecoder } from './raw.ts';
import { rleDecoder } from './rle.ts';

/** A decoder for each, all painting on one canvas. */
export function decodersFor(canvas: Canvas): ReadonlyMap<number, Decoder> {
  return new Map([
    [RfbEncoding.Raw, rawDecoder(canvas)],
    [RfbEncoding.ZRLE, rleDecoder(canvas)],
    [RfbEncoding.DesktopSize, desktopSizeDecoder(canvas)],
  ]);
}
