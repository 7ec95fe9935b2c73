import { expect, test } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { joined } from '../testing/bytes.ts';
import { VncEncoding } from './messages.ts';
import { ViewerScreen } from './screen.ts';

/** Whole area of a screen. */
const all = (width: number, height: number) => ({ x: 0, y: 0, width, height });

/** The head of what is sent, with that of its first rectangle. */
function headOf(screen: ViewerScreen): string {
  return toHex(joined(screen.takeUpdate()).subarray(0, 16));
}

test('a viewer waits for a picture that is still arriving, however it asks', () => {
  const framebuffer = new Framebuffer(128, 64);
  const screen = new ViewerScreen(framebuffer);
  screen.request(all(128, 64), false);
  expect(headOf(screen)).toBe('');
  framebuffer.painted(0, 0, 64, 64);
  screen.request(all(128, 64), true);
  expect(headOf(screen)).toBe('');
  framebuffer.painted(64, 0, 64, 64);
  expect(headOf(screen)).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
});

test('a viewer is shown the picture of a session that was lost until there is another', () => {
  const framebuffer = new Framebuffer(128, 64);
  framebuffer.painted(0, 0, 128, 64);
  framebuffer.resize(128, 64);
  const screen = new ViewerScreen(framebuffer);
  screen.request(all(128, 64), false);
  expect(headOf(screen)).toBe('00 00 00 01 00 00 00 00 00 80 00 40 00 00 00 00');
});

test('a viewer is told of another size at once, and waits for the picture', () => {
  const framebuffer = new Framebuffer(128, 64);
  framebuffer.painted(0, 0, 128, 64);
  const screen = new ViewerScreen(framebuffer);
  screen.setEncodings([VncEncoding.Raw, VncEncoding.DesktopSize]);
  framebuffer.resize(64, 128);
  screen.request(all(128, 64), true);
  expect(headOf(screen)).toBe('00 00 00 01 00 00 00 00 00 40 00 80 ff ff ff 21');
  screen.request(all(64, 128), false);
  framebuffer.painted(0, 64, 64, 64);
  expect(headOf(screen)).toBe('');
  framebuffer.painted(0, 0, 64, 64);
  expect(headOf(screen)).toBe('00 00 00 02 00 00 00 00 00 40 00 40 00 00 00 00');
});
