import { expect, test } from 'vitest';
import { ProtocolError } from '../../errors.ts';
import { Framebuffer } from './framebuffer.ts';

test('is black and opaque at first', () => {
  const screen = new Framebuffer(3, 2);
  expect([...screen.pixels]).toEqual(Array(6).fill([0, 0, 0, 255]).flat());
  expect(screen.words.length).toBe(6);
});

test('has its pixels as bytes and as words in one memory', () => {
  const screen = new Framebuffer(2, 1);
  screen.words[1] = new Int32Array(Uint8Array.of(1, 2, 3, 255).buffer)[0] ?? 0;
  expect([...screen.pixels.subarray(4)]).toEqual([1, 2, 3, 255]);
});

test('tells each who watches what changed since they looked', () => {
  const screen = new Framebuffer(200, 100);
  const [one, other] = [screen.watch(), screen.watch()];
  expect(one.none).toBe(true);
  screen.painted(0, 0, 64, 64);
  expect(one.take()).toEqual([{ x: 0, y: 0, width: 64, height: 64 }]);
  screen.painted(64, 0, 64, 64);
  expect(one.take()).toEqual([{ x: 64, y: 0, width: 64, height: 64 }]);
  expect(other.take()).toEqual([{ x: 0, y: 0, width: 128, height: 64 }]);
  screen.unwatch(other);
  screen.painted(0, 0, 64, 64);
  expect(other.none).toBe(true);
});

test('is complete when every part was painted', () => {
  const screen = new Framebuffer(150, 70);
  expect(screen.complete).toBe(false);
  for (const [x, width] of [
    [0, 64],
    [64, 64],
    [128, 22],
  ] as const) {
    screen.painted(x, 0, width, 64);
    screen.painted(x, 0, width, 64);
  }
  expect(screen.complete).toBe(false);
  screen.painted(0, 64, 140, 6);
  expect(screen.complete).toBe(false);
  screen.painted(128, 64, 22, 6);
  expect(screen.complete).toBe(true);
});

test('is black and incomplete in another size, and all of it changed', () => {
  const screen = new Framebuffer(64, 64);
  screen.words.fill(-1);
  screen.painted(0, 0, 64, 64);
  const damage = screen.watch();
  screen.resize(100, 50);
  expect(screen.complete).toBe(false);
  expect(screen.pixels.subarray(0, 4)).toEqual(Uint8ClampedArray.of(0, 0, 0, 255));
  expect(damage.take()).toEqual([{ x: 0, y: 0, width: 100, height: 50 }]);
});

test('keeps its picture in the same size until it is painted anew', () => {
  const screen = new Framebuffer(64, 64);
  expect(screen.known).toBe(false);
  screen.words.fill(-1);
  screen.painted(0, 0, 64, 64);
  screen.resize(64, 64);
  expect(screen.words[0]).toBe(-1);
  expect([screen.complete, screen.known]).toEqual([false, true]);
  screen.resize(64, 65);
  expect(screen.known).toBe(false);
});

test('has room for the largest screens and for no larger', () => {
  expect(new Framebuffer(3840, 2160).words.length).toBe(8_294_400);
  expect(() => new Framebuffer(65535, 65535)).toThrow(ProtocolError);
});
