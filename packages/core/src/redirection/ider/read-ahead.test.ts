import { describe, expect, it } from 'vitest';
import { ImageFailed } from '../../errors.ts';
import { testImage } from '../../testing/served-ider.ts';
import { seededRandom } from '../../transport/faulty.ts';
import { type BlockSource, memoryImage } from './image.ts';
import { ReadAhead } from './read-ahead.ts';

const MIB = 1024 * 1024;
const bytes = testImage(8 * MIB, 1);

/** A source that answers when a test says so, and what it was asked. */
function slowSource(content: Uint8Array = bytes) {
  const asked: { offset: number; length: number; signal: AbortSignal | undefined }[] = [];
  let pending: { answer: () => void; fail: (error: Error) => void }[] = [];
  const source: BlockSource = {
    name: 'slow',
    size: content.length,
    read: (offset, target, { signal } = {}) =>
      new Promise((resolve, reject) => {
        asked.push({ offset, length: target.length, signal });
        const answer = () => {
          target.set(content.subarray(offset, offset + target.length));
          resolve();
        };
        pending.push({ answer, fail: reject });
      }),
    async [Symbol.asyncDispose]() {},
  };
  const settle = async (act: (read: (typeof pending)[number]) => void) => {
    while (pending.length > 0) {
      const now = pending;
      pending = [];
      for (const read of now) act(read);
      await new Promise(setImmediate);
    }
  };
  return {
    source,
    asked,
    answerAll: () => settle(({ answer }) => answer()),
    failAll: () => settle(({ fail }) => fail(new ImageFailed('gone'))),
    get pending() {
      return pending.length;
    },
  };
}

/** A read into parts of this size; `now` when it was there at once. */
function read(reader: ReadAhead, offset: number, length: number, part = 8192) {
  const targets: Uint8Array[] = [];
  for (let at = 0; at < length; at += part) targets.push(new Uint8Array(Math.min(part, length - at)));
  const done = reader.read(offset, targets);
  return { now: done === undefined, done, data: () => Buffer.concat(targets) };
}

function matches(data: Uint8Array, offset: number): boolean {
  return Buffer.compare(data, bytes.subarray(offset, offset + data.length)) === 0;
}

