/** Which display of several the firmware captures. */
import { describe, expect, test } from 'vitest';
import { pixelsOf } from '../hardware/screen.ts';
import { BareScreen } from '../testing/bare-screen.ts';
import { TestConsole } from '../testing/console.ts';
import { bench } from '../testing/pretend-pc.ts';
import { desk, settled } from '../testing/redirection.ts';
import { lettersOf } from '../testing/screen-reader.ts';
import { Viewer } from '../testing/viewer.ts';

const SETTINGS = 'IPS_KVMRedirectionSettingData';

/** A PC with two displays, the second red, and somebody who may change its settings. */
async function twoDisplays() {
  const made = await desk();
  const second = new BareScreen(100, 70);
  second.fill({ x: 0, y: 0, width: 100, height: 70 }, 0xff0000);
  made.pc.furtherScreens = [second];
  return { ...made, second, settings: new TestConsole(made.simulator, { password: 'P@ssw0rd' }) };
}

const RED = 0xf800;

test('two displays stand side by side in the settings', async () => {
  const { settings } = await twoDisplays();
  expect(await settings.get('IPS_ScreenSettingData')).toMatchObject({
    IsActive: ['true', 'true', 'false', 'false'],
    ResolutionX: ['128', '100', '0', '0'],
    ResolutionY: ['64', '70', '0', '0'],
    UpperLeftX: ['0', '128', '-1', '-1'],
    UpperLeftY: ['0', '0', '-1', '-1'],
  });
});

describe('a session', () => {
  test('begins with the display that the settings name, whose pointer it moves, and the keyboard of the PC', async () => {
    const { settings, enter, rewind, second, pc } = await twoDisplays();
    await settings.put(SETTINGS, { DefaultScreen: 1 });
    rewind();
    const console = await enter('kvm');
    const viewer = await Viewer.open(console);
    expect([viewer.width, viewer.height]).toEqual([100, 70]);
    await viewer.refresh();
    expect(new Set(viewer.pixels)).toEqual(new Set([RED]));
    await console.talk([['C', '05 01 00 0a 00 14 04 01 00 00 00 00 00 61']]);
    await settled();
    expect(second.input).toEqual(['10,20 1']);
    expect(pc.screen?.input).toEqual(['+04']);
  });

  test.each([
    ['none', 255],
    ['one that is not there', 2],
  ])('begins with the first where they name %s', async (_, number) => {
    const { settings, enter, rewind } = await twoDisplays();
    await settings.put(SETTINGS, { DefaultScreen: number });
    rewind();
    const viewer = await Viewer.open(await enter('kvm'));
    expect([viewer.width, viewer.height]).toEqual([128, 64]);
  });

  test('turns to another display as soon as they name that, and back', async () => {
    const { settings, enter, second, pc } = await twoDisplays();
    const viewer = await Viewer.open(await enter('kvm'));
    await viewer.refresh();
    await viewer.ask(true);
    await settings.put(SETTINGS, { DefaultScreen: 1 });
    await settled();
    expect(await viewer.update()).toMatchObject([{ width: 100, height: 70, encoding: -223 }]);
    await viewer.refresh();
    expect(new Set(viewer.pixels)).toEqual(new Set([RED]));
    expect([pc.screen?.watchers, second.watchers]).toEqual([0, 1]);
    await viewer.ask(true);
    await settings.put(SETTINGS, { DefaultScreen: 0 });
    await settled();
    expect(await viewer.update()).toMatchObject([{ width: 128, height: 64, encoding: -223 }]);
    expect([pc.screen?.watchers, second.watchers]).toEqual([1, 0]);
  });

  test('leaves nobody watching when it ends', async () => {
    const { settings, enter, second, pc } = await twoDisplays();
    const console = await enter('kvm');
    await Viewer.open(console);
    await console.close();
    await settings.put(SETTINGS, { DefaultScreen: 1 });
    await settled();
    expect([pc.screen?.watchers, second.watchers]).toEqual([0, 0]);
  });
});

test('the second display of a pretend PC is dark, but for what its system puts there', async () => {
  const { pc } = bench({ displays: 2 });
  const [second] = pc.furtherScreens ?? [];
  if (second === undefined) throw new Error('There is no second display.');
  expect(second).toMatchObject({ width: 1280, height: 1024 });
  expect(new Set(pixelsOf(second))).toEqual(new Set([0]));
  await pc.apply('on');
  expect(new Set(pixelsOf(second)).size).toBeGreaterThan(2);
  second.pointer(12, 34, 1);
  const note = { x: 48, y: 96, columns: 30, rows: 1, pitch: 8 };
  expect(lettersOf(second, note).trim()).toBe('Pointer at 12,34, pressed');
  await pc.apply('off');
  expect(new Set(pixelsOf(second))).toEqual(new Set([0]));
});
