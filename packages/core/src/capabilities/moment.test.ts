import { describe, expect, test } from 'vitest';
import { parseMoment } from './moment.ts';

describe('A moment', () => {
  test.each([
    ['2030-01-02T03:04:05Z', Date.UTC(2030, 0, 2, 3, 4, 5)],
    ['2030-01-02 03:04z', Date.UTC(2030, 0, 2, 3, 4)],
    ['2030-01-02T03:04:05.678+05:30', Date.UTC(2030, 0, 1, 21, 34, 5, 678)],
    [' 2030-01-02T03:04:05 ', new Date(2030, 0, 2, 3, 4, 5).getTime()],
    ['2030-01-02', new Date(2030, 0, 2).getTime()],
    ['2028-02-29', new Date(2028, 1, 29).getTime()],
  ])('may be written %s', (text, time) => {
    expect(parseMoment(text)?.getTime()).toBe(time);
  });

  test.each(['', 'tomorrow', '5', '2030', '2030-02-30', '2030-13-01', '2030-01-02T25:00', '24:00', '7:60'])(
    'is not %j',
    (text) => {
      expect(parseMoment(text)).toBeUndefined();
    },
  );

  test('that is a time of day is the next one', () => {
    const now = new Date(2030, 0, 31, 12, 30, 15);
    expect(parseMoment('12:31', now)).toEqual(new Date(2030, 0, 31, 12, 31));
    expect(parseMoment('12:30', now)).toEqual(new Date(2030, 1, 1, 12, 30));
    expect(parseMoment('7:00', now)).toEqual(new Date(2030, 1, 1, 7));
    expect(parseMoment('12:30:16', now)).toEqual(new Date(2030, 0, 31, 12, 30, 16));
  });
});
