/** The screen of a PC made of QEMU, beside QEMU's own picture of it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '@amtkit/core/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { desk, settled } from '../../testing/redirection.ts';
import { mediumOf, tinyCd } from '../../testing/tiny-guest.ts';
import { Viewer } from '../../testing/viewer.ts';
import { pixelsOf, type Screen } from '../screen.ts';
import { qemuKey } from './keys.ts';
import type { QemuPcOptions } from './options.ts';
import { type QemuPc, qemuPc } from './pc.ts';
import { QemuScreen } from './screen.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A PC, and what it says over its serial port. */
async function make(options: QemuPcOptions = {}) {
  const lines: string[] = [];
  const pc = await qemuPc({ accelerator: 'tcg', memory: 64, ...options, log: (line) => lines.push(line) });
  cleanups.push(() => pc[Symbol.asyncDispose]());
  const serial = { text: '' };
  void (async () => {
    for await (const bytes of pc.serial) serial.text += new TextDecoder('latin1').decode(bytes);
  })();
  return { pc, lines, serial };
}

/** Looks, and counts what is told. */
async function look(screen: Screen) {
  const told = { resizes: 0, damages: 0, stop: () => {} };
  told.stop = await screen.watch({
    resized: () => {
      told.resizes++;
    },
    damaged: () => {
      told.damages++;
    },
  });
  return told;
}

/** A PPM as pixels 0xRRGGBB. */
function decodePpm(ppm: Uint8Array): { width: number; height: number; pixels: Uint32Array } {
  const bytes = Buffer.from(ppm);
  const [head = '', width = '', height = ''] =
    /^P6\n(?:#.*\n)*(\d+) (\d+)\n255\n/.exec(bytes.toString('latin1', 0, 200)) ?? [];
  const pixels = Uint32Array.from({ length: Number(width) * Number(height) }, (_, i) =>
    bytes.readUIntBE(head.length + 3 * i, 3),
  );
  return { width: Number(width), height: Number(height), pixels };
}

/** Waits until the screen is what QEMU says it is, and something is on it. */
async function sameAsQemu(pc: QemuPc): Promise<void> {
  await vi.waitFor(
    async () => {
      const { width, height, pixels } = decodePpm(await pc.screendump());
      const { screen } = pc;
      expect([screen.width, screen.height]).toEqual([width, height]);
      expect(new Set(pixels).size).toBeGreaterThan(1);
      expect(Buffer.compare(Buffer.from(pixelsOf(screen).buffer), Buffer.from(pixels.buffer))).toBe(0);
    },
    { timeout: 15_000, interval: 100 },
  );
}

describe('the screen of a PC made of QEMU', { timeout: 60_000, ...needs('qemu') }, () => {
  test('is what QEMU says it is, through resets and power', async () => {
    const { pc, lines, serial } = await make();
    const told = await look(pc.screen);
    expect(pc.screen).toMatchObject({ width: 720, height: 400, mode: 'text' });
    expect(new Set(pixelsOf(pc.screen))).toEqual(new Set([0]));
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await vi.waitFor(() => expect(serial.text).toContain('tiny guest up'), { timeout: 15_000 });
    await sameAsQemu(pc);
    expect(pc.screen.mode).toBe('text');
    await pc.apply('reset');
    await sameAsQemu(pc);
    await pc.apply('off');
    await vi.waitFor(() => expect(new Set(pixelsOf(pc.screen))).toEqual(new Set([0])));
    await pc.apply('on');
    await sameAsQemu(pc);
    const { damages } = told;
    expect(damages).toBeGreaterThan(0);
    told.stop();
    await pc.apply('reset');
    expect(told.damages).toBe(damages);
    await look(pc.screen);
    await sameAsQemu(pc);
    expect(lines).toEqual([]);
  });

  test('follows the guest into another mode', async () => {
    const { pc } = await make({ bios: 'ovmf', memory: 256 });
    const told = await look(pc.screen);
    await pc.apply('on');
    await vi.waitFor(() => expect(pc.screen.mode).toBe('graphics'), { timeout: 30_000 });
    await sameAsQemu(pc);
    expect(told.resizes).toBeGreaterThan(0);
  });

  test('types on the keyboard of the guest', async () => {
    const { pc, serial, lines } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await vi.waitFor(() => expect(serial.text).toContain('tiny guest up'), { timeout: 15_000 });
    const tap = (usage: number) => {
      pc.screen.key(usage, true);
      pc.screen.key(usage, false);
    };
    serial.text = '';
    tap(0x1b);
    pc.screen.key(0xe1, true);
    tap(0x1b);
    pc.screen.key(0xe1, false);
    tap(0x27);
    await vi.waitFor(() => expect(serial.text).toBe('xX0'));
    tap(0x14);
    await vi.waitFor(() => expect(pc.power).toBe('off'));
    tap(0x14);
    expect(lines).toEqual([]);
  });

  test('goes out as firmware sends it', async () => {
    const { pc } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await look(pc.screen);
    await sameAsQemu(pc);
    const { enter } = await desk({ hardware: pc });
    const viewer = await Viewer.open(await enter('kvm'));
    // Its cursor may blink between two looks.
    await vi.waitFor(async () => {
      await viewer.refresh();
      const expected = Uint16Array.from(
        pixelsOf(pc.screen),
        (pixel) => ((pixel >> 8) & 0xf800) | ((pixel >> 5) & 0x7e0) | ((pixel >> 3) & 31),
      );
      expect([viewer.width, viewer.height]).toEqual([pc.screen.width, pc.screen.height]);
      expect(Buffer.compare(Buffer.from(viewer.pixels.buffer), Buffer.from(expected.buffer))).toBe(0);
    });
  });
});

test('has QEMU look closely again when somebody types, while somebody looks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-vnc-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  let heard = '';
  // A server with a black screen of one pixel, in the words of QEMU's.
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      heard += bytes.toString('hex');
    });
    socket.on('error', () => {});
    const init = '00010001 20180001 00ff00ff00ff 100800 000000 00000000';
    const pixel = '00000001 00000000 00010001 00000000 00000000';
    for (const part of ['524642203030332e3030380a', '0101', '00000000', init, pixel]) {
      socket.write(Buffer.from(part.replaceAll(' ', ''), 'hex'));
    }
  });
  const path = join(folder, 'vnc');
  await once(server.listen(path), 'listening');
  cleanups.push(() => server.close());
  const screen = new QemuScreen(path, () => {});
  screen.attach({ execute: async () => ({}) });
  cleanups.push(() => screen.detach());
  await look(screen);
  const clipboard = '0600000000000000';
  expect(heard).not.toContain(clipboard);
  screen.key(0x04, true);
  await vi.waitFor(() => expect(heard.endsWith(clipboard)).toBe(true));
  screen.pointer(0, 0, 0);
  await vi.waitFor(() => expect(heard.endsWith(clipboard + clipboard)).toBe(true));
});

