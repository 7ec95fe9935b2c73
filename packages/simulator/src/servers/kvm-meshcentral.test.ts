/** MeshCentral's own screen decoder, unmodified, on a canvas that keeps its pixels: it sees the PC and nothing else. */
import { type MeshCentralDesktopOptions, meshcentralDesktop, needs, peersFolder } from '@amtkit/core/testing';
import { describe, expect, test } from 'vitest';
import { createSimulator } from '../create-simulator.ts';
import { pixelsOf, type Screen } from '../hardware/screen.ts';
import { BareScreen } from '../testing/bare-screen.ts';
import { desk, type RawConsole, settled } from '../testing/redirection.ts';
import { paintTiles } from '../testing/viewer.ts';

/** Bytes that a console of MeshCommander's kind sends besides, which MeshCentral's page has no switch for. */
const PLAIN_PIXELS = '02 00 00 02 00 00 00 00 ff ff ff 21';
const COMPRESS = '06 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 04 01';

/** How the page makes colours of what it gets. */
const COLOURS = {
  rgb565: (pixel: number) => pixel & 0xf8fcf8,
  rgb332: (pixel: number) => {
    const blue = pixel & 0xc0;
    return (pixel & 0xe0e000) | (blue > 127 ? blue + 32 : blue);
  },
  grey: (pixel: number) => {
    const grey = (77 * (pixel >> 16) + 150 * ((pixel >> 8) & 255) + 29 * (pixel & 255)) >> 8;
    return (grey << 16) | (grey << 8) | grey;
  },
} as const;

/** Lets the page and the firmware talk until both are silent. */
async function talk(page: ReturnType<typeof meshcentralDesktop>, console: RawConsole): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const said = page.takeSent();
    if (said.length > 0) await console.say(said);
    const heard = await console.takeAll();
    // In pieces as they come from a network: one large piece takes it ten times as long.
    for (let at = 0; at < heard.length; at += 16_384) page.receive(heard.subarray(at, at + 16_384));
    quiet = said.length + heard.length > 0 ? 0 : quiet + 1;
  }
}

/** The page, in front of a screen. */
async function looking(screen: Screen, options: MeshCentralDesktopOptions = {}, besides = '') {
  const made = await desk({ quirks: { kvmExtensions: true } });
  Object.assign(made.pc, { screen });
  const { firmware } = made.simulator;
  firmware.change(() => {
    const [settings = {}] = firmware.instances('IPS_KVMRedirectionSettingData') ?? [];
    firmware.store('IPS_KVMRedirectionSettingData', [{ ...settings, GrayscalePixelFormatSupported: true }]);
  });
  const console = await made.enter('kvm');
  const page = meshcentralDesktop(peersFolder() ?? '', options);
  await console.talk([
    ['C', '40 00 00 00 00 00 00 00'],
    ['F', '41 00 00 00 00 00 00 00'],
  ]);
  // Everything up to its first request, then what it does not say itself, then that request.
  while (!(await hasAsked(page, console, besides)));
  await talk(page, console);
  return { ...made, console, page };
}

/** One step of the beginning; true once the page has asked for its first picture. */
async function hasAsked(page: ReturnType<typeof meshcentralDesktop>, console: RawConsole, besides: string) {
  const heard = await console.takeAll();
  if (heard.length > 0) page.receive(heard);
  const said = page.takeSent();
  const asked = said.length > 10 && said.at(-10) === 3;
  if (asked && besides !== '') await console.say(said.slice(0, -10), besides, said.slice(-10));
  else await console.say(said);
  return asked;
}

function wrong(page: ReturnType<typeof meshcentralDesktop>, screen: Screen, colour: (pixel: number) => number): number {
  const pixels = pixelsOf(screen);
  expect([page.width, page.height, page.stopped]).toEqual([screen.width, screen.height, false]);
  let count = 0;
  for (let i = 0; i < pixels.length; i++) {
    const at = 4 * i;
    const seen = ((page.pixels[at] ?? 0) << 16) | ((page.pixels[at + 1] ?? 0) << 8) | (page.pixels[at + 2] ?? 0);
    if (seen !== colour(pixels[i] as number)) count++;
  }
  return count;
}

