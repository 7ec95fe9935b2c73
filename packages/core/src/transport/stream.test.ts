import { expect, test } from 'vitest';
import { ConnectFailed } from '../errors.ts';
import { memoryPair, writeAll } from './stream.ts';

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of stream) all.push(...chunk);
  return all;
}

test('carries chunks both ways and ends each way on its own', async () => {
  const [near, far] = memoryPair();
  await near.write(Uint8Array.of(1, 2));
  await near.write(Uint8Array.of(3));
  await near.end();
  expect(await readAll(far)).toEqual([1, 2, 3]);

  await far.write(Uint8Array.of(4));
  await far.end();
  expect(await readAll(near)).toEqual([4]);
});

test('joins bytes that lie in several places where the stream takes one chunk at a time', async () => {
  const [near, far] = memoryPair();
  await writeAll(near, [Uint8Array.of(1), Uint8Array.of(2, 3)]);
  await writeAll(near, [Uint8Array.of(4)]);
  await writeAll(near, []);
  await near.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of far) chunks.push(chunk);
  expect(chunks).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
});

test('keeps its own copy of what was written', async () => {
  const [near, far] = memoryPair();
  const buffer = Uint8Array.of(1);
  await near.write(buffer);
  expect(near.unsent).toBe(0);
  buffer[0] = 9;
  await near.end();
  expect(await readAll(far)).toEqual([1]);
});

test('makes a writer wait while the reader is far behind', async () => {
  const [near, far] = memoryPair();
  let written = false;
  const write = near.write(new Uint8Array(100_000)).then(() => {
    written = true;
  });
  await new Promise(setImmediate);
  expect(written).toBe(false);
  const { value } = await far[Symbol.asyncIterator]().next();
  expect(value?.length).toBe(100_000);
  await write;
  expect(written).toBe(true);
});

test('frees a waiting writer when the reader goes away', async () => {
  const [near, far] = memoryPair();
  const write = near.write(new Uint8Array(100_000));
  await far.close();
  await expect(write).rejects.toThrow(new ConnectFailed('Nothing can be written: the peer closed the connection.'));
});

test('ends the reading side and refuses writing once closed', async () => {
  const [near, far] = memoryPair();
  const reading = readAll(far);
  await near.close();
  await near.close();
  expect(await reading).toEqual([]);
  await expect(near.write(Uint8Array.of(1))).rejects.toThrow(ConnectFailed);
  await expect(far.write(Uint8Array.of(1))).rejects.toThrow(ConnectFailed);
});

test('closes when a reader leaves its loop', async () => {
  const [near, far] = memoryPair(['far', 'near']);
  expect([near.remoteAddress, far.remoteAddress]).toEqual(['far', 'near']);
  await near.write(Uint8Array.of(1));
  for await (const chunk of far) {
    expect(chunk).toEqual(Uint8Array.of(1));
    break;
  }
  await expect(near.write(Uint8Array.of(1))).rejects.toThrow(ConnectFailed);
});
