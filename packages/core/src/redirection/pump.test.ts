import { describe, expect, it, vi } from 'vitest';
import { Cancelled, ConnectFailed, ProtocolError, TimedOut } from '../errors.ts';
import { hex } from '../testing/recording.ts';
import { faulty } from '../transport/faulty.ts';
import { type ByteStream, memoryPair } from '../transport/stream.ts';
import type { Protocol } from './protocol.ts';
import { type Pump, type PumpOptions, pump } from './pump.ts';

/** Every byte is an event and is answered by the next number; 0xff makes no sense. */
class Counting implements Protocol<number> {
  #outgoing: Uint8Array[] = [];
  answers = true;

  receive(chunk: Uint8Array): number[] {
    if (chunk.includes(0xff)) throw new ProtocolError('Nobody counts to 255.');
    if (this.answers) this.#outgoing.push(chunk.map((byte) => byte + 1));
    return [...chunk];
  }

  receiveEnd(): number[] {
    return [-1];
  }

  say(byte: number): void {
    this.#outgoing.push(Uint8Array.of(byte));
  }

  takeOutgoing(): Uint8Array[] {
    return this.#outgoing.splice(0);
  }
}

function start(options: Partial<PumpOptions<number>> = {}, wrap = (stream: ByteStream) => stream) {
  const [near, far] = memoryPair();
  const protocol = new Counting();
  const events: number[] = [];
  const deliver = (event: number) => void events.push(event);
  return {
    protocol,
    events,
    far,
    near,
    running: pump(protocol, wrap(near), { host: 'office-pc', deliver, ...options }),
  };
}

/** The next chunk of a stream that goes on being read. */
function reader(stream: ByteStream) {
  const iterator = stream[Symbol.asyncIterator]();
  return async () => (await iterator.next()).value;
}

