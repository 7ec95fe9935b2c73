/** What a console and the firmware agree on: versions, pixel formats, and what Intel hides in clipboards. */
import { PixelFormats } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { pixelsOf } from '../hardware/screen.ts';
import { BareScreen } from '../testing/bare-screen.ts';
import { desk } from '../testing/redirection.ts';
import { greet, paintTiles, Viewer, viewing, withScreen } from '../testing/viewer.ts';

describe('the versions', () => {
  test.each([
    ['3.7 hears of no result', '30 30 37', '01 01', '01'],
    ['3.3 is not asked', '30 30 33', '00 00 00 01', ''],
    ['3.5 is none and like 3.3', '30 30 35', '00 00 00 01', ''],
  ])('%s', async (_, minor, security, chosen) => {
    const { enter } = await withScreen();
    const console = await enter('kvm');
    await console.talk([
      ['C', '40 00 00 00 00 00 00 00'],
      ['F', '41 00 00 00 00 00 00 00 52 46 42 20 30 30 33 2e 30 30 38 0a'],
      ['C', `52 46 42 20 30 30 33 2e ${minor} 0a`],
      ['F', security],
      ['C', `${chosen} 01`],
    ]);
    expect((await console.heard()).startsWith('00 80 00 40 10')).toBe(true);
  });

  test('4.0 is offered by old firmware and understood by none', async () => {
    const quirks = { kvmVersion: '004.000' } as const;
    await greet(await (await desk({ quirks })).enter('kvm'), '30 30 34 2e 30 30 30');
    const second = await desk({ quirks });
    const console = await second.enter('kvm');
    await console.say('40 00 00 00 00 00 00 00', '52 46 42 20 30 30 34 2e 30 30 30 0a');
    expect(console.ended).toBe(true);
    expect(second.simulator.received.nonsense).toHaveLength(1);
  });

  test('end with whoever wants another security', async () => {
    const { enter } = await withScreen();
    const console = await enter('kvm');
    await console.say('40 00 00 00 00 00 00 00', '52 46 42 20 30 30 33 2e 30 30 38 0a', '02');
    const heard = await console.heard();
    expect(heard).toContain('01 01 00 00 00 01 00 00 00 15 4e 6f 20 73 75 63 68');
    expect(console.ended).toBe(true);
  });
});

describe('a pixel format', () => {
  test.each([
    ['of 32 bits', { ...PixelFormats.rgb565, bitsPerPixel: 32, depth: 24 }],
    ['with a palette', { ...PixelFormats.rgb332, trueColour: 0 }],
    ['whose levels do not fit', { ...PixelFormats.rgb332, redMax: 255, redShift: 5 }],
    ['of grey, before 16', PixelFormats.grey8],
  ])('%s ends the session, with a bell', async (_, format) => {
    const { viewer, console } = await viewing();
    await viewer.setFormat(format);
    expect(await console.heard()).toBe('02');
    expect(console.ended).toBe(true);
  });

  test.each([
    ['all shades', PixelFormats.grey8, 76],
    ['sixteen shades', PixelFormats.grey4, 4],
  ])('of %s is known where the settings say so', async (_, format, red) => {
    const made = await withScreen();
    made.simulator.firmware.change(() => {
      const [settings = {}] = made.simulator.firmware.instances('IPS_KVMRedirectionSettingData') ?? [];
      const changed = { ...settings, GrayscalePixelFormatSupported: true };
      made.simulator.firmware.store('IPS_KVMRedirectionSettingData', [changed]);
    });
    const viewer = await Viewer.open(await made.enter('kvm'), { format });
    await viewer.refresh();
    expect(viewer.pixels[0]).toBe(red);
  });

  test('may be anything else of 8 or 16 bits', async () => {
    const big = { ...PixelFormats.rgb565, bigEndian: 1 };
    const { viewer } = await viewing({}, { format: big });
    await viewer.refresh();
    expect([viewer.pixels[0], viewer.pixels[127]]).toEqual([0xf800, 0x07e0]);
    await viewer.setFormat({
      ...PixelFormats.rgb332,
      redMax: 3,
      greenMax: 3,
      redShift: 0,
      greenShift: 2,
      blueShift: 4,
    });
    await viewer.refresh();
    expect([viewer.pixels[0], viewer.pixels[127]]).toEqual([0x03, 0x0c]);
  });
});

