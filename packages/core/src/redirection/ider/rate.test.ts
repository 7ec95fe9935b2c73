import { expect, test } from 'vitest';
import { Rate } from './rate.ts';

test('is what came in the last five seconds', () => {
  const rate = new Rate();
  for (let now = 100_000; now < 120_000; now += 100) rate.add(1000, now);
  expect(rate.perSecond(119_999)).toBeCloseTo(10_000, -2);
  expect(rate.perSecond(122_499)).toBeCloseTo(5_000, -3);
  expect(rate.perSecond(126_000)).toBe(0);
});

test('looks back on less while it is young', () => {
  const rate = new Rate();
  expect(rate.perSecond(50_000)).toBe(0);
  rate.add(5000, 50_000);
  expect(rate.perSecond(50_010)).toBe(20_000);
  expect(rate.perSecond(51_000)).toBe(5000);
});

test('counts from the beginning again after a pause', () => {
  const rate = new Rate();
  rate.add(1_000_000, 10_000);
  rate.add(5000, 60_000);
  expect(rate.perSecond(60_000)).toBe(1000);
});
