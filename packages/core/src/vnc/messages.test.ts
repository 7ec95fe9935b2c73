import { describe, expect, test } from 'vitest';
import { fromHex } from '../bytes/hex.ts';
import { Reader } from '../bytes/reader.ts';
import { decodeViewerMessage, singleScreen, type ViewerMessage } from './messages.ts';

/** As noVNC and TigerVNC send them. */
const cases: readonly { hex: string; message: ViewerMessage }[] = [
  {
    hex: 'ff 00 00 01 00 00 ff 0d 00 00 00 9c',
    message: { type: 'ExtendedKeyEvent', submessage: 0, down: 1, keysym: 0xff0d, scanCode: 0x9c },
  },
  {
    hex: 'fb 00 04 00 03 00 01 00 00 00 00 00 00 00 00 00 04 00 03 00 00 00 00 00',
    message: {
      type: 'SetDesktopSize',
      width: 1024,
      height: 768,
      screens: fromHex('00 00 00 00 00 00 00 00 04 00 03 00 00 00 00 00'),
    },
  },
  { hex: '06 00 00 00 00 00 00 02 68 69', message: { type: 'ClientCutText', text: fromHex('68 69') } },
  { hex: '06 00 00 00 ff ff ff fc 02 00 00 01', message: { type: 'ClientCutText', text: new Uint8Array(0) } },
  { hex: '04 01 00 00 00 00 00 61', message: { type: 'KeyEvent', down: 1, keysym: 0x61 } },
  {
    hex: '03 01 00 00 00 00 07 80 04 38',
    message: { type: 'FramebufferUpdateRequest', incremental: 1, x: 0, y: 0, width: 1920, height: 1080 },
  },
];

describe('messages of a viewer', () => {
  test.each(cases)('reads $hex as $message.type and stops behind it', ({ hex, message }) => {
    const reader = new Reader(Uint8Array.of(...fromHex(hex), 0xee));
    expect(decodeViewerMessage(reader)).toEqual(message);
    expect(reader.remaining).toBe(1);
  });

  test.each(cases)('waits for more at every length short of $hex', ({ hex }) => {
    const whole = fromHex(hex);
    for (let length = 0; length < whole.length; length++) {
      const reader = new Reader(whole.subarray(0, length));
      expect(decodeViewerMessage(reader)).toBeUndefined();
      expect(reader.offset).toBe(0);
    }
  });
});

test('one monitor is the whole screen', () => {
  expect(singleScreen.encode({ width: 1024, height: 768 })).toEqual(
    fromHex('01 00 00 00 00 00 00 00 00 00 00 00 04 00 03 00 00 00 00 00'),
  );
});
