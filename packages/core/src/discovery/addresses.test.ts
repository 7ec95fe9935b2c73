import { expect, test } from 'vitest';
import { AddressIndex, countOf, formatAddress, mergeSpans, parseAddress, subtractSpans } from './addresses.ts';

test.each([
  ['0.0.0.0', 0],
  ['10.0.0.1', 0x0a000001],
  ['192.168.1.30', 0xc0a8011e],
  ['255.255.255.255', 0xffffffff],
])('turns %s into a number and back', (text, number) => {
  expect(parseAddress(text)).toBe(number);
  expect(formatAddress(number)).toBe(text);
});

test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.010', '1.2.3.', '1.2.3.-1', '1.2.3.4 ', '0x1.2.3.4', 'host'])(
  'does not take "%s" for an address',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);

test('merges what overlaps or touches', () => {
  const spans = [
    { first: 20, last: 30 },
    { first: 1, last: 5 },
    { first: 6, last: 9 },
    { first: 25, last: 27 },
  ];
  expect(mergeSpans(spans)).toEqual([
    { first: 1, last: 9 },
    { first: 20, last: 30 },
  ]);
});

test.each([
  [[[10, 20]], [[5, 12]], [[13, 20]]],
  [
    [[10, 20]],
    [
      [12, 13],
      [15, 16],
    ],
    [
      [10, 11],
      [14, 14],
      [17, 20],
    ],
  ],
  [
    [
      [10, 20],
      [30, 40],
    ],
    [[15, 35]],
    [
      [10, 14],
      [36, 40],
    ],
  ],
  [
    [
      [10, 20],
      [30, 40],
    ],
    [[0, 100]],
    [],
  ],
  [
    [
      [10, 20],
      [30, 40],
    ],
    [
      [1, 2],
      [41, 50],
    ],
    [
      [10, 20],
      [30, 40],
    ],
  ],
  [[[10, 20]], [[20, 20]], [[10, 19]]],
])('takes from %j the addresses of %j', (spans, without, left) => {
  const list = (pairs: number[][]) => pairs.map(([first = 0, last = 0]) => ({ first, last }));
  expect(subtractSpans(list(spans), list(without))).toEqual(list(left));
});

test('numbers the addresses of a set in order', () => {
  const spans = [
    { first: 10, last: 12 },
    { first: 0xfffffff0, last: 0xffffffff },
  ];
  const index = new AddressIndex(spans);
  expect(index.count).toBe(countOf(spans));
  expect(index.count).toBe(19);
  for (let place = 0; place < 19; place++) expect(index.indexOf(index.at(place))).toBe(place);
  expect([index.at(0), index.at(2), index.at(3), index.at(18)]).toEqual([10, 12, 0xfffffff0, 0xffffffff]);
  expect([9, 13, 0xffffffef].map((address) => index.indexOf(address))).toEqual([-1, -1, -1]);
  expect(() => index.at(19)).toThrow(TypeError);
  expect(() => index.at(-1)).toThrow(TypeError);
});
