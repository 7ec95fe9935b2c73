/** Debian's VNC viewers look at a PC through `amt kvm vnc`: TigerVNC on a display without a monitor, and vncsnapshot. */
import { spawnSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, needs } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt } from '../support/amt.ts';
import { startChromium } from '../support/chromium.ts';
import { difference } from '../support/same-picture.ts';
import { password } from '../support/scenario.ts';
import { screenPc, type TestScreen } from '../support/screen-pc.ts';
import { XDisplay } from '../support/x-display.ts';

const soon = { timeout: 20_000 };
const env = { AMT_PASSWORD: password };

let amt: Amt;

beforeAll(async () => {
  amt = await Amt.open();
});

afterAll(() => amt[Symbol.asyncDispose]());

/** How it is served. */
interface Serving {
  readonly more?: Readonly<Record<string, string>>;
  /** Paints what the screen shows from the start. */
  readonly paint?: (screen: TestScreen) => void;
}

/** `amt kvm vnc` of a PC whose screen the test paints. */
async function served({ more = {}, paint }: Serving = {}) {
  const { hardware, screen } = screenPc();
  paint?.(screen);
  const simulator = await createSimulator({ speed: 0, password, power: 'on', hardware });
  const { host, ports } = simulator;
  const running = amt.start(`kvm vnc ${host}:${ports.wsmanTls}:${ports.redirectionTls} --listen 0 --jsonl`, {
    env: { ...env, ...more },
  });
  await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
  const { port } = JSON.parse(running.said.stdout.split('\n')[0] ?? '').listen as { readonly port: number };
  return {
    screen,
    port,
    said: running.said,
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGINT');
      expect((await running.ended).status).toBe(0);
      await simulator.close();
    },
  };
}

describe('Other people’s VNC viewers', { timeout: 90_000, ...needs('chromium') }, () => {
  it.each(['ZRLE', 'Tight', 'Raw'])('TigerVNC with %s shows every pixel and types', async (encoding) => {
    await using pc = await served();
    await using display = await XDisplay.start();
    const words = ['-AutoSelect=0', `-PreferredEncoding=${encoding}`, '-RemoteResize=0', '-Shared=1', '-NoJPEG=1'];
    display.run('xtigervncviewer', ...words, `127.0.0.1::${pc.port}`);
    await expect.poll(() => display.window('TigerVNC'), soon).toBeDefined();
    const { x, y } = display.window('TigerVNC') ?? { x: 0, y: 0 };
    const { width, height } = pc.screen;
    const shows = (): Promise<void> =>
      expect
        .poll(async () => difference(await display.look(x, y, width, height), pc.screen.picture), soon)
        .toBeUndefined();
    await shows();
    pc.screen.fill({ x: 100, y: 70, width: 300, height: 200 }, 0xcc2200);
    await shows();
    // There is no window manager that would give it the keyboard.
    const place = ['mousemove', String(x + 300), String(y + 200)];
    display.act('search', '--name', 'TigerVNC', 'windowfocus', ...place, 'click', '1', 'key', 'a');
    await expect.poll(() => pc.screen.input.join(' '), soon).toMatch(/300,200 1 .*\+04 -04/);
  });

  it('TigerVNC with 8 bits a pixel shows every pixel, as close as they come', async () => {
    await using pc = await served();
    await using display = await XDisplay.start();
    const words = ['-AutoSelect=0', '-FullColor=0', '-LowColorLevel=2', '-RemoteResize=0', '-Shared=1', '-NoJPEG=1'];
    display.run('xtigervncviewer', ...words, `127.0.0.1::${pc.port}`);
    await expect.poll(() => display.window('TigerVNC'), soon).toBeDefined();
    const { x, y } = display.window('TigerVNC') ?? { x: 0, y: 0 };
    const { width, height } = pc.screen;
    const seen = () => display.look(x, y, width, height);
    await expect.poll(async () => difference(await seen(), pc.screen.picture, 8), soon).toBeUndefined();
    // Not by being shown more of it.
    expect(difference(await seen(), pc.screen.picture)).toBeDefined();
  });

  it('TigerVNC gets in with a password, after a wrong one', async () => {
    await using pc = await served({ more: { AMT_VNC_PASSWORD: 's3cret!' } });
    await using display = await XDisplay.start();
    const connect = async (word: string) => {
      const file = join(amt.folder, `${word}.passwd`);
      await writeFile(file, kept(word));
      return display.run('xtigervncviewer', '-PasswordFile', file, '-Shared=1', '-NoJPEG=1', `127.0.0.1::${pc.port}`);
    };
    const wrong = await connect('secret');
    await expect.poll(() => pc.said.stdout, soon).toContain('the password is not right');
    wrong.kill('SIGTERM');
    await once(wrong, 'exit');
    await connect('s3cret!');
    await expect.poll(() => pc.said.stdout, soon).toContain('"joined"');
    await expect.poll(() => display.window('TigerVNC'), soon).toBeDefined();
    const { x, y } = display.window('TigerVNC') ?? { x: 0, y: 0 };
    const { width, height } = pc.screen;
    await expect
      .poll(async () => difference(await display.look(x, y, width, height), pc.screen.picture), soon)
      .toBeUndefined();
  });

  it('vncsnapshot takes a picture', async () => {
    // Flat quarters: the picture is a JPEG.
    const colours = [0xff0000, 0x00ff00, 0x0000ff, 0xffffff];
    const quarter = (i: number, { width, height }: TestScreen) => ({
      ...{ x: ((i % 2) * width) / 2, y: ((i >> 1) * height) / 2 },
      ...{ width: width / 2, height: height / 2 },
    });
    await using pc = await served({
      paint: (screen) => {
        for (const [i, colour] of colours.entries()) screen.fill(quarter(i, screen), colour);
      },
    });
    const { width, height } = pc.screen;
    // It takes the first picture it gets, and ends.
    const file = join(amt.folder, 'snapshot.jpg');
    const snapshot = spawnSync(findProgram('vncsnapshot') ?? '', ['-quiet', `127.0.0.1::${pc.port}`, file]);
    expect(snapshot.status).toBe(0);
    const seen = await decoded(await readFile(file));
    expect([seen.width, seen.height]).toEqual([width, height]);
    for (const [i, wanted] of colours.entries()) {
      const { x, y } = quarter(i, pc.screen);
      const at = 4 * ((y + height / 4) * width + x + width / 4);
      const [red = 0, green = 0, blue = 0] = seen.pixels.slice(at);
      const off = [red - (wanted >> 16), green - ((wanted >> 8) & 255), blue - (wanted & 255)].map(Math.abs);
      expect(Math.max(...off)).toBeLessThan(8);
    }
  });
});

/** Pixels of a JPEG, by the browser. */
async function decoded(jpeg: Buffer) {
  const browser = await startChromium();
  const page = await browser.newPage();
  const { width, height, pixels } = (await page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/jpeg;base64,${jpeg.toString('base64')}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return { width: image.width, height: image.height, pixels: [...data] };
  })()`)) as { readonly width: number; readonly height: number; readonly pixels: readonly number[] };
  await browser.close();
  return { width, height, pixels };
}

/** A password as TigerVNC keeps it in a file: enciphered with a key that every viewer knows. */
function kept(password: string): Uint8Array {
  const key = Buffer.from('e84ad660c4721ae0', 'hex');
  const plain = Buffer.alloc(8);
  plain.write(password.slice(0, 8), 'latin1');
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return cipher.update(plain);
}