/** Lets everything happen that waits for nothing from outside. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('A pump', () => {
  it('answers, delivers in order, and sends what was queued meanwhile as one', async () => {
    const { protocol, events, far, running } = start();
    const next = reader(far);
    await far.write(hex`01 02 03`);
    expect(await next()).toEqual(hex`02 03 04`);
    expect(events).toEqual([1, 2, 3]);
    protocol.say(7);
    await running.flush();
    expect(await next()).toEqual(hex`07`);
  });

  it('ends in good order when the peer does, with what the protocol makes of it', async () => {
    const { events, far, running } = start();
    await far.write(hex`01`);
    await far.end();
    await running.done;
    expect(events).toEqual([1, -1]);
    expect(running.over).toBe(true);
  });

  it('reads nothing while somebody who was told is busy, and goes on behind him', async () => {
    const held: (() => void)[] = [];
    const events: number[] = [];
    const { far } = start({
      deliver: (event) => {
        events.push(event);
        return event === 1 ? new Promise((resolve) => held.push(resolve)) : undefined;
      },
    });
    await far.write(hex`01 02`);
    await far.write(hex`03`);
    await settle();
    expect(events).toEqual([1]);
    held[0]?.();
    await settle();
    expect(events).toEqual([1, 2, 3]);
  });

  it('holds back a peer that nobody listens to', async () => {
    const { far } = start({ deliver: () => new Promise<void>(() => {}) });
    let written = 0;
    const flooding = (async () => {
      for (;;) {
        await far.write(new Uint8Array(1024));
        written += 1024;
      }
    })().catch(() => {});
    await settle();
    expect(written).toBeLessThan(128 * 1024);
    await far.close();
    await flooding;
  });

  it('keeps few answers for a peer that asks and takes none', async () => {
    const { far } = start({ deliver: () => {} });
    const asking = (async () => {
      for (let i = 0; i < 100; i++) await far.write(new Uint8Array(64 * 1024));
      return 'all was read';
    })();
    expect(
      await Promise.race([
        asking,
        settle()
          .then(settle)
          .then(() => 'stuck'),
      ]),
    ).toBe('stuck');
    await far.close();
    await asking.catch(() => {});
  });

  it('takes what is sent while the peer floods, and neither waits for the other', async () => {
    const { protocol, far, running, events } = start();
    protocol.answers = false;
    const flooded = far.write(new Uint8Array(300_000));
    for (let i = 0; i < 1000; i++) protocol.say(1);
    await running.flush();
    await flooded;
    await vi.waitFor(() => expect(events).toHaveLength(300_000));
  });

  it('ends with what the protocol cannot make sense of, and closes', async () => {
    const { far, running } = start();
    await far.write(hex`ff`);
    await expect(running.done).rejects.toThrow(ProtocolError);
    expect(await reader(far)()).toBeUndefined();
    await running.flush();
  });

  it('ends with what happened to the connection', async () => {
    const { far, running } = start({}, (stream) => faulty(stream, { cutAfter: 2 }));
    await far.write(hex`01 02 03`);
    await expect(running.done).rejects.toThrow(ConnectFailed);
  });

  it('translates what a foreign stream throws', async () => {
    const failing = (stream: ByteStream): ByteStream => ({
      ...stream,
      write: () => Promise.reject(new Error('EPIPE')),
    });
    const { far, running } = start({}, failing);
    await far.write(hex`01`);
    await expect(running.done).rejects.toThrow(
      new ConnectFailed('The connection to office-pc was lost: EPIPE.', { host: 'office-pc' }),
    );
  });

  it('ends with an error of whoever is told', async () => {
    const { far, running } = start({ deliver: () => Promise.reject(new TypeError('mine')) });
    await far.write(hex`01`);
    await expect(running.done).rejects.toThrow('mine');
  });

  it('is cancelled by its signal, at once and later', async () => {
    const abort = new AbortController();
    const { running, far } = start({ signal: abort.signal });
    abort.abort();
    await expect(running.done).rejects.toThrow(Cancelled);
    expect(await reader(far)()).toBeUndefined();
    await expect(start({ signal: abort.signal }).running.done).rejects.toThrow(Cancelled);
  });

  it('says goodbye behind what was queued, and waits for the peer', async () => {
    const { protocol, far, running } = start();
    protocol.say(9);
    const closing = running.close();
    const next = reader(far);
    expect(await next()).toEqual(hex`09`);
    expect(await next()).toBeUndefined();
    await far.write(hex`ff`);
    await far.end();
    await closing;
    await running.done;
    await running.close();
  });

  it('waits no longer than a moment for a peer that does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { running } = start();
      const closing = running.close();
      await vi.advanceTimersByTimeAsync(2_000);
      await closing;
      await running.done;
    } finally {
      vi.useRealTimers();
    }
  });

  it('closes although somebody who was told never comes back', async () => {
    const { far, running } = start({ deliver: () => new Promise<void>(() => {}) });
    await far.write(hex`01`);
    await settle();
    const closing = running.close();
    await far.end();
    await closing;
  });

  it('hands its stream on without losing a byte', async () => {
    const [left, right] = memoryPair();
    await right.write(hex`01`);
    await right.write(hex`02`);
    const released = await new Promise<ByteStream>((resolve) => {
      const running: Pump = pump(new Counting(), left, {
        host: 'office-pc',
        deliver: () => {
          resolve(running.release(hex`00`));
        },
      });
    });
    const next = reader(released);
    expect(await next()).toEqual(hex`00`);
    expect(await next()).toEqual(hex`02`);
    await released.write(hex`03`);
    await released.end();
    const answers = reader(right);
    expect(await answers()).toEqual(hex`02`);
    expect(await answers()).toEqual(hex`03`);
    expect(await answers()).toBeUndefined();
  });
});

describe('The clock of a pump', () => {
  it('beats, says for how long it was quiet, and sends what comes of it', async () => {
    vi.useFakeTimers();
    try {
      const quiet: number[] = [];
      const setup = start({
        heartbeat: {
          everyMs: 100,
          beat: (quietMs) => {
            quiet.push(quietMs);
            setup.protocol.say(0x2b);
            if (quietMs >= 300) throw new TimedOut('Nothing came.');
          },
        },
      });
      const next = reader(setup.far);
      await vi.advanceTimersByTimeAsync(100);
      expect(await next()).toEqual(hex`2b`);
      await setup.far.write(hex`01`);
      await vi.advanceTimersByTimeAsync(300);
      await expect(setup.running.done).rejects.toThrow(TimedOut);
      expect(quiet).toEqual([100, 100, 200, 300]);
      await vi.advanceTimersByTimeAsync(300);
      expect(quiet).toHaveLength(4);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not count the time in which nothing was read', async () => {
    vi.useFakeTimers();
    try {
      const quiet: number[] = [];
      const { far } = start({
        deliver: () => new Promise<void>(() => {}),
        heartbeat: { everyMs: 100, beat: (quietMs) => void quiet.push(quietMs) },
      });
      await far.write(hex`01`);
      await vi.advanceTimersByTimeAsync(200);
      expect(quiet).toEqual([0, 0]);
    } finally {
      vi.useRealTimers();
    }
  });
});
