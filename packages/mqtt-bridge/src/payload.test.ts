import { describe, expect, it } from 'vitest';
import { BadPayload, MAX_PAYLOAD, objectOf, payloadOf, textOf } from './payload.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof BadPayload) return error.code;
    throw error;
  }
  return undefined;
}

describe('A value', () => {
  it.each([
    [true, 'ON'],
    [false, 'OFF'],
    [42, '42'],
    ['turning-on', 'turning-on'],
    [new Date('2030-01-02T03:04:05Z'), '2030-01-02T03:04:05.000Z'],
    [['pxe', 'bios'], '["pxe","bios"]'],
    [[], '[]'],
    [undefined, ''],
  ])('%j is %s on MQTT', (value, payload) => {
    expect(payloadOf(value)).toBe(payload);
  });
});

describe('A payload of a stranger', () => {
  it('that is empty is an empty object', () => {
    expect(objectOf(bytes(''))).toEqual({});
    expect(objectOf(bytes(' \n'))).toEqual({});
  });

  it('that is an object is taken as it is', () => {
    expect(objectOf(bytes('{"now": true, "transaction": "a"}'))).toEqual({ now: true, transaction: 'a' });
  });

  it.each(['{"now": tru', 'PRESS', '[1]', '"x"', 'null', '7'])('%s is no object', (text) => {
    expect(codeOf(() => objectOf(bytes(text)))).toBe('BAD_JSON');
  });

  it('may be large up to a limit', () => {
    expect(textOf(new Uint8Array(MAX_PAYLOAD).fill(65))).toHaveLength(MAX_PAYLOAD);
    expect(codeOf(() => textOf(new Uint8Array(MAX_PAYLOAD + 1).fill(65)))).toBe('TOO_LARGE');
  });

  it('may be nested up to a limit, brackets in strings not counted', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(codeOf(() => objectOf(bytes(nested(8))))).toBeUndefined();
    expect(codeOf(() => objectOf(bytes(nested(9))))).toBe('BAD_JSON');
    expect(codeOf(() => objectOf(bytes(nested(20_000))))).toBe('BAD_JSON');
    expect(objectOf(bytes('{"a":"[[[[[[[[[[\\"[[[["}'))).toEqual({ a: '[[[[[[[[[["[[[[' });
  });

  it('that is not UTF-8 is said to be none', () => {
    expect(codeOf(() => textOf(Uint8Array.of(0xc3, 0x28)))).toBe('BAD_TEXT');
  });
});
