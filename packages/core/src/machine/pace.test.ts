import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** When each of these pieces may go, typed one after another from 0 on. */
function times(pace: Pace, pieces: readonly number[]): number[] {
  let now = 0;
  return pieces.map((bytes) => {
    now += pace.take(bytes, now);
    return now;
  });
}

test('lets one buffer through at once, whole or in small pieces, and then one every five milliseconds', () => {
  expect(times(new Pace(() => 256), [256, 256, 256])).toEqual([0, 5, 10]);
  expect(times(new Pace(() => 256), [1, 1, 254, 128])).toEqual([0, 0, 0, 2.5]);
});

test('makes nobody wait who types slowly', () => {
  const pace = new Pace(() => 256);
  expect(pace.take(256, 0)).toBe(0);
  expect(pace.take(256, 5)).toBe(0);
  expect(pace.take(1, 1000)).toBe(0);
});

test('goes at half the speed after a loss, down to an eighth', () => {
  const pace = new Pace(() => 256);
  pace.slower();
  expect(times(pace, [256, 256])).toEqual([0, 10]);
  for (let i = 0; i < 10; i++) pace.slower();
  expect(pace.take(256, 1000)).toBe(0);
  expect(pace.take(256, 1000)).toBe(40);
});
