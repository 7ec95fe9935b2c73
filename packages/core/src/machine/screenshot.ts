/** A picture of a screen, as a file. */
import { encode } from 'fast-png';
import { TimedOut } from '../errors.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import type { ScreenSession } from './screen-session.ts';
import { inTime, until } from './waiting.ts';

/** How a screenshot is taken. */
export interface ScreenshotOptions {
  /** For the whole screen to be there. @default 30_000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * What a screen shows now, as PNG; of a session that was just opened its first picture.
 * @throws TimedOut where it does not come, what ended the session meanwhile, Cancelled
 */
export async function screenshot(screen: ScreenSession, options: ScreenshotOptions = {}): Promise<Uint8Array> {
  await wholePicture(screen, options);
  return pngOf(screen.framebuffer);
}

/** Resolves when every part of the screen was painted. @throws as {@link screenshot} */
export async function wholePicture(
  screen: ScreenSession,
  { timeoutMs = 30_000, signal }: ScreenshotOptions = {},
): Promise<void> {
  const updates = screen.updates();
  const { framebuffer } = screen;
  const come = async (within: AbortSignal): Promise<void> => {
    while (!framebuffer.complete) await until(updates.next(), within);
  };
  try {
    await inTime(timeoutMs, signal, come, () => notWhole(framebuffer, timeoutMs));
  } finally {
    await updates.return?.();
  }
}

function notWhole({ width, height }: Framebuffer, timeoutMs: number): TimedOut {
  return new TimedOut(`A whole picture of the screen, ${width} × ${height}, did not come within ${timeoutMs} ms.`, {
    hint: 'Wake the PC: a display that sleeps shows nothing new.',
  });
}

/** A framebuffer as PNG. */
export function pngOf({ width, height, pixels }: Pick<Framebuffer, 'width' | 'height' | 'pixels'>): Uint8Array {
  return encode({ width, height, channels: 3, data: withoutAlpha(pixels) });
}

/** Every pixel is opaque. */
function withoutAlpha(pixels: Uint8ClampedArray): Uint8Array {
  const colours = new Uint8Array((pixels.length / 4) * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
    colours[to] = pixels[from] as number;
    colours[to + 1] = pixels[from + 1] as number;
    colours[to + 2] = pixels[from + 2] as number;
  }
  return colours;
}
