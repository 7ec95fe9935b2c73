/** KVM from the firmware's side, with literal bytes and a viewer that trusts nothing. */
import { PixelFormats } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { pixelsOf } from '../hardware/screen.ts';
import { desk, type Line, settled } from '../testing/redirection.ts';
import { greet, paintTiles, RIGHT, viewing, withScreen } from '../testing/viewer.ts';

/** How MeshCommander begins: what it can, colours in a byte, and all that is there. [REDIR §KVM 16] */
const ENCODINGS = '02 00 00 04 00 00 00 10 00 00 00 00 00 00 04 44 ff ff ff 21';
const RGB332 = '00 00 00 00 08 08 00 01 00 07 00 07 00 03 05 02 00 00 00 00';
const REQUEST = '03 01 00 00 00 00 00 80 00 40';
/** The empty message that says that there is a data channel. */
const CHANNEL = '03 00 00 00 00 00 00 10 00 4b 76 6d 44 61 74 61 43 68 61 6e 6e 65 6c 00';
const INIT =
  '00 80 00 40 10 10 00 01 00 1f 00 3f 00 1f 0b 05 00 00 00 00 00 00 00 10 ' +
  '49 6e 74 65 6c 28 72 29 20 41 4d 54 20 4b 56 4d';

describe.each([
  ['whole', Number.POSITIVE_INFINITY],
  ['byte by byte', 1],
])('a conversation %s', (_, pieces) => {
  const red: Line = ['F', '00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 09 78 01 00 02 00 fd ff 01 e0'];
  const green: Line = ['F', '00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 1c'];

  test('with MeshCommander, from the first byte to a changed tile', async () => {
    const { enter, screen, simulator } = await withScreen();
    const console = await enter('kvm');
    console.pieces = pieces;
    expect(await greet(console)).toBe(INIT);
    await console.talk([
      ['C', ENCODINGS],
      ['F', CHANNEL],
      ['C', RGB332],
      ['C', REQUEST],
      ['F', '00 00 00 02'],
      red,
      green,
      ['C', REQUEST],
    ]);
    expect(await console.heard()).toBe('');
    screen.fill(RIGHT, 0);
    await console.talk([
      ['F', '00 00 00 01'],
      ['F', '00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 07 00 02 00 fd ff 01 00'],
    ]);
    await console.say('04 01 00 00 00 00 00 61', '04 00 00 00 00 00 00 61', '05 01 00 05 00 06');
    expect(screen.input).toEqual(['+04', '-04', '5,6 1']);
    expect(simulator.received.messages().map(({ message }) => message.type)).toEqual([
      'StartRedirectionSession',
      ...Array.from({ length: 3 }, () => 'AuthenticateSession'),
      'OpenKvmChannel',
      'SetEncodings',
      'SetPixelFormat',
      ...Array.from({ length: 2 }, () => 'FramebufferUpdateRequest'),
      ...['KeyEvent', 'KeyEvent', 'PointerEvent'],
    ]);
  });

  test('with a viewer of plain pixels', async () => {
    const { enter } = await withScreen();
    const console = await enter('kvm');
    console.pieces = pieces;
    await greet(console);
    await console.talk([
      ['C', '02 00 00 02 00 00 00 00 ff ff ff 21'],
      ['C', '03 00 00 00 00 00 00 80 00 40'],
      ['F', '00 00 00 02 00 00 00 00 00 40 00 40 00 00 00 00'],
      ['F', '00 f8 '.repeat(4096)],
      ['F', '00 40 00 00 00 40 00 40 00 00 00 00'],
      ['F', 'e0 07 '.repeat(4096)],
    ]);
  });
});

test('deflates as captured from firmware, where it is asked to', async () => {
  const { screen, enter } = await withScreen({ quirks: { kvmExtensions: true } });
  const console = await enter('kvm');
  await greet(console);
  screen.fill({ x: 0, y: 0, width: 128, height: 64 }, 0);
  await console.talk([
    ['C', '02 00 00 03 00 00 00 10 00 00 00 00 ff ff ff 21'],
    ['C', RGB332],
    ['C', '06 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 04 01'],
    ['F', '03 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 04 00'],
    ['C', '06 00 00 00 00 00 00 0c 00 4b 76 6d 45 78 74 43 6d 64 00 03'],
    ['F', '03 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 03 01'],
    ['C', REQUEST],
    ['F', '00 00 00 02'],
    ['F', '00 00 00 00 00 40 00 40 00 00 00 10 00 00 00 0a 78 9c 62 64 00 00 00 00 ff ff'],
    ['F', '00 40 00 00 00 40 00 40 00 00 00 10 00 00 00 08 62 64 00 00 00 00 ff ff'],
  ]);
});

describe('what a viewer sees', () => {
  const as565 = (p: number) => ((p >> 8) & 0xf800) | ((p >> 5) & 0x7e0) | ((p >> 3) & 31);
  const as332 = (p: number) => ((p >> 16) & 0xe0) | ((p >> 11) & 0x1c) | ((p >> 6) & 3);

  const sizes = [
    [720, 400],
    // As at the right and at the bottom of a screen 1366 wide.
    [214, 100],
  ] as const;

  test.each(
    sizes.flatMap((size) =>
      (['rgb565', 'rgb332'] as const).flatMap((format) =>
        (['raw', 'stored', 'zlib'] as const).map((how) => [size, format, how] as const),
      ),
    ),
  )('is the screen: %j %s %s', async ([width, height], format, how) => {
    const encodings = how === 'raw' ? [0, -223] : [16, 0, -223];
    const options = { encodings, format: PixelFormats[format] };
    const { screen, viewer, console } = await viewing({ quirks: { kvmExtensions: true } }, options, [width, height]);
    if (how === 'zlib') {
      await console.say('06 00 00 00 00 00 00 0d 00 4b 76 6d 45 78 74 43 6d 64 00 04 01');
      await console.take(21);
    }
    paintTiles(screen);
    await viewer.ask(true);
    const rectangles = await viewer.update();
    expect(rectangles).toHaveLength(Math.ceil(width / 64) * Math.ceil(height / 64));
    const expected = Uint16Array.from(pixelsOf(screen), format === 'rgb565' ? as565 : as332);
    expect(Buffer.from(viewer.pixels.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });
});

test('has nothing to show where no display is attached', async () => {
  const made = await desk();
  made.pc.screen = undefined;
  const console = await made.enter('kvm');
  await console.talk([
    ['C', '40 00 00 00 00 00 00 00'],
    ['F', '41 00 00 00 00 00 00 00 52 46 42 20 30 30 33 2e 30 30 38 0a'],
    ['C', '52 46 42 20 30 30 33 2e 30 30 38 0a'],
    ['F', '01 01'],
    ['C', '01'],
    ['F', '00 00 00 00'],
    ['C', '01'],
  ]);
  await settled();
  expect(console.ended).toBe(true);
});
