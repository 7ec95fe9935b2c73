import { expect, test } from 'vitest';
import { GuessLimit } from './guesses.ts';

const HOUR_MS = 3_600_000;

/** Wrong passwords one after the other, each as soon as it may come. @returns the waits between them, seconds */
function guess(limit: GuessLimit, address: string, times: number, startMs = 0): number[] {
  let nowMs = startMs;
  return Array.from({ length: times }, () => {
    limit.wrong(address, nowMs);
    const waitMs = limit.waitMs(address, nowMs);
    nowMs += waitMs;
    expect(limit.waitMs(address, nowMs)).toBe(0);
    return waitMs / 1000;
  });
}

test('two wrong passwords cost nothing, then each costs twice as much as the one before it, up to ten minutes', () => {
  expect(guess(new GuessLimit(), '10.0.0.7', 14)).toEqual([0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
});

test('others are not made to wait for one who guesses', () => {
  const limit = new GuessLimit();
  guess(limit, '10.0.0.7', 5);
  limit.wrong('10.0.0.7', 100_000);
  expect([limit.waitMs('10.0.0.7', 100_000), limit.waitMs('10.0.0.8', 100_000)]).toEqual([16_000, 0]);
});

test('a right password ends the counting of its address', () => {
  const limit = new GuessLimit();
  guess(limit, '10.0.0.7', 4);
  limit.right('10.0.0.7');
  expect(guess(limit, '10.0.0.7', 3, 100_000)).toEqual([0, 0, 2]);
});

test('wrong passwords of more than an hour ago do not count', () => {
  const limit = new GuessLimit();
  guess(limit, '10.0.0.7', 4);
  expect(guess(limit, '10.0.0.7', 1, HOUR_MS)).toEqual([8]);
  expect(guess(limit, '10.0.0.7', 3, 3 * HOUR_MS)).toEqual([0, 0, 2]);
});

test('many from many addresses make everybody wait half a minute at most, but not those who were in', () => {
  const limit = new GuessLimit();
  limit.right('192.168.1.2');
  const waits: number[] = [];
  for (let i = 0; i < 30; i++) {
    const [refusal, ...more] = limit.wrong(`10.0.0.${i}`, 0);
    expect(more).toEqual([]);
    if (refusal !== undefined) expect(refusal).toMatchObject({ everybody: true, tries: i + 1 });
    waits.push((refusal?.waitMs ?? 0) / 1000);
  }
  expect(waits.slice(18)).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]);
  expect([limit.waitMs('10.1.1.1', 0), limit.waitMs('192.168.1.2', 0), limit.waitMs('10.1.1.1', 30_000)]).toEqual([
    30_000, 0, 0,
  ]);
});

test('who was in and guesses all the same waits like others', () => {
  const limit = new GuessLimit();
  limit.right('10.0.0.7');
  expect(guess(limit, '10.0.0.7', 3)).toEqual([0, 0, 2]);
});

test('one address is one however it is written, and a /64 of IPv6 is one site', () => {
  const limit = new GuessLimit();
  for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '::FFFF:10.0.0.7']) limit.wrong(address, 0);
  expect(limit.waitMs('10.0.0.7', 0)).toBe(2_000);
  for (const end of ['1', '2:3:4:5', 'ffff']) limit.wrong(`2001:db8:1:2:${end.includes(':') ? '' : ':'}${end}`, 0);
  expect([limit.waitMs('2001:db8:1:2::9', 0), limit.waitMs('2001:db8:1:3::9', 0)]).toEqual([2_000, 0]);
  for (let i = 0; i < 3; i++) limit.wrong('::1', 0);
  expect(limit.waitMs('::1', 0)).toBe(2_000);
});

test('those without an address, at a UNIX socket, are one', () => {
  const limit = new GuessLimit();
  for (let i = 0; i < 3; i++) limit.wrong(undefined, 0);
  expect([limit.waitMs(undefined, 0), limit.waitMs('10.0.0.7', 0)]).toEqual([2_000, 0]);
});

test('no more than a thousand addresses are remembered, the newest', () => {
  const limit = new GuessLimit();
  for (let i = 0; i < 3; i++) limit.wrong('10.0.0.7', 0);
  for (let i = 0; i < 1_000; i++) limit.wrong(`10.${1 + (i >> 8)}.0.${i & 255}`, HOUR_MS / 2);
  limit.wrong('10.0.0.7', HOUR_MS / 2 + 60_000);
  expect(limit.wrong('10.0.0.7', HOUR_MS / 2 + 60_000).some(({ everybody }) => !everybody)).toBe(false);
});
