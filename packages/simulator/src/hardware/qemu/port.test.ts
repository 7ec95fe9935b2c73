/** The serial port of guests that come and go. */
import { memoryPair } from '@amtkit/core/streams';
import { expect, test } from 'vitest';
import { SerialPort } from './port.ts';

const text = (value: string) => new TextEncoder().encode(value);

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('carries bytes both ways, through one guest after the other', async () => {
  const port = new SerialPort();
  const reader = port.firmware[Symbol.asyncIterator]();
  for (const name of ['first', 'second']) {
    const [guest, serial] = memoryPair();
    const attached = port.attach(serial, () => {});
    await guest.write(text(name));
    expect((await reader.next()).value).toEqual(text(name));
    await port.firmware.write(text(`for the ${name}`));
    expect((await guest[Symbol.asyncIterator]().next()).value).toEqual(text(`for the ${name}`));
    await guest.close();
    await attached;
    // Nobody is there to read it, and nobody reads it later.
    await port.firmware.write(text('lost'));
    await settled();
  }
  await port.close();
  expect((await reader.next()).done).toBe(true);
});

test('loses what guests write until somebody reads, and shows it all the same', async () => {
  const port = new SerialPort();
  const [guest, serial] = memoryPair();
  let seen = 0;
  const attached = port.attach(serial, ({ length }) => {
    seen += length;
  });
  // More than would fit into anything that waits.
  for (let i = 0; i < 40; i++) await guest.write(new Uint8Array(8192));
  await expect.poll(() => seen).toBe(40 * 8192);
  const reader = port.firmware[Symbol.asyncIterator]();
  await guest.write(text('now'));
  expect((await reader.next()).value).toEqual(text('now'));
  await guest.close();
  await attached;
  await port.close();
});

test('lets a guest wait while its reader does, and loses nothing', async () => {
  const port = new SerialPort();
  const [guest, serial] = memoryPair();
  const reader = port.firmware[Symbol.asyncIterator]();
  const attached = port.attach(serial, () => {});
  let written = 0;
  const writing = (async () => {
    for (; written < 100; written++) await guest.write(new Uint8Array(8192).fill(written));
  })();
  const first = await reader.next();
  await settled();
  expect(written).toBeLessThan(50);
  let [count, sum] = [first.value?.length ?? 0, 0];
  while (count < 100 * 8192) {
    const { value = new Uint8Array(0) } = await reader.next();
    count += value.length;
    sum += value[0] ?? 0;
  }
  await writing;
  expect([count, sum]).toEqual([100 * 8192, 4950]);
  await guest.close();
  await attached;
  await port.close();
});
