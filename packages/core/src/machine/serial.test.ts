import { afterEach, describe, expect, it, vi } from 'vitest';
import { Inbox } from '../bytes/inbox.ts';
import { Cancelled, ConnectFailed, ProtocolError, RedirectionRefused, TimedOut } from '../errors.ts';
import { type SolMessage, solMessages } from '../redirection/sol/messages.ts';
import { hex } from '../testing/recording.ts';
import { faulty } from '../transport/faulty.ts';
import { type ByteStream, memoryPair } from '../transport/stream.ts';
import type { RedirectionDoor } from './redirection.ts';
import { openSerial } from './serial.ts';
import type { SerialControls, SerialOptions, SerialSession } from './sessions.ts';

const REPLY = hex`21 00 00 00 01 00 00 00 01 00 0c 00 00 01 00 00 00 00 57 01 00 00 00`;
const GOODBYE = hex`23 00 00 00 05 00 00 00`;

const open: ByteStream[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stream of open.splice(0)) await stream.close();
});

/** The firmware behind a door: it says what a test says, and hears what it is told. */
class Port {
  readonly heard: SolMessage[] = [];
  /** Bytes that were typed. */
  typed = 0;
  ended = false;
  readonly kept = new Set<{ close(): Promise<void> }>();
  readonly #far: ByteStream;
  readonly door: RedirectionDoor;
  /** What is said to the start; nothing where it is empty. */
  reply = REPLY;
  farewell = GOODBYE;

  constructor(wrap: (stream: ByteStream) => ByteStream = (stream) => stream) {
    const [near, far] = memoryPair();
    open.push(near, far);
    this.#far = far;
    this.door = {
      open: async () => wrap(near),
      keep: (session) => {
        this.kept.add(session);
        return () => this.kept.delete(session);
      },
      setPassword: () => {},
      close: async () => {},
    };
  }

  open(options: SerialOptions = {}): Promise<SerialSession> {
    void this.listen();
    return openSerial(this.door, 'office-pc', options);
  }

  async listen(): Promise<void> {
    const inbox = new Inbox();
    for await (const chunk of this.#far) {
      inbox.push(chunk);
      // The session's own goodbye, which comes last.
      if (inbox.peek()[0] === 0x12) break;
      for (let message = inbox.next(solMessages.decode); message; message = inbox.next(solMessages.decode)) {
        this.heard.push(message);
        if (message.type === 'SolDataToHost') this.typed += message.data.length;
        if (message.type === 'StartSolRedirection') await this.#far.write(this.reply);
        if (message.type === 'EndSolRedirection') await this.#far.write(this.farewell);
        if (inbox.peek()[0] === 0x12) break;
      }
    }
    this.ended = true;
    await this.#far.end();
  }

  say(bytes: Uint8Array): Promise<void> {
    return this.#far.write(bytes);
  }

  print(text: string): Promise<void> {
    return this.say(data(new TextEncoder().encode(text)));
  }

  hangUp(): Promise<void> {
    return this.#far.end();
  }

  kinds(): string[] {
    return this.heard.map(({ type }) => type);
  }
}

function data(bytes: Uint8Array): Uint8Array {
  return solMessages.encode({ type: 'SolDataFromHost', status: 0, sequence: 0, data: bytes });
}

function controls(state: number): Uint8Array {
  return hex`29 00 00 00 02 00 00 00 03 ${state}`;
}

