/** Debian's browser without a window, and what it shows of a screen. */
import { findProgram } from '@amtkit/core/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Picture } from './same-picture.ts';

/** Starts it. Root may not use its sandbox. */
export function startChromium(): Promise<Browser> {
  const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome') ?? '';
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** Pixels of the canvas that a page shows the screen on. */
export async function canvasOf(page: Page, selector = '#screen canvas'): Promise<Picture> {
  const { width, height, base64 } = (await page.evaluate(`(() => {
    const canvas = document.querySelector('${selector}');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let text = '';
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return { width: canvas.width, height: canvas.height, base64: btoa(text) };
  })()`)) as { readonly width: number; readonly height: number; readonly base64: string };
  return { width, height, pixels: Buffer.from(base64, 'base64') };
}
