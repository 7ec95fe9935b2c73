import { describe, expect, test } from 'vitest';
import {
  flag,
  integer,
  list,
  number,
  oneOf,
  optional,
  secret,
  text,
  timestamp,
  timestampOrNone,
} from './capability.ts';
import { netStatic } from './net.ts';
import { formatValue, parseInput, parseValue } from './value.ts';

describe('A value from outside', () => {
  test.each([
    [flag, 'ON', true],
    [flag, ' no ', false],
    [flag, '1', true],
    [flag, true, true],
    [integer({ min: 1, max: 9 }), '9', 9],
    [integer(), '-3', -3],
    [number({ min: 0.5 }), '0.75', 0.75],
    [integer(), 4, 4],
    [text(), '', ''],
    [secret({ pattern: '\\d{6}' }), '012345', '012345'],
    [oneOf('pxe', 'disk'), ' pxe ', 'pxe'],
    [timestamp, '2030-01-02T03:04:00Z', new Date(Date.UTC(2030, 0, 2, 3, 4))],
    [timestamp, '2030-01-02T03:04:00+02:00', new Date(Date.UTC(2030, 0, 2, 1, 4))],
    [timestampOrNone, 'None', 'none'],
    [timestampOrNone, '2030-01-02T03:04:00Z', new Date(Date.UTC(2030, 0, 2, 3, 4))],
    [list<string>(), ['a'], ['a']],
  ])('%j takes %j', (type, given, value) => {
    expect(parseValue(type, given, 'x')).toEqual(value);
  });

  test.each([
    [flag, 'maybe', 'x takes on or off, not "maybe".'],
    [integer({ min: 1, max: 9 }), '10', 'x takes a whole number from 1 to 9, not "10".'],
    [integer({ min: 1 }), '0', 'x takes a whole number from 1 to …, not "0".'],
    [number({ min: 0.5, max: 2 }), '2.5', 'x takes a number from 0.5 to 2, not "2.5".'],
    [number(), 'many', 'x takes a number, not "many".'],
    [integer(), '1.5', 'x takes a whole number, not "1.5".'],
    [integer(), '1e3', 'x takes a whole number, not "1e3".'],
    [text({ maxLength: 2 }), 'abc', 'x takes at most 2 characters, not "abc".'],
    [text(), 5, 'x takes text, not 5.'],
    [text({ pattern: 'a+' }), 'b', 'x takes text like a+, not "b".'],
    [text({ pattern: 'a+', like: 'one or more a' }), 'b', 'x takes one or more a, not "b".'],
    [oneOf('pxe', 'disk'), 'cd', 'x takes one of pxe, disk, not "cd".'],
    [timestamp, 'soon', 'x takes a time such as 2030-01-02T03:04:00Z or 07:00, not "soon".'],
    [timestamp, 'none', 'x takes a time such as 2030-01-02T03:04:00Z or 07:00, not "none".'],
    [timestamp, '5', 'x takes a time such as 2030-01-02T03:04:00Z or 07:00, not "5".'],
    [timestampOrNone, '', 'x takes a time such as 2030-01-02T03:04:00Z or 07:00, or none, not "".'],
    [list<string>(), 'a', 'x takes a list, not "a".'],
  ])('%j does not take %j', (type, given, sentence) => {
    expect(() => parseValue(type, given, 'x')).toThrow(new TypeError(sentence));
  });

  test('that is secret is not repeated when it is refused', () => {
    const refused = () => parseValue(secret({ pattern: '\\d{6}', like: 'six digits' }), 'hunter2', 'code');
    expect(refused).toThrow(new TypeError('code takes six digits, not something else.'));
  });
});

describe('An input', () => {
  const action = { id: 'a.b', input: { name: text(), now: flag, size: optional(integer()) } };

  test('is checked name by name', () => {
    expect(parseInput(action, { name: 'x', now: 'on' })).toEqual({ name: 'x', now: true });
    expect(() => parseInput(action, { name: 'x', size: 'big' })).toThrow('a.b: size takes a whole number, not "big".');
    expect(() => parseInput(action, {})).toThrow('a.b needs name.');
    expect(() => parseInput(action, { name: 'x', colour: 1 })).toThrow(
      'a.b has no input "colour"; it takes name, now, size.',
    );
    expect(() => parseInput({ id: 'a.c', input: {} }, { toString: 1 })).toThrow('it takes none');
    expect(() => parseInput(action, ['x'])).toThrow('a.b takes an object of named inputs.');
    expect(parseInput({ id: 'a.c', input: {} }, '')).toEqual({});
  });

  test.each(['1.2.3', '192.168.1.300', '192.168.1.30/24', 'pc'])('%s is no fixed address', (address) => {
    expect(() => parseInput(netStatic, { address, netmask: '255.255.255.0' })).toThrow(
      `address takes an IPv4 address such as 192.168.1.30, not "${address}".`,
    );
  });
});

test('values are written as topics have them', () => {
  expect([undefined, true, 5, 'on', new Date(0), ['a']].map(formatValue)).toEqual([
    '',
    'on',
    '5',
    'on',
    '1970-01-01T00:00:00.000Z',
    '["a"]',
  ]);
});