describe("Intel's extensions", () => {
  const NAME = '00 4b 76 6d 45 78 74 43 6d 64 00';
  const say = (bytes: string) => `06 00 00 00 00 00 00 ${bytes.length > 3 ? '0d' : '0c'} ${NAME} ${bytes}`;

  async function extended(InitialDecimationModeForLowRes: number, size: readonly number[] = [128, 64]) {
    const made = await withScreen({ quirks: { kvmExtensions: true, kvmDataChannel: false } });
    made.pc.screen = new BareScreen(size[0] ?? 0, size[1] ?? 0);
    const { firmware } = made.simulator;
    firmware.change(() => {
      const [settings = {}] = firmware.instances('IPS_KVMRedirectionSettingData') ?? [];
      firmware.store('IPS_KVMRedirectionSettingData', [{ ...settings, InitialDecimationModeForLowRes }]);
    });
    const console = await made.enter('kvm');
    const viewer = await Viewer.open(console);
    return { ...made, console, viewer, screen: made.pc.screen as BareScreen };
  }

  const answer = async (console: { take(length: number): Promise<Uint8Array> }, length = 13) =>
    [...(await console.take(8 + length)).subarray(19)].join(' ');

  test('halve the screen, and the way of the pointer', async () => {
    const { console, viewer, screen } = await extended(1);
    screen.fill({ x: 0, y: 0, width: 1, height: 1 }, 0x808080);
    screen.fill({ x: 1, y: 1, width: 1, height: 1 }, 0x808080);
    await viewer.refresh();
    await console.say(say('02 03'));
    expect(await answer(console)).toBe('2 0');
    await console.say(say('01'));
    expect(await answer(console, 14)).toBe('1 3 1');
    await viewer.ask(true);
    expect(await viewer.update()).toMatchObject([{ width: 64, height: 32, encoding: -223 }]);
    await viewer.refresh();
    expect(viewer.pixels[0]).toBe(0x4208);
    await console.say('05 01 00 0a 00 05');
    expect(screen.input).toEqual(['20,10 1']);
    screen.fill({ x: 127, y: 63, width: 1, height: 1 }, 0xffffff);
    await viewer.ask(true);
    expect(await viewer.update()).toHaveLength(1);
    await console.say(say('02 01'));
    expect(await answer(console)).toBe('2 0');
    await viewer.ask(true);
    expect(await viewer.update()).toMatchObject([{ width: 128, height: 64, encoding: -223 }]);
  });

  test('halve by themselves what is larger than full HD', async () => {
    expect((await extended(2, [2560, 1600])).viewer).toMatchObject({ width: 1280, height: 800 });
    expect((await extended(2, [1920, 1080])).viewer).toMatchObject({ width: 1920, height: 1080 });
    expect((await extended(0, [2560, 1600])).viewer).toMatchObject({ width: 2560, height: 1600 });
  });

  test.each(['02 00', '02 04', '04 02'])('refuse %s', async (command) => {
    const { console } = await extended(1);
    await console.say(say(command));
    expect(await answer(console)).toBe(`${Number.parseInt(command, 16)} 1`);
  });

  test('are switched in the middle of a session, and every viewer can follow', async () => {
    const { console, viewer, screen } = await extended(1, [192, 64]);
    for (const [round, command] of ['04 01', '04 00', '04 01'].entries()) {
      await console.say(say(command));
      expect(await answer(console)).toBe('4 0');
      // Much alike, so that a piece refers to those before it, where it may.
      paintTiles(screen, 22 + 11 * round);
      await viewer.refresh();
      const expected = pixelsOf(screen).map(
        (pixel) => ((pixel >> 8) & 0xf800) | ((pixel >> 5) & 0x7e0) | ((pixel >> 3) & 31),
      );
      expect([...viewer.pixels]).toEqual([...expected]);
    }
  });

  test('mean nothing to older firmware', async () => {
    const { console } = await viewing();
    await console.say(say('01'), say('04 01'), say('04'));
    expect(await console.heard()).toBe('');
  });
});

describe('the data channel', () => {
  const CHANNEL = '00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c';

  test('is told once to who knows it, and acknowledges what is sent', async () => {
    const { enter } = await withScreen();
    const console = await enter('kvm');
    await greet(console);
    await console.talk([
      ['C', '02 00 00 02 00 00 00 00 00 00 04 44'],
      ['F', `03 00 00 00 00 00 00 10 ${CHANNEL} 00`],
      ['C', '02 00 00 02 00 00 00 00 00 00 04 44'],
      ['C', `06 00 00 00 00 00 00 11 ${CHANNEL} 00 7b`],
      ['F', `03 00 00 00 00 00 00 10 ${CHANNEL} 01`],
    ]);
    expect(await console.heard()).toBe('');
  });

  test('is not there for others, nor on old firmware', async () => {
    const { console } = await viewing();
    await console.say(`06 00 00 00 00 00 00 10 ${CHANNEL} 00`);
    expect(await console.heard()).toBe('');
    const old = await viewing({ quirks: { kvmDataChannel: false } }, { encodings: [0, 1092] });
    expect(await old.console.heard()).toBe('');
  });
});
