/** A picture of a screen, as a file. */
import { encode } from 'fast-png';
import { Cancelled, TimedOut } from '../errors.ts';
import type { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import type { ScreenSession } from './screen-session.ts';
import { until } from './waiting.ts';

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
  const late = AbortSignal.timeout(timeoutMs);
  const given = signal === undefined ? late : AbortSignal.any([signal, late]);
  const updates = screen.updates();
  try {
    while (!screen.framebuffer.complete) await until(updates.next(), given);
  } catch (error) {
    if (!(error instanceof Cancelled) || signal?.aborted === true) throw error;
    const { width, height } = screen.framebuffer;
    throw new TimedOut(`A whole picture of the screen, ${width} × ${height}, did not come within ${timeoutMs} ms.`, {
      hint: 'Wake the PC: a display that sleeps shows nothing new.',
    });
  } finally {
    await updates.return?.();
  }
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
