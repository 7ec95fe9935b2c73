import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, ConnectFailed, ImageFailed, ProtocolError, RedirectionRefused, TimedOut } from '../errors.ts';
import { type BlockSource, memoryImage } from '../redirection/ider/image.ts';
import { IderFirmware, type IderFirmwareOptions } from '../testing/ider-firmware.ts';
import { hex } from '../testing/recording.ts';
import { testImage } from '../testing/served-ider.ts';
import { faulty } from '../transport/faulty.ts';
import { type ByteStream, memoryPair } from '../transport/stream.ts';
import { mountMedia } from './media.ts';
import type { RedirectionDoor } from './redirection.ts';
import type { MediaEvent, MediaSession, MountOptions } from './sessions.ts';

const cdBytes = testImage(600 * 2048, 1);
const floppyBytes = testImage(2880 * 512, 2);
const cd = memoryImage(cdBytes, { name: 'install.iso' });

const open: ByteStream[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stream of open.splice(0)) await stream.close();
});

/** A door behind which a firmware waits, and that firmware. */
function office(
  options: IderFirmwareOptions = {},
  wrap: (stream: ByteStream) => ByteStream = (stream) => stream,
): { door: RedirectionDoor; firmware: IderFirmware; far: ByteStream; kept: Set<object> } {
  const [near, far] = memoryPair();
  open.push(near, far);
  const kept = new Set<object>();
  const door: RedirectionDoor = {
    open: async () => wrap(near),
    keep: (session) => {
      kept.add(session);
      return () => kept.delete(session);
    },
    setPassword: () => {},
    close: async () => {},
  };
  return { door, firmware: new IderFirmware(far, options), far, kept };
}

/** Drives lent to a firmware that shows them at once. */
async function lent(media: MountOptions = { cd, start: 'now' }, options: IderFirmwareOptions = {}) {
  const { door, ...rest } = office(options);
  return { ...rest, session: await mountMedia(door, 'office-pc', media) };
}

