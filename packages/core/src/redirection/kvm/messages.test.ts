import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../bytes/hex.ts';
import type { Codec } from '../../bytes/layout.ts';
import { Reader } from '../../bytes/reader.ts';
import { ProtocolError } from '../../errors.ts';
import {
  PixelFormats,
  type RfbClientMessage,
  RfbEncoding,
  type RfbServerMessage,
  rectangleHead,
  rfbClientMessages,
  rfbServerMessages,
  serverInit,
} from './messages.ts';

/** As MeshCommander and its descendants send them. */
const fromConsole: readonly { hex: string; message: RfbClientMessage }[] = [
  {
    hex: '02 00 00 04 00 00 00 10 00 00 00 00 00 00 04 44 ff ff ff 21',
    message: {
      type: 'SetEncodings',
      encodings: [RfbEncoding.ZRLE, RfbEncoding.Raw, RfbEncoding.KvmDataChannel, RfbEncoding.DesktopSize],
    },
  },
  {
    hex: '00 00 00 00 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00',
    message: { type: 'SetPixelFormat', ...PixelFormats.rgb565 },
  },
  {
    hex: '00 00 00 00 08 08 00 01 00 07 00 07 00 03 05 02 00 00 00 00',
    message: { type: 'SetPixelFormat', ...PixelFormats.rgb332 },
  },
  {
    hex: '00 00 00 00 08 08 00 01 00 ff 00 00 00 00 00 00 00 00 00 00',
    message: { type: 'SetPixelFormat', ...PixelFormats.grey8 },
  },
  {
    hex: '00 00 00 00 08 04 00 01 00 0f 00 00 00 00 00 00 00 00 00 00',
    message: { type: 'SetPixelFormat', ...PixelFormats.grey4 },
  },
  {
    hex: '03 01 00 00 00 00 07 80 04 38',
    message: { type: 'FramebufferUpdateRequest', incremental: 1, x: 0, y: 0, width: 1920, height: 1080 },
  },
  { hex: '04 01 00 00 00 00 ff e3', message: { type: 'KeyEvent', down: 1, keysym: 0xffe3 } },
  { hex: '05 01 02 80 01 90', message: { type: 'PointerEvent', buttons: 1, x: 640, y: 400 } },
  {
    hex: '06 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 04 01',
    message: { type: 'ClientCutText', text: fromHex('00 4b 76 6d 45 78 74 43 6d 64 00 04 01') },
  },
];

const fromFirmware: readonly { hex: string; message: RfbServerMessage }[] = [
  { hex: '00 00 01 40', message: { type: 'FramebufferUpdate', rectangles: 320 } },
  {
    hex: '01 00 00 05 00 01 00 00 80 00 ff ff',
    message: { type: 'SetColourMapEntries', first: 5, colours: [[0, 0x8000, 0xffff]] },
  },
  { hex: '02', message: { type: 'Bell' } },
  {
    hex: '03 00 00 00 00 00 00 10 00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c 00',
    message: { type: 'ServerCutText', text: fromHex('00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c 00') },
  },
];

const sides: readonly { who: string; codec: Codec<object>; cases: readonly { hex: string; message: object }[] }[] = [
  { who: 'console', codec: rfbClientMessages as Codec<object>, cases: fromConsole },
  { who: 'firmware', codec: rfbServerMessages as Codec<object>, cases: fromFirmware },
];

describe.each(sides)('messages of the $who', ({ codec, cases }) => {
  test.each([...cases])('writes $message.type as $hex', ({ hex, message }) => {
    expect(toHex(codec.encode(message))).toBe(hex);
  });

  test.each([...cases])('reads $hex as $message.type and stops behind it', ({ hex, message }) => {
    const reader = new Reader(Uint8Array.of(...fromHex(hex), 0xee));
    expect(codec.decode(reader)).toEqual(message);
    expect(reader.remaining).toBe(1);
  });

  test.each([...cases])('waits for more at every length short of $hex', ({ hex }) => {
    const whole = fromHex(hex);
    for (let length = 0; length < whole.length; length++) {
      expect(codec.decode(new Reader(whole.subarray(0, length)))).toBeUndefined();
    }
  });

  test('names the number of a message that does not exist', () => {
    expect(() => codec.decode(new Reader(fromHex('ee 00')))).toThrow(ProtocolError);
  });
});

test('reads the screen that AMT tells of, its name and its format', () => {
  const hex =
    '07 80 04 38 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 00 00 00 10 49 6e 74 65 6c 28 72 29 20 41 4d 54 20 4b 56 4d';
  const name = new TextEncoder().encode('Intel(r) AMT KVM');
  expect(serverInit.decode(new Reader(fromHex(hex)))).toEqual({
    width: 1920,
    height: 1080,
    ...PixelFormats.rgb565,
    name,
  });
  expect(toHex(serverInit.encode({ width: 1920, height: 1080, ...PixelFormats.rgb565, name }))).toBe(hex);
});

test('reads the encoding of a rectangle as a number with a sign', () => {
  const head = rectangleHead.decode(new Reader(fromHex('00 00 00 00 03 20 02 58 ff ff ff 21')));
  expect(head).toEqual({ x: 0, y: 0, width: 800, height: 600, encoding: RfbEncoding.DesktopSize });
});

test('refuses a cut text of more than a megabyte instead of waiting for it', () => {
  expect(() => rfbServerMessages.decode(new Reader(fromHex('03 00 00 00 ff ff ff fe')))).toThrow(ProtocolError);
});
