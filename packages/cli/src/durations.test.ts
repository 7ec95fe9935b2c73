import { describe, expect, it } from 'vitest';
import { parseCount, parseDuration } from './durations.ts';

describe('Numbers behind options', () => {
  it.each([
    ['2s', 2000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['10', 10_000],
    ['0s', 0],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(parseDuration(text, 'stagger')).toBe(ms);
  });

  it.each(['', 's', '-1s', '2 s x', '1d', 'two'])('"%s" is refused with the option named', (text) => {
    expect(() => parseDuration(text, 'stagger')).toThrow(/--stagger takes a time/);
  });

  it('counts are whole and not below their least', () => {
    expect(parseCount('8', 'parallel')).toBe(8);
    expect(parseCount('0', 'seed', 0)).toBe(0);
    for (const text of ['0', '-1', '1.5', 'x', '']) expect(() => parseCount(text, 'parallel')).toThrow(/--parallel/);
  });
});