/** An image whose reads a test lets through or fails, one by one. */
function heldImage(bytes: Uint8Array): {
  image: BlockSource;
  reads: { resolve(): void; reject(error: Error): void }[];
} {
  const reads: { resolve(): void; reject(error: Error): void }[] = [];
  const image: BlockSource = {
    ...memoryImage(bytes, { name: 'slow.iso' }),
    immediate: false,
    readInto: undefined as never,
    read: (offset, target, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const fill = () => {
          target.set(bytes.subarray(offset, offset + target.length));
          resolve();
        };
        reads.push({ resolve: fill, reject });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { image, reads };
}

/** What happens until the session ends, and how it ends. */
async function story(session: MediaSession): Promise<{ events: MediaEvent[]; error: unknown }> {
  const events: MediaEvent[] = [];
  try {
    for await (const event of session) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

describe('Lending drives', () => {
  it('serves what the host reads, and counts it', async () => {
    const { session, firmware } = await lent({ cd, floppy: memoryImage(floppyBytes), start: 'now' });
    const block = await firmware.read('cd', 16, 10);
    expect(block.data).toEqual(cdBytes.subarray(16 * 2048, 26 * 2048));
    expect(block.frames).toEqual([8192, 8192, 4096]);
    expect((await firmware.read('floppy', 2879, 1)).data).toEqual(floppyBytes.subarray(2879 * 512));
    expect(session.statistics).toMatchObject({
      commands: 2,
      bytesRead: 10 * 2048 + 512,
      touched: { cd: 10, floppy: 1 },
      blocks: { cd: 600, floppy: 2880 },
      stalls: 0,
      failures: 0,
      resets: 0,
    });
    expect(session.statistics.lastAccess?.getTime()).toBeGreaterThan(Date.now() - 10_000);
    await session.close();
  });

  it.each([
    ['onreboot', undefined],
    ['graceful', 'graceful'],
    ['now', 'now'],
  ] as const)('tells that the drives will be there: %s', async (start, asked) => {
    const { session } = await lent({ cd, ...(asked === undefined ? {} : { start: asked }) });
    await session.close();
    expect(await story(session)).toEqual({ events: [{ type: 'enabled', start }], error: undefined });
  });

  it('ends in good order, and only once', async () => {
    const { session, firmware, kept } = await lent();
    expect(kept).toEqual(new Set([session]));
    await Promise.all([session.close(), session.close(), session[Symbol.asyncDispose]()]);
    await firmware.running;
    expect(firmware.heard).toEqual(['OpenSession', 'DisableEnableFeatures', 'CloseSession']);
    expect(kept.size).toBe(0);
    await expect(session.insert('cd', cd)).rejects.toThrow(ConnectFailed);
  });

  it('ends when who listens has heard enough', async () => {
    const { session, firmware } = await lent();
    for await (const event of session) if (event.type === 'enabled') break;
    await firmware.running;
    expect(firmware.heard.at(-1)).toBe('CloseSession');
  });

  it('throws what ended it at who listens: the firmware', async () => {
    const { session, firmware } = await lent();
    firmware.say({ type: 'CloseSessionReply' });
    const { events, error } = await story(session);
    expect(events).toEqual([{ type: 'enabled', start: 'now' }]);
    expect(error).toBeInstanceOf(ConnectFailed);
    expect(error).toMatchObject({
      host: 'office-pc',
      message: expect.stringMatching(/^office-pc ended storage redir/),
    });
  });

  it('throws what ended it at who listens: the connection', async () => {
    const { session, far } = await lent();
    await far.close();
    const { error } = await story(session);
    expect(error).toMatchObject({ message: expect.stringMatching(/^office-pc closed the connection/) });
  });

  it('throws what ended it at who listens: bytes that make no sense', async () => {
    const { session, far } = await lent();
    await far.write(hex`99 00 00 00`);
    expect((await story(session)).error).toBeInstanceOf(ProtocolError);
  });

  it('does not begin without a medium, or with one that is none', async () => {
    const { door, firmware } = office();
    await expect(mountMedia(door, 'office-pc', {})).rejects.toThrow(TypeError);
    const cases: [MountOptions, string][] = [
      [{ cd: memoryImage(new Uint8Array(0), { name: 'empty.iso' }) }, 'empty.iso is empty.'],
      [
        { cd, floppy: memoryImage(new Uint8Array(513), { name: 'odd.img' }) },
        'odd.img is no image of a floppy: 513 bytes are no whole number of sectors.',
      ],
      [
        { cd: memoryImage(new Uint8Array(100_000), { name: 'cut.iso' }) },
        'cut.iso is no image of a CD: 100000 bytes are no whole number of sectors.',
      ],
    ];
    for (const [media, text] of cases) {
      const attempt = mountMedia(door, 'office-pc', media);
      await expect(attempt).rejects.toThrow(ImageFailed);
      await expect(attempt).rejects.toThrow(text);
    }
    expect(firmware.heard).toEqual([]);
  });

  it('says so when the firmware does not show the drives', async () => {
    const { door, kept } = office({ shown: 0 });
    const attempt = mountMedia(door, 'office-pc', { cd, start: 'graceful' });
    await expect(attempt).rejects.toThrow(RedirectionRefused);
    await expect(attempt).rejects.toMatchObject({
      message: 'office-pc did not show the drives to its host (answer 0 to "graceful").',
      hint: expect.stringContaining('"now"'),
    });
    expect(kept.size).toBe(0);
  });

  it('says so when the firmware does not open the session', async () => {
    const attempt = mountMedia(office({ status: 4 }).door, 'office-pc', { cd });
    await expect(attempt).rejects.toThrow(RedirectionRefused);
    await expect(attempt).rejects.toThrow('(status 4)');
  });

  it('says so when the firmware says nothing', async () => {
    vi.useFakeTimers();
    const { door } = office({ shown: undefined });
    const attempt = mountMedia(door, 'office-pc', { cd });
    const outcome = expect(attempt).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(10_001);
    await outcome;
  });

  it('can be given up', async () => {
    const { door, firmware } = office({ shown: undefined });
    const giveUp = new AbortController();
    const attempt = mountMedia(door, 'office-pc', { cd, signal: giveUp.signal });
    await firmware.next('DisableEnableFeatures');
    giveUp.abort();
    await expect(attempt).rejects.toThrow(Cancelled);
    await expect(attempt).rejects.toThrow('Cancelled while lending drives to office-pc.');
    await firmware.running;
  });
});

describe('Keeping a session alive', () => {
  it('says every ten seconds that it is there, and asks when it hears nothing', async () => {
    vi.useFakeTimers();
    const { session, firmware } = await lent();
    await vi.advanceTimersByTimeAsync(30_100);
    expect(firmware.heard.slice(2)).toEqual(['IderHeartbeat', 'IderHeartbeat', 'IderKeepAlivePing', 'IderHeartbeat']);
    firmware.say({ type: 'IderKeepAlivePong' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(firmware.heard.filter((type) => type === 'IderKeepAlivePing')).toHaveLength(1);
    const close = session.close();
    await vi.advanceTimersByTimeAsync(0);
    await close;
  });

  it('keeps a host that does nothing for ten minutes, and serves it then', async () => {
    vi.useFakeTimers();
    const { session, firmware } = await lent();
    const pings = () => firmware.heard.filter((type) => type === 'IderKeepAlivePing').length;
    for (let second = 0, answered = 0; second < 600; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      for (; answered < pings(); answered++) firmware.say({ type: 'IderKeepAlivePong' });
    }
    expect(pings()).toBeGreaterThan(10);
    expect(firmware.heard.filter((type) => type === 'IderHeartbeat')).toHaveLength(60);
    const reading = firmware.read('cd', 7, 1);
    await vi.advanceTimersByTimeAsync(0);
    expect((await reading).data).toEqual(cdBytes.subarray(7 * 2048, 8 * 2048));
    const close = session.close();
    await vi.advanceTimersByTimeAsync(0);
    await close;
  });

  it('gives up a firmware that is silent for more than a minute', async () => {
    vi.useFakeTimers();
    const { session } = await lent();
    const told = story(session);
    await vi.advanceTimersByTimeAsync(75_000);
    expect((await told).error).toBeInstanceOf(TimedOut);
  });
});

describe('Both drives at once', () => {
  it('are served in the order of their commands, also when the first waits for its image', async () => {
    const { image, reads } = heldImage(cdBytes);
    const { session, firmware } = await lent({ cd: image, floppy: memoryImage(floppyBytes), start: 'now' });
    const served: string[] = [];
    const first = firmware.read('cd', 3, 1).finally(() => served.push('cd'));
    await vi.waitUntil(() => reads.length === 1);
    const second = firmware.read('floppy', 5, 2).finally(() => served.push('floppy'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(served).toEqual([]);
    reads[0]?.resolve();
    expect((await first).data).toEqual(cdBytes.subarray(3 * 2048, 4 * 2048));
    expect((await second).data).toEqual(floppyBytes.subarray(5 * 512, 7 * 512));
    expect(served).toEqual(['cd', 'floppy']);
    await session.close();
  });
});

describe('A source that fails', () => {
  it('costs the host a read error, and the session goes on', async () => {
    const { image, reads } = heldImage(cdBytes);
    const { session, firmware } = await lent({ cd: image, start: 'now' });
    const failing = firmware.read('cd', 0, 1);
    await vi.waitUntil(() => reads.length === 1);
    const error = new ImageFailed('slow.iso was cut.');
    reads[0]?.reject(error);
    expect((await failing).sense).toBe('3/11/0');
    const again = firmware.read('cd', 0, 1);
    await vi.waitUntil(() => reads.length === 2);
    reads[1]?.resolve();
    expect((await again).data).toEqual(cdBytes.subarray(0, 2048));
    expect(session.statistics.failures).toBe(1);
    await session.close();
    expect((await story(session)).events).toEqual([
      { type: 'enabled', start: 'now' },
      { type: 'reading', unit: 'cd' },
      { type: 'failed', unit: 'cd', error },
    ]);
  });

  it('that is only slow is counted as a stall', async () => {
    const { image, reads } = heldImage(cdBytes);
    const { session, firmware } = await lent({ cd: image, start: 'now' });
    const slow = firmware.read('cd', 3, 1);
    await vi.waitUntil(() => reads.length === 1);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 250);
    reads[0]?.resolve();
    expect((await slow).data).toEqual(cdBytes.subarray(3 * 2048, 4 * 2048));
    expect(session.statistics).toMatchObject({ stalls: 1, bytesPerSecond: 8192 });
    clock.mockRestore();
    await session.close();
  });
});

describe('A reset of the host', () => {
  it('gives up the read under way, whose memory is not used again', async () => {
    const { image, reads } = heldImage(cdBytes);
    const { session, firmware } = await lent({ cd: image, start: 'now' });
    void firmware.read('cd', 0, 4);
    await vi.waitUntil(() => reads.length > 0);
    await firmware.reset();
    const next = firmware.read('cd', 100, 4);
    await vi.waitUntil(() => reads.length >= 2);
    for (const read of reads.reverse()) read.resolve();
    expect((await next).data).toEqual(cdBytes.subarray(100 * 2048, 104 * 2048));
    expect(session.statistics).toMatchObject({ resets: 1, failures: 0, bytesRead: 8192 });
    await session.close();
    expect((await story(session)).events.map(({ type }) => type)).toEqual(['enabled', 'reading', 'reset', 'reading']);
  });
});

describe('Another medium', () => {
  const other = memoryImage(testImage(100 * 2048, 5), { name: 'other.iso' });

  it('is told to the host once and by an event, and is read then', async () => {
    const { session, firmware } = await lent();
    await session.insert('cd', other);
    expect((await firmware.command('cd', [0])).sense).toBe('6/28/0');
    expect((await firmware.command('cd', [0])).sense).toBe('');
    const poll = () => firmware.command('cd', [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]);
    expect((await poll()).data).toEqual(hex`00 06 04 10 03 02 00 00`);
    expect((await poll()).data).toEqual(hex`00 06 04 10 02 02 00 00`);
    expect((await firmware.command('cd', [0x25])).data).toEqual(hex`00 00 00 63 00 00 08 00`);
    expect((await firmware.read('cd', 99, 1)).data).toEqual(testImage(100 * 2048, 5).subarray(99 * 2048));
    expect(session.statistics).toMatchObject({ blocks: { cd: 100 }, touched: { cd: 1 } });
    await session.close();
  });

  it('fails the read under way of the one before', async () => {
    const { image, reads } = heldImage(cdBytes);
    const { session, firmware } = await lent({ cd: image, start: 'now' });
    const read = firmware.read('cd', 0, 1);
    await vi.waitUntil(() => reads.length === 1);
    await session.insert('cd', undefined);
    expect((await read).sense).toBe('2/3a/0');
    expect((await firmware.command('cd', [0x25])).sense).toBe('2/3a/0');
    expect(session.statistics.failures).toBe(0);
    await session.close();
  });

  it('that is none is refused, and the one before stays', async () => {
    const { session, firmware } = await lent();
    await expect(session.insert('cd', memoryImage(new Uint8Array(7)))).rejects.toThrow(ImageFailed);
    expect((await firmware.command('cd', [0])).sense).toBe('');
    await session.close();
  });

  it('can be taken out by the host, who is heard of', async () => {
    const { session, firmware } = await lent();
    expect((await firmware.command('cd', [0x1b, 0, 0, 0, 2])).sense).toBe('');
    expect((await firmware.command('cd', [0])).sense).toBe('2/3a/0');
    await session.close();
    expect((await story(session)).events).toContainEqual({ type: 'ejected', unit: 'cd' });
  });
});

describe('What the host writes', () => {
  it('lands in a floppy that may be written, and is read back', async () => {
    const bytes = floppyBytes.slice();
    const { session, firmware } = await lent({ floppy: memoryImage(bytes, { writable: true }), start: 'now' });
    const data = testImage(100 * 512, 9);
    expect((await firmware.write('floppy', 700, data)).sense).toBe('');
    expect(bytes.subarray(700 * 512, 800 * 512)).toEqual(data);
    expect((await firmware.read('floppy', 699, 102)).data).toEqual(bytes.subarray(699 * 512, 801 * 512));
    expect(session.statistics).toMatchObject({ bytesWritten: 51200, bytesRead: 102 * 512 });
    await session.close();
  });

  it('is refused where it may not be', async () => {
    const { session, firmware } = await lent({ cd: memoryImage(cdBytes.slice(), { writable: true }), start: 'now' });
    expect((await firmware.write('cd', 0, new Uint8Array(2048))).sense).toBe('7/27/0');
    await session.close();
  });
});

describe('A CD image that ends within its last block', () => {
  it('is filled up with zeros', async () => {
    const bytes = testImage(3 * 2048 + 512, 4);
    const { session, firmware } = await lent({ cd: memoryImage(bytes), start: 'now' });
    // Memory that was used before does not hold zeros.
    expect((await firmware.read('cd', 0, 3)).data).toEqual(bytes.subarray(0, 6144));
    const { data } = await firmware.read('cd', 2, 2);
    expect(data).toEqual(Uint8Array.from({ length: 4096 }, (_, i) => bytes[4096 + i] ?? 0));
    await session.close();
  });
});

describe('A bad network', () => {
  it('that splits everything into single bytes changes nothing', async () => {
    const { door, firmware } = office({}, (stream) => faulty(stream, { splitBytes: 1 }));
    const session = await mountMedia(door, 'office-pc', { cd, start: 'now' });
    expect((await firmware.read('cd', 10, 9)).data).toEqual(cdBytes.subarray(10 * 2048, 19 * 2048));
    await session.close();
  });

  it('that cuts in the middle of a frame ends the session', async () => {
    const { door, firmware } = office({}, (stream) => faulty(stream, { cutAfter: 5000 }));
    const session = await mountMedia(door, 'office-pc', { cd, start: 'now' });
    void firmware.read('cd', 10, 9);
    expect((await story(session)).error).toBeInstanceOf(ConnectFailed);
  });
});
