import { decode } from 'fast-png';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PretendScreen } from '../automation/testing/pretend-screen.ts';
import { ConnectFailed } from '../errors.ts';
import { recordScreen } from './recording.ts';

afterEach(() => {
  vi.useRealTimers();
});

interface Line {
  readonly at: number;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly png?: string;
}

/** Records a screen that a test moves, until it stops. */
function recording(size: readonly [number, number] = [128, 64], write?: () => Promise<void>) {
  const screen = new PretendScreen({}, size);
  const stop = new AbortController();
  let text = '';
  const ended = recordScreen(
    screen,
    async (more) => {
      text += more;
      await write?.();
    },
    { title: 'office-pc', intervalMs: 10, signal: stop.signal },
  );
  const lines = (): Line[] =>
    text
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line) as Line);
  return { screen, ended, lines, head: () => JSON.parse(text.split('\n')[0] as string), stop: () => stop.abort() };
}

/** What a player shows at the end. */
function played(lines: readonly Line[]) {
  let [width, height] = [0, 0];
  let pixels = new Uint8Array(0);
  for (const { x = 0, y = 0, png, ...size } of lines) {
    if (png === undefined) {
      if (size.width === undefined || size.height === undefined) continue;
      [width, height] = [size.width, size.height];
      pixels = new Uint8Array(4 * width * height);
      continue;
    }
    const picture = decode(Buffer.from(png, 'base64'));
    expect([picture.width, picture.height]).toEqual([size.width, size.height]);
    for (let row = 0; row < picture.height; row++) {
      for (let column = 0; column < picture.width; column++) {
        const rgb = picture.data.subarray(3 * (row * picture.width + column)).subarray(0, 3);
        pixels.set([...rgb, 255], 4 * ((y + row) * width + x + column));
      }
    }
  }
  return { width, height, pixels: [...pixels] };
}

const shown = ({ framebuffer: { width, height, pixels } }: PretendScreen) => ({ width, height, pixels: [...pixels] });

describe('A recording', () => {
  it('has all that the screen showed, each line whole in itself', async () => {
    const { screen, ended, lines, head, stop } = recording();
    screen.paint(10);
    await vi.waitFor(() => expect(lines()).toHaveLength(2));
    screen.paint(20, { x: 64, y: 0, width: 64, height: 64 });
    await vi.waitFor(() => expect(lines()).toHaveLength(3));
    screen.resize(192, 100);
    screen.paint(30);
    await vi.waitFor(() => expect(lines()).toHaveLength(5));
    stop();
    expect(await ended).toEqual({ seconds: expect.any(Number), pictures: 3, bytes: expect.any(Number) });
    expect(head()).toEqual({ amtkit: 'screen', version: 1, title: 'office-pc', startedAt: expect.any(String) });
    expect(lines().map(({ png: _png, at: _at, ...area }) => area)).toEqual([
      { width: 128, height: 64 },
      { x: 0, y: 0, width: 128, height: 64 },
      { x: 64, y: 0, width: 64, height: 64 },
      { width: 192, height: 100 },
      { x: 0, y: 0, width: 192, height: 100 },
      {},
    ]);
    expect(played(lines())).toEqual(shown(screen));
    const times = lines().map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('waits for the whole of a picture, and leaves out what did not change', async () => {
    const { screen, ended, lines, stop } = recording();
    screen.paint(10, { x: 0, y: 0, width: 64, height: 64 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(lines()).toEqual([]);
    screen.paint(10, { x: 64, y: 0, width: 64, height: 64 });
    await vi.waitFor(() => expect(lines()).toHaveLength(2));
    screen.paint(10);
    await new Promise((resolve) => setTimeout(resolve, 30));
    stop();
    await ended;
    expect(lines()).toHaveLength(3);
  });

  it('puts changes together while a slow disk is waited for', async () => {
    let release = (): void => {};
    const { screen, ended, lines, stop } = recording([128, 64], () => {
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    release();
    screen.paint(1);
    await vi.waitFor(() => expect(lines()).toHaveLength(2));
    for (let level = 2; level < 100; level++) screen.paint(level);
    const releasing = setInterval(() => release(), 5);
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(2));
    stop();
    await ended;
    clearInterval(releasing);
    expect(lines().length).toBeLessThan(6);
    expect(played(lines())).toEqual(shown(screen));
  });

  it('has the whole screen once a minute, with the first change after it', async () => {
    vi.useFakeTimers();
    const { screen, ended, lines, stop } = recording();
    screen.paint(10);
    await vi.advanceTimersByTimeAsync(20);
    for (const minute of [1, 2]) {
      await vi.advanceTimersByTimeAsync(60_000);
      for (const step of [0, 1]) {
        screen.paint(20 * minute + step, { x: 0, y: 0, width: 64, height: 64 });
        await vi.advanceTimersByTimeAsync(20);
      }
    }
    stop();
    await vi.advanceTimersByTimeAsync(20);
    await ended;
    expect(lines().flatMap(({ png, width }) => (png === undefined ? [] : [width]))).toEqual([128, 128, 64, 128, 64]);
    expect(lines().at(-1)?.at).toBeGreaterThan(120_000);
  });

  it('ends with the session, also one that is lost, and has its last line', async () => {
    const closed = recording();
    closed.screen.paint(1);
    await closed.screen.close();
    await closed.ended;
    expect(closed.lines().at(-1)).toEqual({ at: expect.any(Number) });
    const lost = recording();
    lost.screen.paint(1);
    lost.screen.cut(new ConnectFailed('The screen was lost.'));
    await expect(lost.ended).rejects.toThrow('The screen was lost.');
    expect(played(lost.lines())).toEqual(shown(lost.screen));
  });
});
