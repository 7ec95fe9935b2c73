/** DesktopSize: the screen has another size from here on, also for the rectangles behind it. [RFC 6143 §7.8.2] */
import type { Canvas, Decoder } from './decoder.ts';

/** No bytes; x and y mean nothing. */
export function desktopSizeDecoder({ framebuffer }: Canvas): Decoder {
  return {
    begin(_x, _y, width, height) {
      framebuffer.resize(width, height);
      return 0;
    },
    take: () => 0,
  };
}
