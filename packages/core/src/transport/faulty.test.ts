import { expect, test } from 'vitest';
import { ConnectFailed } from '../errors.ts';
import { faulty, type StreamFaults, seededRandom } from './faulty.ts';
import { memoryPair } from './stream.ts';

const text = Uint8Array.from({ length: 60 }, (_, i) => i);

/** The chunks that reach the far end when `text` is written through the faults in three pieces. */
async function written(faults: StreamFaults): Promise<{ chunks: Uint8Array[]; error?: unknown }> {
  const [near, far] = memoryPair();
  const bad = faulty(near, faults);
  let error: unknown;
  const writing = (async () => {
    for (const at of [0, 20, 40]) await bad.write(text.slice(at, at + 20));
    await bad.end();
  })().catch((caught: unknown) => {
    error = caught;
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of far) chunks.push(chunk);
  await writing;
  return error === undefined ? { chunks } : { chunks, error };
}

/** The chunks read through the faults, when the far end writes `text` in three pieces. */
async function readThrough(faults: StreamFaults): Promise<{ bytes: number[]; error?: unknown }> {
  const [near, far] = memoryPair();
  for (const at of [0, 20, 40]) await far.write(text.slice(at, at + 20));
  await far.end();
  const bytes: number[] = [];
  try {
    for await (const chunk of faulty(near, faults)) bytes.push(...chunk);
    return { bytes };
  } catch (error) {
    return { bytes, error };
  }
}

test('passes everything unchanged when no fault is asked for', async () => {
  const { chunks } = await written({});
  expect(chunks).toEqual([text.slice(0, 20), text.slice(20, 40), text.slice(40)]);
});

test('splits into pieces that together are the same bytes, and equally for the same seed', async () => {
  const first = await written({ splitBytes: true, seed: 7 });
  expect(first.chunks.length).toBeGreaterThan(5);
  expect(first.chunks.flatMap((chunk) => [...chunk])).toEqual([...text]);
  expect(await written({ splitBytes: true, seed: 7 })).toEqual(first);
  expect(await written({ splitBytes: true, seed: 8 })).not.toEqual(first);
});

test('splits into single bytes when the largest piece is one', async () => {
  expect((await written({ splitBytes: 1 })).chunks).toHaveLength(60);
  expect((await readThrough({ splitBytes: 1 })).bytes).toEqual([...text]);
});

test('holds pieces back for at most the given time and keeps their order', async () => {
  const waits: number[] = [];
  const delay = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  const { chunks } = await written({ delayMs: 50, delay });
  expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...text]);
  expect(waits).toHaveLength(3);
  for (const wait of waits) expect(wait).toBeLessThan(50);
  expect(new Set(waits).size).toBe(3);
});

test('asks for a way to wait', () => {
  expect(() => faulty(memoryPair()[0], { delayMs: 5 })).toThrow(TypeError);
});

test('swallows what comes behind a byte and stays open', async () => {
  const { chunks, error } = await written({ dropAfter: 25 });
  expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...text.slice(0, 25)]);
  expect(error).toBeUndefined();
  expect(await readThrough({ dropAfter: 25 })).toEqual({ bytes: [...text.slice(0, 25)] });
});

test('cuts by what was sent, not by what arrived', async () => {
  const { chunks, error } = await written({ dropAfter: 10, cutAfter: 30 });
  expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...text.slice(0, 10)]);
  expect(error).toEqual(new ConnectFailed('The connection was cut after 30 bytes.'));
});

test('flips one bit of every n-th byte and leaves the writer its own', async () => {
  const { chunks } = await written({ corruptEvery: 7, seed: 3 });
  const arrived = chunks.flatMap((chunk) => [...chunk]);
  const changed = arrived.flatMap((byte, i) => (byte === text[i] ? [] : [i]));
  expect(changed).toEqual([6, 13, 20, 27, 34, 41, 48, 55]);
  for (const i of changed) {
    const difference = (arrived[i] ?? 0) ^ (text[i] ?? 0);
    expect(Math.log2(difference) % 1).toBe(0);
  }
  expect(text[6]).toBe(6);
});

test('cuts the connection for both sides while writing', async () => {
  const { chunks, error } = await written({ cutAfter: 25 });
  expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...text.slice(0, 25)]);
  expect(error).toEqual(new ConnectFailed('The connection was cut after 25 bytes.'));
});

test('cuts the connection for both sides while reading', async () => {
  const { bytes, error } = await readThrough({ cutAfter: 20 });
  expect(bytes).toEqual([...text.slice(0, 20)]);
  expect(error).toBeInstanceOf(ConnectFailed);
});

test('ends a waiting reader with an error when the writer is cut', async () => {
  const [near] = memoryPair();
  const bad = faulty(near, { cutAfter: 1 });
  const reading = bad[Symbol.asyncIterator]().next();
  const outcome = expect(reading).rejects.toThrow('The connection was cut after 1 bytes.');
  await expect(bad.write(Uint8Array.of(1, 2))).rejects.toThrow(ConnectFailed);
  await outcome;
  await expect(bad.write(Uint8Array.of(1))).rejects.toThrow(ConnectFailed);
});

test('draws evenly spread numbers, the same for the same seed', () => {
  const random = seededRandom(7);
  const drawn = Array.from({ length: 1000 }, random);
  expect(drawn.reduce((sum, n) => sum + n, 0) / 1000).toBeCloseTo(0.5, 1);
  const again = seededRandom(7);
  expect(drawn.slice(0, 3)).toEqual([again(), again(), again()]);
});
