import { expect, test } from 'vitest';
import { hex } from '../testing/recording.ts';
import { Unread } from './unread.ts';

test('gives all that lies there in one piece, and waits where nothing does', async () => {
  const unread = new Unread();
  const waiting = unread.take();
  unread.put(hex`01`);
  expect(await waiting).toEqual(hex`01`);
  unread.put(hex`02`);
  unread.put(hex`03 04`);
  expect(await unread.take()).toEqual(hex`02 03 04`);
});

test('leaves nobody waiting, however many ask at once', async () => {
  const unread = new Unread();
  const waiting = [unread.take(), unread.take()];
  unread.put(hex`01`);
  unread.end(undefined);
  expect(await Promise.all(waiting)).toEqual([hex`01`, undefined]);
});

test('holds the sender back at 64 KiB, until they are taken or forgotten', async () => {
  const unread = new Unread();
  expect(unread.put(new Uint8Array(65_535))).toBeUndefined();
  const held = unread.put(new Uint8Array(1));
  expect(held).toBeInstanceOf(Promise);
  expect(await unread.take()).toHaveLength(65_536);
  await held;
  const again = unread.put(new Uint8Array(65_536));
  unread.clear();
  await again;
  expect(unread.put(hex`01`)).toBeUndefined();
});

test('ends behind its last bytes, for the first reason given, and takes no more', async () => {
  const unread = new Unread();
  unread.put(hex`01`);
  unread.end(new Error('lost'));
  unread.end(undefined);
  expect(unread.put(hex`02`)).toBeUndefined();
  expect(await unread.take()).toEqual(hex`01`);
  await expect(unread.take()).rejects.toThrow('lost');
  await expect(unread.take()).rejects.toThrow('lost');
});