test('sends places on the screen as a tablet does, and buttons once', async () => {
  const sent: unknown[] = [];
  const screen = new QemuScreen('/nowhere', () => {});
  screen.attach({ execute: async (command, input) => sent.push([command, input]) });
  screen.pointer(719, 0, 0);
  screen.pointer(9999, 399, 5);
  screen.pointer(0, 0, 4);
  await settled();
  const event = (...events: unknown[]) => ['input-send-event', { events }];
  const abs = (axis: string, value: number) => ({ type: 'abs', data: { axis, value } });
  const button = (name: string, down: boolean) => ({ type: 'btn', data: { down, button: name } });
  expect(sent).toEqual([
    event(abs('x', 32_767), abs('y', 0)),
    event(abs('x', 32_767), abs('y', 32_767), button('left', true), button('right', true)),
    event(abs('x', 0), abs('y', 0), button('left', false)),
  ]);
});

test.each([
  [0x04, 'a'],
  [0x27, '0'],
  [0x2c, 'spc'],
  [0x35, 'grave_accent'],
  [0x38, 'slash'],
  [0x39, 'caps_lock'],
  [0x45, 'f12'],
  [0x4e, 'pgdn'],
  [0x63, 'kp_decimal'],
  [0x64, 'less'],
  [0x8b, 'muhenkan'],
  [0xe7, 'meta_r'],
  [0x00, undefined],
])('knows the key of usage %i as %s', (usage, name) => {
  expect(qemuKey(usage)).toBe(name);
});
