/** What the PC starts from: options, source and role, each for one start. */
import { describe, expect, test } from 'vitest';
import { BarePc } from '../testing/bare-pc.ts';
import { type Sent, start, type TestConsole } from '../testing/console.ts';

const SETTINGS = 'AMT_BootSettingData';
const PXE = 'Intel(r) AMT: Force PXE Boot';
const config = { className: 'CIM_BootConfigSetting', selectors: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' } };

const order = (console: TestConsole, source?: string) =>
  console.result(
    'CIM_BootConfigSetting',
    'ChangeBootOrder',
    source === undefined ? {} : { Source: { className: 'CIM_BootSourceSetting', selectors: { InstanceID: source } } },
  );
const role = (console: TestConsole, Role: number) =>
  console.result('CIM_BootService', 'SetBootConfigRole', { BootConfigSetting: config, Role });
const put = (console: TestConsole, options: Sent) => console.put(SETTINGS, options);

const NOTHING = { BIOSPause: false, BIOSSetup: false, UseIDER: false, UseSOL: false };

/** The order of consoles in the field. */
async function override(console: TestConsole, options: Sent, source?: string) {
  expect(await order(console)).toBe(0);
  await put(console, { ...NOTHING, ...options });
  expect(await role(console, 1)).toBe(0);
  expect(await order(console, source)).toBe(0);
}

describe('an override', () => {
  test.each([
    ['pxe', {}, PXE],
    ['disk', {}, 'Intel(r) AMT: Force Hard-drive Boot'],
    ['safe-mode', { UseSafeMode: true }, 'Intel(r) AMT: Force Hard-drive Boot'],
    ['cd', {}, 'Intel(r) AMT: Force CD/DVD Boot'],
    ['bios', { BIOSSetup: true }, undefined],
    ['bios-pause', { BIOSPause: true }, undefined],
    ['disk', {}, undefined],
  ] as const)('starts %s once, and then the disk again', async (choice, options, source) => {
    const { simulator, console } = await start({ power: 'on' });
    await override(console, options, source);
    expect(await console.requestPower(10)).toBe(0);
    await simulator.firmware.until((state) => state.bootedFrom === choice && state.boot.cleared);
    await console.requestPower(10);
    await simulator.firmware.until((state) => state.bootedFrom === 'disk');
  });

  test('from a redirected drive needs the session to be there at the start', async () => {
    const pc = new BarePc();
    const { simulator, console } = await start({ hardware: pc });
    await override(console, { UseIDER: true, IDERBootDevice: 1 });
    await console.requestPower(10);
    simulator.openSessions.ider = true;
    for (const IDERBootDevice of [1, 0]) {
      await override(console, { UseIDER: true, IDERBootDevice });
      await console.requestPower(10);
    }
    await console.requestPower(10);
    expect(pc.applied).toEqual(['reset', 'reset ider-cd', 'reset ider-floppy', 'reset']);
  });

  test('counts only with its role, unless a profile reads it otherwise', async () => {
    for (const [bootNeedsRole, choice] of [
      [true, 'disk'],
      [false, 'pxe'],
    ] as const) {
      const { simulator, console } = await start({ quirks: { bootNeedsRole } });
      expect(await order(console, PXE)).toBe(0);
      await console.requestPower(2);
      await simulator.firmware.until((state) => state.bootedFrom === choice);
    }
  });

  test('outlives waking up from sleep, which is no start', async () => {
    const { simulator, console, state } = await start({ power: 'sleep' });
    await override(console, {}, PXE);
    await console.requestPower(2);
    await simulator.firmware.until((now) => now.power === 'on');
    expect(state.boot).toMatchObject({ source: PXE, next: true });
  });

  test('is taken back by the role that says so', async () => {
    const { simulator, console } = await start();
    await override(console, {}, PXE);
    expect(await role(console, 32768)).toBe(0);
    await console.requestPower(2);
    await simulator.firmware.until((state) => state.bootedFrom === 'disk');
  });
});

describe('options', () => {
  test('can be read until they are taken, and say when they were', async () => {
    const { simulator, console } = await start({ power: 'on' });
    expect(await console.get(SETTINGS)).toMatchObject({ BIOSSetup: 'false', OptionsCleared: 'true' });
    const stored = await put(console, { BIOSSetup: true, FirmwareVerbosity: 2 });
    expect(stored).toMatchObject({ BIOSSetup: 'true', FirmwareVerbosity: '2', OptionsCleared: 'false' });
    expect(await console.get(SETTINGS)).toEqual(stored);
    await console.requestPower(10);
    await simulator.firmware.until((state) => state.boot.cleared);
    expect(await console.get(SETTINGS)).toMatchObject({ BIOSSetup: 'false', OptionsCleared: 'true' });
  });

  test('that are secret are never shown', async () => {
    const { console } = await start({ power: 'on' });
    const stored = await put(console, { RSEPassword: 'secret' });
    expect(stored.RSEPassword).toBe('');
  });

  test.each([
    ['a read-only property', { BIOSLastStatus: [2, 0] }, 'InvalidRepresentation'],
    ['a property that does not exist', { BIOSMakeCoffee: true }, 'SchemaValidationError'],
    ['a word where true or false belongs', { BIOSSetup: 'yes' }, 'SchemaValidationError'],
    ['another name for the instance', { InstanceID: 'mine' }, 'InvalidRepresentation'],
    ['nothing at all', {}, 'SchemaValidationError'],
  ] as const)('with %s are refused whole', async (_what, options, fault) => {
    const { console } = await start();
    expect(await console.fault(put(console, options))).toBe(fault);
    expect((await console.get(SETTINGS)).OptionsCleared).toBe('true');
  });
});

describe('options and a source exclude each other', () => {
  test.each(['UseIDER', 'UseSOL', 'BIOSSetup', 'BIOSPause', 'ReflashBIOS'])('%s first', async (name) => {
    const { console } = await start();
    await put(console, { [name]: true });
    expect(await order(console, PXE)).toBe(5);
    expect(await order(console)).toBe(0);
    await put(console, { [name]: false });
    expect(await order(console, PXE)).toBe(0);
  });

  test.each(['UseIDER', 'UseSOL', 'BIOSSetup', 'BIOSPause', 'ReflashBIOS'])('the source before %s', async (name) => {
    const { console } = await start();
    expect(await order(console, PXE)).toBe(0);
    expect(await console.fault(put(console, { [name]: true }))).toBe('InvalidRepresentation');
    await put(console, { ForcedProgressEvents: true });
    expect(await order(console)).toBe(0);
    await put(console, { [name]: true });
  });
});

test('wrong pointers and roles are told apart', async () => {
  const { console } = await start();
  expect(await order(console, 'Intel(r) AMT: Force Floppy Boot')).toBe(4);
  expect(await role(console, 0)).toBe(1);
  expect(await role(console, 7)).toBe(5);
  const wrong = { BootConfigSetting: { ...config, selectors: { InstanceID: 'no' } }, Role: 1 };
  expect(await console.result('CIM_BootService', 'SetBootConfigRole', wrong)).toBe(4);
});

describe('without the consent it needs', () => {
  test('nothing can be changed, and everything once it is given', async () => {
    const { console, state } = await start({ power: 'on', consent: 'all' });
    expect(await order(console)).toBe(6);
    expect(await order(console, PXE)).toBe(6);
    expect(await role(console, 1)).toBe(6);
    expect(await console.fault(put(console, { BIOSSetup: true }))).toBe('AccessDenied');
    await console.result('IPS_OptInService', 'StartOptIn');
    await console.result('IPS_OptInService', 'SendOptInCode', { OptInCode: state.consent.code ?? '' });
    await override(console, {}, PXE);
  });

  test('some firmware answers another way, or seems to obey', async () => {
    const one = await start({ consent: 'all', quirks: { consentMissing: 'AMT-STATUS 2081' } });
    expect(await one.console.fault(put(one.console, { BIOSSetup: true }))).toBe('InternalError');
    const other = await start({ consent: 'all', quirks: { consentMissing: 'ignored' } });
    await override(other.console, { BIOSSetup: true });
    expect(other.state.boot).toMatchObject({ options: {}, next: false });
  });

  test('a consent for KVM alone lets boot options through', async () => {
    const { console } = await start({ consent: 'kvm' });
    await override(console, {}, PXE);
  });
});

describe('One-Click Recovery', () => {
  const https = 'Intel(r) AMT: Force OCR UEFI HTTPS Boot';
  const parameter = (type: number, value: string) => {
    const bytes = Buffer.alloc(8 + value.length);
    bytes.writeUInt16LE(0x8086, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(value.length, 4);
    bytes.write(value, 8, 'latin1');
    return bytes;
  };
  const blob = (...parts: Buffer[]) => ({
    UefiBootNumberOfParams: parts.length,
    UefiBootParametersArray: Buffer.concat(parts).toString('base64'),
  });

  test('starts from an address and tells its progress', async () => {
    const { simulator, console, state } = await start({ profile: 'amt-16', power: 'on' });
    await override(console, blob(parameter(1, 'https://pc.test/a.efi'), parameter(20, '\x01')), https);
    expect(await console.get(SETTINGS)).not.toHaveProperty('UefiBootParametersArray');
    await console.requestPower(10);
    await simulator.firmware.until(({ bootedFrom }) => bootedFrom === 'https');
    const progress = state.events.records.filter(({ offset, data }) => offset === 5 && data[1] === 0x30);
    expect(progress.map(({ data }) => data[2])).toEqual([5, 4, 3, 2, 1, 0]);
  });

  test.each([
    ['winre', 'Intel(r) AMT: Force OCR UEFI Boot Option 1'],
    ['pba', 'Intel(r) AMT: Force OCR UEFI Boot Option 2'],
  ] as const)('starts %s from its own option', async (choice, source) => {
    const { simulator, console } = await start({ profile: 'amt-16' });
    await override(console, blob(parameter(2, 'path'), parameter(3, '\x04\0')), source);
    await console.requestPower(2);
    await simulator.firmware.until(({ bootedFrom }) => bootedFrom === choice);
  });

  test('without an address ends on the disk, and the log says that it failed', async () => {
    const { simulator, console, state } = await start({ profile: 'amt-16' });
    await override(console, {}, https);
    await console.requestPower(2);
    await simulator.firmware.until(({ bootedFrom }) => bootedFrom === 'disk');
    expect(state.events.records).toContainEqual(expect.objectContaining({ sensorType: 15, offset: 3 }));
  });

  test('is refused with a blob that breaks off or is counted wrongly', async () => {
    const { console } = await start({ profile: 'amt-16' });
    const whole = parameter(1, 'https://pc.test/a.efi');
    const wrong = [{ ...blob(whole), UefiBootNumberOfParams: 3 }, blob(whole.subarray(0, 20))];
    for (const options of wrong) expect(await console.fault(put(console, options))).toBe('InvalidRepresentation');
  });

  test('does not exist before 15', async () => {
    const { console } = await start();
    expect(await order(console, https)).toBe(4);
    expect(await console.fault(put(console, blob(parameter(1, 'x'))))).toBe('SchemaValidationError');
  });
});
