import { describe, expect, test } from 'vitest';
import { NotSupported, Refused } from '../errors.ts';
import { scriptedFirmware } from '../testing/scripted-firmware.ts';
import { displaysOf } from './displays.ts';

const many = (name: string, values: readonly (string | number | boolean)[]): string =>
  values.map((value) => `<${name}>${value}</${name}>`).join('');

/** Two displays side by side, the one on the left the second and the primary one. [AMT: IPS_ScreenSettingData] */
const SCREENS = [
  '<ElementName>test</ElementName><InstanceID>Intel(r) Screen Settings</InstanceID>',
  many('IsActive', [true, true, false, false]),
  '<PrimaryIndex>2</PrimaryIndex><QuadraryIndex>4</QuadraryIndex>',
  many('ResolutionX', [1920, 1280, 0, 0]),
  many('ResolutionY', [1080, 1024, 0, 0]),
  '<SecondaryIndex>1</SecondaryIndex><TertiaryIndex>3</TertiaryIndex>',
  many('UpperLeftX', [0, -1280, -1, -1]),
  many('UpperLeftY', [0, 0, -1, -1]),
].join('');

const settings = (captured: number): string =>
  `<BackToBackFbMode>false</BackToBackFbMode><DefaultScreen>${captured}</DefaultScreen><ElementName>x</ElementName>` +
  '<EnabledByMEBx>true</EnabledByMEBx><SessionTimeout>3</SessionTimeout>';

const GET = 'Get IPS_KVMRedirectionSettingData';
const PUT = 'Put IPS_KVMRedirectionSettingData';

const firmware = (captured: number, then = captured, screens = SCREENS) =>
  scriptedFirmware({ 'Get IPS_ScreenSettingData': screens, [GET]: settings(captured), [PUT]: settings(then) });

const first = { number: 1, width: 1920, height: 1080, x: 0, y: 0, primary: false };
const second = { number: 2, width: 1280, height: 1024, x: -1280, y: 0, primary: true };

describe('the displays', () => {
  test('that are on are told with their places, and which of them is captured', async () => {
    expect(await displaysOf(firmware(0).wsman).list()).toEqual([
      { ...first, captured: true },
      { ...second, captured: false },
    ]);
  });

  test('are all not captured where the firmware says none', async () => {
    const displays = await displaysOf(firmware(255).wsman).list();
    expect(displays.map(({ captured }) => captured)).toEqual([false, false]);
  });

  test('are not known of by old firmware, which is said', async () => {
    const listed = displaysOf(scriptedFirmware({}).wsman).list();
    await expect(listed).rejects.toThrow(NotSupported);
    await expect(listed).rejects.toThrow('office-pc does not tell of its displays');
  });
});

describe('choosing a display', () => {
  test('writes its place, counted from 0, and nothing that cannot be written', async () => {
    const { wsman, request } = firmware(0, 1);
    expect(await displaysOf(wsman).choose(2)).toEqual({ ...second, captured: true });
    expect(request(PUT).input).toMatchObject({ DefaultScreen: '1', SessionTimeout: '3' });
    expect(request(PUT).input).not.toHaveProperty('BackToBackFbMode');
  });

  test('that is captured already writes nothing', async () => {
    const { wsman, asked } = firmware(1);
    expect(await displaysOf(wsman).choose(2)).toEqual({ ...second, captured: true });
    expect(asked).not.toContain(PUT);
  });

  test.each([
    [SCREENS, 'display 1 (1920 × 1080) and display 2 (1280 × 1024) are on'],
    [
      SCREENS.replace('<IsActive>true</IsActive>', '<IsActive>false</IsActive>'),
      'display 2 (1280 × 1024) is the only one',
    ],
    [SCREENS.replaceAll('<IsActive>true</IsActive>', '<IsActive>false</IsActive>'), 'none is on'],
  ])('that is not there names those that are', async (screens, there) => {
    const { wsman, asked } = firmware(0, 0, screens);
    const chosen = displaysOf(wsman).choose(3);
    await expect(chosen).rejects.toThrow(Refused);
    await expect(chosen).rejects.toThrow(`office-pc has no display 3: ${there}`);
    expect(asked).not.toContain(PUT);
  });

  test('that the firmware takes and does not capture is no success', async () => {
    await expect(displaysOf(firmware(0, 0).wsman).choose(2)).rejects.toThrow('stays with the one it had');
  });

  test.each([0, 5, 1.5, Number.NaN])('%d is a mistake of the caller', async (number) => {
    await expect(displaysOf(firmware(0).wsman).choose(number)).rejects.toThrow(TypeError);
  });
});
