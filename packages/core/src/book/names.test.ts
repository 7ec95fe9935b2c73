import { expect, test } from 'vitest';
import { isMachineName, machineNameFrom, tagFrom } from './names.ts';
import { nearest } from './nearest.ts';

test.each(['pc', 'a', '0', 'office-pc', 'a-1-b', 'x'.repeat(63)])('%s is a name', (name) => {
  expect(isMachineName(name)).toBe(true);
});

test.each(['', 'PC', 'a b', '-a', 'a-', 'a--b', 'a.b', 'ä', 'a/b', 'a+', 'bridge', 'all', 'x'.repeat(64)])(
  '%j is none',
  (name) => {
    expect(isMachineName(name)).toBe(false);
  },
);

test.each([
  ['Reception', 'reception'],
  ['  Büro  Straße 1 ', 'buro-strasse-1'],
  ['lab1.corp.test', 'lab1'],
  ['192.168.1.20', '192-168-1-20'],
  ['fe80::1', 'fe80-1'],
  ['会議室', 'machine'],
  ['All', 'all-1'],
  ['x'.repeat(80), 'x'.repeat(63)],
])('%j becomes %s', (text, name) => {
  expect(machineNameFrom(text)).toBe(name);
  expect(isMachineName(name)).toBe(true);
});

test('a name that is taken gets a number and stays short enough', () => {
  const taken = new Set(['pc', 'pc-2', 'x'.repeat(63)]);
  expect(machineNameFrom('PC', taken)).toBe('pc-3');
  expect(machineNameFrom('x'.repeat(63), taken)).toBe(`${'x'.repeat(61)}-2`);
});

test('tags are made of text as well, but never all', () => {
  expect(tagFrom('Front desk')).toBe('front-desk');
  expect(tagFrom('ALL')).toBeUndefined();
  expect(tagFrom('—')).toBeUndefined();
});

test('the nearest word is one with few other letters, or letters swapped', () => {
  const words = ['host', 'tls', 'ports', 'fingerprint'];
  expect(nearest('hots', words)).toBe('host');
  expect(nearest('tsl', words)).toBe('tls');
  expect(nearest('Fingerprnt', words)).toBe('fingerprint');
  expect(nearest('password', words)).toBeUndefined();
});
