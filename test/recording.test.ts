/** A person records the screen of a PC, and plays it in a browser afterwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, recordingPage, recordScreen } from '@amtkit/core';
import { needs } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';
import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canvasOf, startChromium } from './support/chromium.ts';
import { difference, type Picture, pngPicture } from './support/same-picture.ts';
import { password, reach } from './support/scenario.ts';
import { screenPc, type TestScreen } from './support/screen-pc.ts';

const soon = { timeout: 20_000 };

/** What the lines of a recording show at their end. */
function played(lines: readonly string[]): Picture {
  let [width, height, pixels] = [0, 0, new Uint8Array(0)];
  for (const { x = 0, y = 0, png, ...size } of lines.slice(1).map((line) => JSON.parse(line))) {
    if (png === undefined) {
      [width, height, pixels] = [size.width, size.height, new Uint8Array(4 * size.width * size.height)];
      continue;
    }
    const picture = pngPicture(Buffer.from(png, 'base64'));
    for (let row = 0; row < picture.height; row++) {
      const from = 4 * row * picture.width;
      const line = Array.from({ length: 4 * picture.width }, (_, i) => picture.pixels[from + i] as number);
      pixels.set(line, 4 * ((y + row) * width + x));
    }
  }
  return { width, height, pixels };
}

/** A PC that shows one thing after the other: its recording, and what there was to be seen when. */
async function record(steps: readonly ((screen: TestScreen) => void)[]) {
  const { hardware, screen } = screenPc(320, 200);
  await using simulator = await createSimulator({ speed: 0, password, hardware });
  await using machine = await connect(reach(simulator));
  await using session = await machine.screen();
  const stop = new AbortController();
  const lines: string[] = [];
  const write = (text: string) => void lines.push(...text.trimEnd().split('\n'));
  const recorded = recordScreen(session, write, { intervalMs: 10, signal: stop.signal });
  const moments: { readonly at: number; readonly picture: Picture }[] = [];
  for (const step of steps) {
    step(screen);
    await expect.poll(() => difference(played(lines), screen.picture), soon).toBeUndefined();
    moments.push({ at: JSON.parse(lines.at(-1) ?? '').at, picture: screen.picture });
  }
  stop.abort();
  await recorded;
  return { text: `${lines.join('\n')}\n`, moments };
}

describe('A recording', needs('chromium'), () => {
  let browser: Browser;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amtkit-recording-'));
    browser = await startChromium();
  });

  afterEach(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('plays in Chromium: any moment, forwards and back, and from the beginning to the end', async () => {
    const { text, moments } = await record([
      () => {},
      (screen) => screen.fill({ x: 30, y: 40, width: 100, height: 90 }, 0x20a0f0),
      (screen) => screen.resize(400, 300),
      (screen) => screen.fill({ x: 200, y: 100, width: 64, height: 64 }, 0xf0a020),
    ]);
    const file = join(folder, 'recording.html');
    await writeFile(file, recordingPage(text));
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`file://${file}`);

    const seek = (ms: number) =>
      page.evaluate(`(() => { seek.value = '${ms}'; seek.dispatchEvent(new Event('input')); })()`);
    const wrong = async ({ picture }: { readonly picture: Picture }) =>
      difference(await canvasOf(page, '#screen'), picture);
    for (const moment of [0, 1, 2, 3, 1, 0, 3, 2].map((at) => moments[at]).filter((each) => each !== undefined)) {
      await seek(moment.at);
      await expect.poll(() => wrong(moment), soon).toBeUndefined();
    }

    await seek(0);
    await page.click('#play');
    await expect.poll(() => page.getAttribute('#play', 'aria-label'), soon).toBe('Play');
    expect(await wrong(moments.at(-1) as { picture: Picture })).toBeUndefined();
    const [now, all] = ((await page.textContent('#time')) ?? '').split(' / ');
    expect(now).toBe(all);
    expect(complaints).toEqual([]);
  });
});
