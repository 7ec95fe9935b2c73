import { describe, expect, test } from 'vitest';
import { parseAddress } from './addresses.ts';
import { defaultRate, LOOPBACK_RATE, MAX_BURST, ON_LINK_RATE, ROUTED_RATE, TokenBucket } from './pace.ts';

test.each([
  ['127.0.1.1', LOOPBACK_RATE],
  ['192.168.1.1', ON_LINK_RATE],
  ['192.168.1.255', ON_LINK_RATE],
  ['192.168.2.0', ROUTED_RATE],
  ['8.8.8.8', ROUTED_RATE],
])('pings %s at %i a second', (text, rate) => {
  const attached = [{ first: parseAddress('192.168.1.0') ?? 0, last: parseAddress('192.168.1.255') ?? 0 }];
  expect(defaultRate(attached)(parseAddress(text) ?? 0)).toBe(rate);
});

test('knows the networks this computer is attached to', () => {
  expect(defaultRate()(parseAddress('127.0.0.1') ?? 0)).toBe(LOOPBACK_RATE);
});

describe('a bucket', () => {
  /** Pings that leave within a second when asked every `step` milliseconds. */
  function sentIn(bucket: TokenBucket, rate: number, step: number, from = 0): number {
    let sent = 0;
    for (let now = from; now < from + 1000; now += step) {
      const count = bucket.available(now, rate);
      bucket.take(count);
      sent += count;
    }
    return sent;
  }

  test.each([
    [250, 1],
    [250, 4],
    [250, 40],
    [1000, 1],
    [5000, 10],
  ])('lets %i a second pass when asked every %i ms', (rate, step) => {
    const sent = sentIn(new TokenBucket(0), rate, step);
    expect(sent).toBeGreaterThanOrEqual(rate * 0.95);
    expect(sent).toBeLessThanOrEqual(rate + 1);
  });

  test('saves up no flood while nobody asks', () => {
    const bucket = new TokenBucket(0);
    expect(bucket.available(60_000, 250)).toBe(12);
    expect(new TokenBucket(0).available(60_000, 1_000_000)).toBe(MAX_BURST);
    expect(new TokenBucket(0).available(60_000, 3)).toBe(1);
  });

  test('says how long until the next ping', () => {
    const bucket = new TokenBucket(0);
    bucket.take(bucket.available(0, 250));
    expect(bucket.wait(250)).toBeCloseTo(4);
  });

  test('goes at half the speed after each shortage, never at none', () => {
    const bucket = new TokenBucket(0);
    for (let now = 0; now < 100; now += 10) bucket.halve(now);
    expect(sentIn(bucket, 1000, 1)).toBeCloseTo(500, -1);
    for (let now = 1000; now < 3000; now += 100) bucket.halve(now);
    expect(sentIn(bucket, 6400, 1, 3000)).toBeGreaterThanOrEqual(95);
  });
});