/** Lets everything happen that waits for nothing from outside. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function readAll(serial: SerialSession): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of serial) text += decoder.decode(bytes, { stream: true });
  return text;
}

describe('A serial session', () => {
  it('shows what the host writes, types, and ends in good order', async () => {
    const port = new Port();
    const serial = await port.open();
    await port.print('login: ');
    const chunks: Uint8Array[] = [];
    for await (const bytes of serial) {
      chunks.push(bytes);
      await serial.write('root\r');
      break;
    }
    expect(chunks).toEqual([new TextEncoder().encode('login: ')]);
    expect(port.kinds()).toEqual(['StartSolRedirection', 'SolControlsToHost', 'SolDataToHost', 'EndSolRedirection']);
    expect(port.heard[2]).toMatchObject({ data: new TextEncoder().encode('root\r') });
    expect(port.ended).toBe(true);
    expect(port.kept.size).toBe(0);
  });

  it('is the same through a network that delivers single bytes', async () => {
    const port = new Port((stream) => faulty(stream, { splitBytes: 1 }));
    const serial = await port.open();
    await port.print('héllo');
    await serial.write('wörld');
    const iterator = serial[Symbol.asyncIterator]();
    let text = '';
    const decoder = new TextDecoder();
    while (text !== 'héllo') text += decoder.decode((await iterator.next()).value, { stream: true });
    await serial.close();
    expect(port.typed).toBe(6);
  });

  it('knows its lines and its state, and tells changes', async () => {
    const port = new Port();
    const serial = await port.open();
    expect(serial.controls).toBeUndefined();
    const told: SerialControls[] = [];
    const stop = serial.onControls((now) => told.push(now));
    await port.say(controls(4));
    await port.say(controls(4));
    await port.say(controls(0x0d));
    await vi.waitFor(() => expect(told).toHaveLength(2));
    const nothing = { break: false, powered: true, overflow: false, flushed: false, loopback: false };
    expect(told).toEqual([
      { ...nothing, rts: true, dtr: true },
      { ...nothing, rts: true, dtr: true, overflow: true, flushed: true },
    ]);
    expect(serial.controls).toEqual(told[1]);
    stop();
    await port.say(hex`29 00 00 00 02 00 00 00 04 02`);
    await vi.waitFor(() => expect(serial.controls).toMatchObject({ break: true, loopback: true, powered: false }));
    expect(told).toHaveLength(2);
  });

  it('types in pieces, in the order of writing, no faster than the buffer empties', async () => {
    const port = new Port();
    const serial = await port.open();
    await settle();
    vi.useFakeTimers();
    const startedAt = performance.now();
    const bytes = Uint8Array.from({ length: 1024 }, (_, i) => i);
    const written = Promise.all([serial.write(bytes), serial.write('end')]);
    await vi.advanceTimersByTimeAsync(100);
    await written;
    const pieces = port.heard.flatMap((message) => (message.type === 'SolDataToHost' ? [message.data] : []));
    expect(pieces.map(({ length }) => length)).toEqual([256, 256, 256, 256, 3]);
    expect(pieces.slice(0, 4).flatMap((piece) => [...piece])).toEqual([...bytes]);
    expect(performance.now() - startedAt).toBe(100);
  });

  it('types slower when the firmware dropped something', async () => {
    const port = new Port();
    const serial = await port.open();
    await settle();
    vi.useFakeTimers();
    const time = async () => {
      const startedAt = performance.now();
      let took = 0;
      void serial.write(new Uint8Array(512)).then(() => {
        took = performance.now() - startedAt;
      });
      await vi.advanceTimersByTimeAsync(100);
      return took;
    };
    expect(await time()).toBe(5);
    await port.say(controls(4 | 8));
    await vi.advanceTimersByTimeAsync(0);
    expect(await time()).toBe(10);
  });

  it('says every three seconds that it is there, and is kept by that for ten minutes in which nobody says more', async () => {
    vi.useFakeTimers();
    const port = new Port();
    const opening = port.open();
    await vi.advanceTimersByTimeAsync(0);
    const serial = await opening;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(port.kinds().filter((kind) => kind === 'SolHeartbeat')).toHaveLength(200);
    await port.print('still there');
    const { value } = await serial[Symbol.asyncIterator]().next();
    expect(new TextDecoder().decode(value)).toBe('still there');
  });

  it('sends a break of a quarter of a second, and types behind it', async () => {
    const port = new Port();
    const serial = await port.open();
    await settle();
    vi.useFakeTimers();
    const sent = Promise.all([serial.sendBreak(), serial.write('h')]);
    await vi.advanceTimersByTimeAsync(249);
    expect(port.heard.at(-1)).toMatchObject({ type: 'SolControlsToHost', control: 4, controlMask: 4 });
    await vi.advanceTimersByTimeAsync(1);
    await sent;
    expect(port.heard.slice(-2)).toMatchObject([
      { type: 'SolControlsToHost', control: 0, controlMask: 4 },
      { type: 'SolDataToHost' },
    ]);
  });

  it('is left alone by the signal of its opening', async () => {
    const abort = new AbortController();
    const port = new Port();
    const serial = await port.open({ signal: abort.signal });
    abort.abort();
    await serial.write('x');
    await serial.close();
    expect(port.typed).toBe(1);
  });
});

describe('A serial session under load', () => {
  it('holds back a host that floods while nobody reads, and loses nothing', async () => {
    const port = new Port();
    const serial = await port.open();
    const line = data(new Uint8Array(1000).fill(0x2e));
    let said = 0;
    const flooding = (async () => {
      for (let i = 0; i < 1000; i++) {
        await port.say(line);
        said++;
      }
      await port.hangUp();
    })();
    await settle();
    const before = said;
    expect(before).toBeLessThan(300);
    await settle();
    expect(said).toBe(before);
    let bytes = 0;
    await expect(async () => {
      for await (const chunk of serial) bytes += chunk.length;
    }).rejects.toThrow(ConnectFailed);
    await flooding;
    expect(bytes).toBe(1_000_000);
  });

  it('keeps a writer waiting for a firmware that takes nothing', async () => {
    const port = new Port();
    port.reply = hex``;
    const [near, far] = memoryPair();
    open.push(near, far);
    const opening = openSerial({ ...port.door, open: async () => near }, 'office-pc');
    await far.write(REPLY);
    const serial = await opening;
    vi.useFakeTimers();
    let written = 0;
    void (async () => {
      for (;;) {
        await serial.write(new Uint8Array(256));
        written += 256;
      }
    })().catch(() => {});
    await vi.advanceTimersByTimeAsync(2_000);
    const before = written;
    expect(before).toBeGreaterThan(50_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(written).toBe(before);
    await near.close();
  });

  it('carries both directions at once', async () => {
    const port = new Port();
    const serial = await port.open();
    const flooding = (async () => {
      for (let i = 0; i < 200; i++) await port.say(data(new Uint8Array(4000)));
    })();
    const iterator = serial[Symbol.asyncIterator]();
    const reading = (async () => {
      let bytes = 0;
      while (bytes < 800_000) bytes += (await iterator.next()).value.length;
      return bytes;
    })();
    await Promise.all([flooding, serial.write(new Uint8Array(4096))]);
    expect(await reading).toBe(800_000);
    expect(port.typed).toBe(4096);
  });
});

describe('The end of a serial session', () => {
  it('when the firmware closes is an error behind everything it showed', async () => {
    const port = new Port();
    const serial = await port.open();
    await port.print('Kernel panic');
    await port.hangUp();
    const iterator = serial[Symbol.asyncIterator]();
    await settle();
    expect(await iterator.next()).toMatchObject({ done: false });
    await expect(iterator.next()).rejects.toThrow('office-pc closed the connection of the serial port (SOL).');
    await expect(serial.write('x')).rejects.toThrow(ConnectFailed);
    await serial.close();
  });

  it('when the firmware says goodbye first is an error, too', async () => {
    const port = new Port();
    const serial = await port.open();
    await port.say(GOODBYE);
    await expect(readAll(serial)).rejects.toThrow('office-pc ended the serial session.');
    expect(port.kept.size).toBe(0);
  });

  it('when the connection is lost says so', async () => {
    const port = new Port((stream) => faulty(stream, { cutAfter: 60 }));
    const serial = await port.open();
    await port.print('x'.repeat(100)).catch(() => {});
    await expect(readAll(serial)).rejects.toThrow(ConnectFailed);
  });

  it('when the bytes make no sense says so', async () => {
    const port = new Port();
    const serial = await port.open();
    await port.say(hex`ff`);
    await expect(readAll(serial)).rejects.toThrow(ProtocolError);
  });

  it('when a beating firmware falls silent comes within half a minute', async () => {
    vi.useFakeTimers();
    const port = new Port();
    const opening = port.open();
    await vi.advanceTimersByTimeAsync(0);
    const serial = await opening;
    await port.say(hex`2b 00 00 00 04 00 00 00`);
    const reading = expect(readAll(serial)).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(30_000);
    await reading;
  });

  it('ends a loop that waits, once and for all, when we close it', async () => {
    const port = new Port();
    const serial = await port.open();
    const reading = readAll(serial);
    await Promise.all([serial.close(), serial.close()]);
    expect(await reading).toBe('');
    await expect(serial.write('x')).rejects.toThrow('Nothing can be typed: the serial session with office-pc is over.');
    await expect(serial.sendBreak()).rejects.toThrow(ConnectFailed);
    expect(port.kinds().filter((kind) => kind === 'EndSolRedirection')).toHaveLength(1);
  });

  it('is no error for a loop that waits, when the connection is lost while we say goodbye', async () => {
    let reset!: (error: Error) => void;
    const lost = new Promise<never>((_, reject) => {
      reset = reject;
    });
    lost.catch(() => {});
    const port = new Port((stream) => ({
      ...stream,
      [Symbol.asyncIterator]: () => {
        const reader = stream[Symbol.asyncIterator]();
        return { next: () => Promise.race([reader.next(), lost]) };
      },
    }));
    port.farewell = hex``;
    const serial = await port.open();
    const reading = readAll(serial);
    const closing = serial.close();
    reset(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    await closing;
    expect(await reading).toBe('');
  });

  it('comes although nobody reads what the host floods us with', async () => {
    const port = new Port();
    const serial = await port.open();
    const flooding = (async () => {
      for (let i = 0; i < 1000; i++) await port.say(data(new Uint8Array(1000)));
    })().catch(() => {});
    await settle();
    await serial.close();
    await flooding;
    expect(port.ended).toBe(true);
  });

  it('waits no longer than a moment for a firmware that does not answer', async () => {
    const port = new Port();
    port.farewell = hex``;
    const serial = await port.open();
    await settle();
    vi.useFakeTimers();
    const closing = serial.close();
    await vi.advanceTimersByTimeAsync(4_000);
    await closing;
  });
});

describe('A serial port that does not open', () => {
  it('is refused in words', async () => {
    const port = new Port();
    port.reply = hex`21 04`;
    await expect(port.open()).rejects.toThrow(RedirectionRefused);
    expect(port.kept.size).toBe(0);
  });

  it('is given up after ten seconds', async () => {
    vi.useFakeTimers();
    const port = new Port();
    port.reply = hex``;
    const opening = expect(port.open()).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(12_000);
    await opening;
  });

  it('is given up at once when the caller says so', async () => {
    const abort = new AbortController();
    const port = new Port();
    port.reply = hex``;
    const opening = expect(port.open({ signal: abort.signal })).rejects.toThrow(Cancelled);
    await settle();
    abort.abort();
    await opening;
    await vi.waitFor(() => expect(port.ended).toBe(true));
    expect(port.kept.size).toBe(0);
  });

  it('is given up when the machine is closed', async () => {
    const port = new Port();
    port.reply = hex``;
    const opening = expect(port.open()).rejects.toThrow(ConnectFailed);
    await settle();
    await Promise.all([...port.kept].map((session) => session.close()));
    await opening;
  });
});
