/** Our viewer at our server: no witness for either, but every picture through the whole of both. */
import { expect, test } from 'vitest';
import { Framebuffer } from '../redirection/kvm/framebuffer.ts';
import { RfbClient, type RfbEvent } from '../redirection/kvm/rfb.ts';
import { type PictureName, picture, wrongPixels } from '../testing/pictures.ts';
import { shownPixels, wirePixels } from '../testing/screen-encoder.ts';
import { type VncEvent, VncServer } from './server.ts';

const password = { password: 'P@ssw0rd', challenge: Uint8Array.from({ length: 16 }, (_, i) => 11 * i) };

/** Shows a picture as the firmware's colours make it. */
function show(framebuffer: Framebuffer, name: PictureName): Uint8ClampedArray {
  const { width, height } = framebuffer;
  const pixels = shownPixels(wirePixels(picture(name, width, height), 'rgb565'), 'rgb565');
  framebuffer.pixels.set(pixels);
  framebuffer.painted(0, 0, width, height);
  return pixels;
}

/** Carries bytes both ways until neither has anything to say. */
function carry(client: RfbClient, server: VncServer): { client: RfbEvent[]; server: VncEvent[] } {
  const events = { client: [] as RfbEvent[], server: [] as VncEvent[] };
  for (let silent = 0; silent < 2; ) {
    const [up, down] = [client.takeOutgoing(), server.takeOutgoing()];
    for (const bytes of up) events.server.push(...server.receive(bytes));
    for (const bytes of down) events.client.push(...client.receive(bytes));
    silent = up.length + down.length === 0 ? silent + 1 : 0;
  }
  return events;
}

test('pictures, another size, keys and pointer', () => {
  const framebuffer = new Framebuffer(342, 150);
  const server = new VncServer({ framebuffer, title: 'office-pc', password });
  const client = new RfbClient({ over: 'direct', password: 'P@ssw0rd', rle: false });
  const first = show(framebuffer, 'desktop');
  const opening = carry(client, server);
  expect(opening.client[0]).toEqual({ type: 'started', width: 342, height: 150, title: 'office-pc' });
  expect(opening.server).toEqual([{ type: 'joined', shared: true }]);
  expect(wrongPixels(client.framebuffer.pixels, first)).toBe(0);

  const second = show(framebuffer, 'console');
  carry(client, server);
  expect(wrongPixels(client.framebuffer.pixels, second)).toBe(0);

  framebuffer.resize(200, 100);
  const third = show(framebuffer, 'bios');
  expect(carry(client, server).client).toContainEqual({ type: 'resized', width: 200, height: 100 });
  expect(wrongPixels(client.framebuffer.pixels, third)).toBe(0);

  client.key(0x61, true);
  client.pointer(10, 20, 1);
  expect(carry(client, server).server).toEqual([
    { type: 'key', keysym: 0x61, pressed: true },
    { type: 'pointer', x: 10, y: 20, buttons: 1 },
  ]);
});

test('a wrong password', () => {
  const server = new VncServer({ framebuffer: new Framebuffer(64, 64), title: 'office-pc', password });
  const client = new RfbClient({ over: 'direct', password: 'password' });
  expect(carry(client, server).client).toEqual([
    { type: 'dropped', cause: 'refused', reason: 'The firmware refused the screen: the password is not right.' },
  ]);
});
