/** A picture of a screen, as a file. */
import { encode } from 'fast-png';
import { ConnectFailed, TimedOut } from '../errors.ts';
import type { Area } from '../redirection/kvm/damage.ts';
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

/** Resolves when every part of the screen was painted. */
async function wholePicture(
  screen: ScreenSession,
  { timeoutMs = 30_000, signal }: ScreenshotOptions = {},
): Promise<void> {
  const updates = screen.updates();
  const { framebuffer } = screen;
  const come = async (within: AbortSignal): Promise<void> => {
    while (!framebuffer.complete) {
      const { done } = await until(updates.next(), within);
      if (done === true) throw new ConnectFailed('The screen was closed before all of its picture was there.');
    }
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

/** A framebuffer as PNG, or an area within it. */
export function pngOf(
  { width, height, pixels }: Pick<Framebuffer, 'width' | 'height' | 'pixels'>,
  area: Area = { x: 0, y: 0, width, height },
): Uint8Array {
  return encode({ width: area.width, height: area.height, channels: 3, data: withoutAlpha(pixels, width, area) });
}

/** Every pixel is opaque. */
function withoutAlpha(pixels: Uint8ClampedArray, screenWidth: number, { x, y, width, height }: Area): Uint8Array {
  const colours = new Uint8Array(3 * width * height);
  let to = 0;
  for (let row = y; row < y + height; row++) {
    const start = 4 * (row * screenWidth + x);
    for (let from = start; from < start + 4 * width; from += 4) {
      colours[to++] = pixels[from] as number;
      colours[to++] = pixels[from + 1] as number;
      colours[to++] = pixels[from + 2] as number;
    }
  }
  return colours;
}