describe('Reading ahead', () => {
  it('has what comes next ready, with several reads under way', async () => {
    const { source, asked, answerAll } = slowSource();
    const reader = new ReadAhead(source);
    for (const offset of [0, 2048]) {
      const { done } = read(reader, offset, 2048);
      await answerAll();
      await done;
    }
    expect(asked.map(({ offset }) => offset)).toEqual([0, 2048, 4096]);
    let waited = 0;
    for (let offset = 4096; offset < 4 * MIB; offset += 2048) {
      const { now, done, data } = read(reader, offset, 2048);
      if (!now) waited++;
      await answerAll();
      await done;
      expect(matches(data(), offset)).toBe(true);
    }
    expect(waited).toBe(0);
  });

  it('waits for what is on its way instead of asking twice', async () => {
    const slow = slowSource();
    const reader = new ReadAhead(slow.source);
    read(reader, 0, 2048);
    read(reader, 2048, 2048);
    const third = read(reader, 4096, 4096);
    expect(third.now).toBe(false);
    await slow.answerAll();
    await third.done;
    expect(matches(third.data(), 4096)).toBe(true);
    expect(slow.asked.filter(({ offset, length }) => offset <= 4096 && offset + length > 4096)).toHaveLength(1);
  });

  it('puts a read together from what lies ready, what comes, and what is missing', async () => {
    const slow = slowSource();
    const reader = new ReadAhead(slow.source);
    read(reader, 0, 65_536);
    read(reader, 65_536, 65_536);
    await slow.answerAll();
    const { done, data } = read(reader, 131_072 - 6000, 300_000, 7000);
    await slow.answerAll();
    await done;
    expect(matches(data(), 131_072 - 6000)).toBe(true);
  });

  it('is the same bytes in any order of reads and answers', async () => {
    const random = seededRandom(4);
    const source: BlockSource = {
      ...memoryImage(bytes),
      immediate: false,
      readInto: undefined as never,
      async read(offset, target) {
        for (let turns = Math.floor(random() * 4); turns > 0; turns--) await new Promise(setImmediate);
        target.set(bytes.subarray(offset, offset + target.length));
      },
    };
    const reader = new ReadAhead(source);
    let at = 0;
    for (let i = 0; i < 1500; i++) {
      const way = random();
      if (way < 0.1) at = Math.floor(random() * 4000) * 2048;
      else if (way < 0.15) at = Math.min(at + 262_144, bytes.length - 131_072);
      if (way > 0.99) reader.forget();
      const length = Math.min(2048 * (1 + Math.floor(random() * 64)), bytes.length - at);
      const { done, data } = read(reader, at, length);
      await done;
      expect(matches(data(), at)).toBe(true);
      at = (at + length) % bytes.length;
    }
  });

  it('fetches the leaps of who leaps', async () => {
    const { source, answerAll } = slowSource();
    const reader = new ReadAhead(source);
    const ready: boolean[] = [];
    for (let i = 0; i < 7; i++) {
      const { now, done } = read(reader, i * MIB, 2048);
      await answerAll();
      await done;
      ready.push(now);
    }
    expect(ready).toEqual([false, false, false, true, true, true, true]);
  });

  it('asks an immediate source for nothing but what is wanted', async () => {
    const asked: number[] = [];
    const memory = memoryImage(bytes);
    const reader = new ReadAhead({
      ...memory,
      readInto: undefined as never,
      read: async (offset, target) => {
        asked.push(offset);
        await memory.read(offset, target);
      },
    });
    for (const offset of [0, 2048, 4096, 6144]) await read(reader, offset, 2048).done;
    expect(asked).toEqual([0, 2048, 4096, 6144]);
  });
});

describe('A reset', () => {
  it('gives up what is on its way and forgets what lies ready', async () => {
    const slow = slowSource();
    const reader = new ReadAhead(slow.source);
    read(reader, 0, 2048);
    read(reader, 2048, 2048);
    expect(slow.asked.every(({ signal }) => signal?.aborted === false)).toBe(true);
    reader.forget();
    expect(slow.asked.every(({ signal }) => signal?.aborted === true)).toBe(true);
    await slow.answerAll();
    const { now, done, data } = read(reader, 4096, 2048);
    expect(now).toBe(false);
    await slow.answerAll();
    await done;
    expect(matches(data(), 4096)).toBe(true);
  });
});

describe('What cannot be read ahead', () => {
  it('is read when it is wanted, and fails then', async () => {
    const slow = slowSource();
    const reader = new ReadAhead(slow.source);
    const first = read(reader, 0, 2048);
    await slow.answerAll();
    await first.done;
    const second = read(reader, 2048, 2048);
    second.done?.catch(() => {});
    await slow.failAll();
    await expect(second.done).rejects.toThrow('gone');
    const third = read(reader, 4096, 2048);
    await slow.answerAll();
    await third.done;
    expect(matches(third.data(), 4096)).toBe(true);
  });
});

it('keeps little in memory, however much is read', async () => {
  const size = 6 * 1024 * MIB;
  let underWay = 0;
  let most = 0;
  const source: BlockSource = {
    name: 'sparse',
    size,
    async read(_offset, target) {
      underWay += target.length;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= target.length;
    },
    async [Symbol.asyncDispose]() {},
  };
  const reader = new ReadAhead(source);
  const target = [new Uint8Array(131_072)];
  const buffers = () => process.memoryUsage().arrayBuffers;
  let before = 0;
  for (let i = 0; i < 4000; i++) {
    await reader.read(5 * 1024 * MIB + i * 131_072, target);
    if (i === 200) before = buffers();
  }
  expect(most).toBeLessThanOrEqual(4 * MIB);
  expect(buffers() - before).toBeLessThan(8 * MIB);
});
