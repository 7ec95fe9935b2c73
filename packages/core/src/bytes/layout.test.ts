import { expect, expectTypeOf, describe as group, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { ascii, bytes, named, prefixed, reserved, trailing, u8, u16be, u16le, u32be, u32le } from './fields.ts';
import { fromHex } from './hex.ts';
import { describe, layout, type MessageOf, messages } from './layout.ts';
import { Reader } from './reader.ts';

const Method = { Query: 0, UserPassword: 1, Digest: 4 } as const;

const table = messages({
  Start: [0x10, { variant: u8, _reserved: reserved(2), service: ascii(4) }],
  Authenticate: [0x13, { _reserved: reserved(3), method: named(u8, Method), data: prefixed(u32le, 64) }],
  Sizes: [0x14, { a: u16be, b: u16le, c: u32be, d: u32le, key: bytes(3) }],
  Bye: [0x15, {}],
});
type Message = MessageOf<typeof table>;

const cases: readonly { hex: string; message: Message }[] = [
  { hex: '10 01 00 00 4b 56 4d 52', message: { type: 'Start', variant: 1, service: 'KVMR' } },
  {
    hex: '13 00 00 00 04 03 00 00 00 0a 0b 0c',
    message: { type: 'Authenticate', method: 'Digest', data: Uint8Array.of(10, 11, 12) },
  },
  { hex: '13 00 00 00 00 00 00 00 00', message: { type: 'Authenticate', method: 'Query', data: new Uint8Array(0) } },
  { hex: '13 00 00 00 07 01 00 00 00 ff', message: { type: 'Authenticate', method: 7, data: Uint8Array.of(255) } },
  {
    hex: '14 12 34 34 12 ff ff ff fe 78 56 34 12 01 02 03',
    message: { type: 'Sizes', a: 0x1234, b: 0x1234, c: 0xfffffffe, d: 0x12345678, key: Uint8Array.of(1, 2, 3) },
  },
  { hex: '15', message: { type: 'Bye' } },
];

group('messages', () => {
  test.each(cases)('writes $message.type as $hex', ({ hex, message }) => {
    expect(table.encode(message)).toEqual(fromHex(hex));
  });

  test.each(cases)('reads $hex as $message.type and stops behind it', ({ hex, message }) => {
    const reader = new Reader(Uint8Array.of(...fromHex(hex), 0xee));
    expect(table.decode(reader)).toEqual(message);
    expect(reader.rest()).toEqual(Uint8Array.of(0xee));
  });

  test.each(cases)('waits for more at every length short of $hex', ({ hex }) => {
    const whole = fromHex(hex);
    for (let length = 0; length < whole.length; length++) {
      const reader = new Reader(whole.subarray(0, length));
      expect(table.decode(reader)).toBeUndefined();
      expect(reader.offset).toBe(0);
    }
  });

  test('ignores what reserved bytes hold', () => {
    const reader = new Reader(fromHex('10 00 aa bb 53 4f 4c 20'));
    expect(table.decode(reader)).toEqual({ type: 'Start', variant: 0, service: 'SOL ' });
  });

  test('names the number and the bytes of an unknown message', () => {
    const reader = new Reader(fromHex('15 7f 01 02'));
    table.decode(reader);
    expect(() => table.decode(reader)).toThrow(new ProtocolError('Message number 0x7f is unknown: 7f 01 02.'));
  });

  test('refuses a length nobody would send rather than waiting for it', () => {
    const reader = new Reader(fromHex('13 00 00 00 04 00 00 00 80'));
    expect(() => table.decode(reader)).toThrow('A length of 2147483648 where at most 64 is possible, at offset 5');
  });

  test('infers the type of every message', () => {
    expectTypeOf<Extract<Message, { type: 'Authenticate' }>>().toEqualTypeOf<{
      readonly type: 'Authenticate';
      readonly method: 'Query' | 'UserPassword' | 'Digest' | number;
      readonly data: Uint8Array;
    }>();
    expectTypeOf<Extract<Message, { type: 'Start' }>>().toEqualTypeOf<{
      readonly type: 'Start';
      readonly variant: number;
      readonly service: string;
    }>();
  });

  test('reads and writes a header in front of the number', () => {
    const headed = messages({ Ping: [0x0102, { tag: u8 }] }, { before: { version: u8 }, number: u16be });
    const message = { type: 'Ping', version: 6, tag: 9 } as const;
    expect(headed.encode(message)).toEqual(fromHex('06 01 02 09'));
    expect(headed.decode(new Reader(fromHex('06 01 02 09')))).toEqual(message);
    expect(headed.decode(new Reader(fromHex('06 01')))).toBeUndefined();
  });

  test.each<[string, Message]>([
    ['256 does not fit 1 byte', { type: 'Start', variant: 256, service: 'SOL ' }],
    ['-1 does not fit 1 byte', { type: 'Start', variant: -1, service: 'SOL ' }],
    ['0.5 does not fit 1 byte', { type: 'Start', variant: 0.5, service: 'SOL ' }],
    ['"SOL" is not 4 characters', { type: 'Start', variant: 0, service: 'SOL' }],
    ['"Guess" is none of Query', { type: 'Authenticate', method: 'Guess' as 'Query', data: new Uint8Array(0) }],
    ['65 bytes where at most 64', { type: 'Authenticate', method: 4, data: new Uint8Array(65) }],
    ['2 bytes where 3 belong', { type: 'Sizes', a: 0, b: 0, c: 0, d: 0, key: new Uint8Array(2) }],
    ['No message is called Hello', { type: 'Hello' } as never],
  ])('refuses to write what does not fit: %s', (text, message) => {
    expect(() => table.encode(message)).toThrow(TypeError);
    expect(() => table.encode(message)).toThrow(text);
  });
});

group('layout', () => {
  const header = layout({ version: u8, length: u16be, _end: trailing(2) });

  test('reads and writes a group of fields without a number', () => {
    expect(header.encode({ version: 1, length: 2 })).toEqual(fromHex('01 00 02 00 00'));
    expect(header.decode(new Reader(fromHex('01 00 02 00 00')))).toEqual({ version: 1, length: 2 });
    expect(header.decode(new Reader(fromHex('01 00')))).toBeUndefined();
  });

  test('does without trailing bytes that were left out', () => {
    expect(header.decode(new Reader(fromHex('01 00 02')))).toEqual({ version: 1, length: 2 });
  });
});

test('describes a message on one line without the content of its bytes', () => {
  const secret = new TextEncoder().encode('P@ssw0rd');
  expect(describe({ type: 'Authenticate', method: 'UserPassword', data: secret })).toBe(
    'Authenticate method=UserPassword data=<8 bytes>',
  );
  expect(describe({ version: 6 })).toBe('version=6');
});