describe("MeshCentral's page", { timeout: 30_000, ...needs('peers') }, () => {
  test.each(
    (
      [
        [720, 400],
        [800, 600],
        [1366, 768],
        [1920, 1080],
      ] as const
    ).flatMap((size) =>
      (['rgb565', 'rgb332'] as const).flatMap((format) =>
        (['plain', 'stored', 'deflated'] as const).map((how) => [size, format, how] as const),
      ),
    ),
  )('paints no pixel wrong: %j %s %s', async ([width, height], format, how) => {
    const screen = new BareScreen(width, height);
    paintTiles(screen);
    const besides = how === 'plain' ? PLAIN_PIXELS : how === 'deflated' ? COMPRESS : '';
    const { page, console } = await looking(screen, { bpp: format === 'rgb565' ? 2 : 1 }, besides);
    expect(wrong(page, screen, COLOURS[format])).toBe(0);
    screen.fill({ x: width - 70, y: height - 70, width: 70, height: 70 }, 0x40c0e0);
    await talk(page, console);
    expect(wrong(page, screen, COLOURS[format])).toBe(0);
  });

  test('sees shades of grey', async () => {
    const screen = new BareScreen(200, 130);
    paintTiles(screen);
    const { page } = await looking(screen, { bpp: 1, graymode: true });
    expect(wrong(page, screen, COLOURS.grey)).toBe(0);
  });

  test('reads on where rows of a palette run into each other, and not where they are padded', async () => {
    const screen = new BareScreen(22, 9);
    for (const [i] of screen.pixels.entries()) screen.pixels[i] = i % 5 === 0 ? 0xffffff : 0;
    const shown = async (kvmPackedRows: 'continued' | 'padded') => {
      const made = await looking(screen);
      Object.assign(made.simulator.firmware.quirks, { kvmPackedRows });
      screen.fill({ x: 0, y: 0, width: 22, height: 9 }, 0);
      for (const [i] of screen.pixels.entries()) screen.pixels[i] = i % 5 === 0 ? 0xffffff : 0;
      screen.damage();
      await talk(made.page, made.console);
      return wrong(made.page, screen, COLOURS.rgb565);
    };
    expect(await shown('continued')).toBe(0);
    expect(await shown('padded')).toBeGreaterThan(0);
  });

  test('follows a change of size, and asks twice for it', async () => {
    const screen = new BareScreen(720, 400);
    paintTiles(screen);
    const { page, console, simulator } = await looking(screen);
    screen.resize(1024, 768);
    paintTiles(screen);
    await talk(page, console);
    expect(wrong(page, screen, COLOURS.rgb565)).toBe(0);
    const requests = simulator.received.messages('FramebufferUpdateRequest').map(({ message }) => message);
    expect(requests).toContainEqual(expect.objectContaining({ incremental: 0, width: 1024, height: 768 }));
  });

  test('sees the pretend PC, whatever it shows', async () => {
    const { simulator } = { simulator: await createSimulator({ ports: 'memory', speed: 0, power: 'on' }) };
    const { screen } = simulator.firmware.hardware;
    if (screen === undefined) throw new Error('The pretend PC has no screen.');
    pixelsOf(screen);
    await settled();
    const { page, console } = await looking(screen);
    expect(wrong(page, screen, COLOURS.rgb565)).toBe(0);
    await simulator.firmware.hardware.apply('reset', 'bios');
    await talk(page, console);
    expect(wrong(page, screen, COLOURS.rgb565)).toBe(0);
    expect([page.width, page.height]).toEqual([720, 400]);
    await simulator.close();
  });
});
