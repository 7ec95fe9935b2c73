import { decode } from 'fast-png';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, ConnectFailed, TimedOut } from '../errors.ts';
import { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import type { ScreenSession } from './screen-session.ts';
import { ScreenUpdates } from './screen-updates.ts';
import { screenshot } from './screenshot.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A screen that a test paints. */
class Screen {
  readonly framebuffer = new Framebuffer(66, 2);
  readonly readers = new Set<ScreenUpdates>();
  readonly session = {
    framebuffer: this.framebuffer,
    updates: () => {
      const reader: ScreenUpdates = new ScreenUpdates(this.framebuffer, () => this.readers.delete(reader));
      this.readers.add(reader);
      return reader;
    },
  } as unknown as ScreenSession;

  paint(x: number, width: number, colour: readonly number[]): void {
    for (let at = 0; at < this.framebuffer.width * this.framebuffer.height; at++) {
      const column = at % this.framebuffer.width;
      if (column >= x && column < x + width) this.framebuffer.pixels.set([...colour, 255], 4 * at);
    }
    this.framebuffer.painted(x, 0, width, this.framebuffer.height);
    for (const reader of this.readers) reader.wake();
  }
}

describe('A screenshot', () => {
  it('is a PNG with the pixels of the screen', async () => {
    const screen = new Screen();
    screen.paint(0, 64, [1, 2, 3]);
    screen.paint(64, 2, [250, 251, 252]);
    const { width, height, channels, depth, data } = decode(await screenshot(screen.session));
    expect({ width, height, channels, depth }).toEqual({ width: 66, height: 2, channels: 3, depth: 8 });
    expect([...data.subarray(3 * 63, 3 * 67)]).toEqual([1, 2, 3, 250, 251, 252, 250, 251, 252, 1, 2, 3]);
  });

  it('waits until all of the picture is there', async () => {
    const screen = new Screen();
    const taken = screenshot(screen.session);
    screen.paint(0, 64, [1, 2, 3]);
    let done = false;
    void taken.then(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    screen.paint(64, 2, [9, 9, 9]);
    expect([...decode(await taken).data.subarray(-3)]).toEqual([9, 9, 9]);
    expect(screen.readers.size).toBe(0);
  });

  it('of a screen that shows nothing is given up', async () => {
    vi.useFakeTimers();
    const screen = new Screen();
    const taken = screenshot(screen.session);
    const given = expect(taken).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(30_000);
    await given;
    expect(screen.readers.size).toBe(0);
  });

  it('is given up by its signal, and by the end of the session', async () => {
    const screen = new Screen();
    await expect(screenshot(screen.session, { signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
    const taken = screenshot(screen.session);
    for (const reader of screen.readers) reader.end(new ConnectFailed('The screen was lost.'));
    await expect(taken).rejects.toThrow('The screen was lost.');
    const other = screenshot(screen.session);
    for (const reader of screen.readers) reader.end(undefined);
    await expect(other).rejects.toThrow('The screen was closed before all of its picture was there.');
    expect(screen.readers.size).toBe(0);
  });
});
