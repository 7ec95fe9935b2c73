import { expect, it } from 'vitest';
import { type Readable, valueText } from './values.ts';

it.each([
  ['reading', { type: 'flag' }, true, 'yes'],
  ['reading', { type: 'flag' }, false, 'no'],
  ['setting', { type: 'flag' }, true, 'on'],
  ['setting', { type: 'flag' }, false, 'off'],
  ['reading', { type: 'integer', unit: 'MiB' }, 8192, '8192 MiB'],
  ['reading', { type: 'integer' }, 0, '0'],
  ['reading', { type: 'timestamp' }, new Date(1500), '1970-01-01T00:00:01Z'],
  ['reading', { type: 'list' }, [], 'none'],
  ['reading', { type: 'list' }, ['a', 'b'], 'a, b'],
  ['reading', { type: 'list' }, [{ a: 1 }], '1 entry'],
  ['reading', { type: 'record', fields: {} }, { installed: '1.2', advisory: '' }, 'installed 1.2'],
  ['reading', { type: 'text' }, undefined, ''],
] as const)('a %s of %j that is %j reads %s', (kind, value, given, shown) => {
  expect(valueText({ kind, value } as Readable, given)).toBe(shown);
});
