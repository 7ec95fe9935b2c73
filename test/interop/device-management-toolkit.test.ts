/**
 * The Device Management Toolkit's messages, unmodified, sent by curl: request text and HTTP digest are both somebody
 * else's. Plain and TLS.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { needs, peersFolder } from '@amtkit/core/testing';
import { decodeMessage, elementOf, listOf, textOf, type XmlObject } from '@amtkit/core/wire';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const password = 'P@ssw0rd1';

interface Resource {
  Get(): string;
  Put(value: object): string;
  Enumerate(): string;
  Pull(context: string): string;
  RequestStateChange(state: number): string;
  RequestPowerStateChange(state: number): string;
  ChangeBootOrder(source?: string): string;
  SetBootConfigRole(config: string, role: number): string;
  PositionToFirstRecord(): string;
  GetRecords(identifier: number, count?: number): string;
  AddAlarm(alarm: object): string;
  Delete(selector: { readonly name: string; readonly value: string }): string;
}

type Messages = Readonly<Record<string, Resource>>;

describe.each(['plain', 'TLS'] as const)("The Device Management Toolkit's messages over %s", needs('peers'), (way) => {
  let simulator: Simulator;
  let amt: Messages;
  let cim: Messages;
  let ips: Messages;

  beforeAll(async () => {
    simulator = await createSimulator({ profile: 'amt-12', password, speed: 0, power: 'off' });
    const load = createRequire(join(peersFolder() ?? '', 'meshcentral', 'package.json'));
    const toolkit = load(join(peersFolder() ?? '', '@device-management-toolkit', 'wsman-messages'));
    amt = new toolkit.AMT.Messages();
    cim = new toolkit.CIM.Messages();
    ips = new toolkit.IPS.Messages();
  });

  afterAll(async () => {
    await simulator?.close();
  });

  const of = (messages: Messages, name: string) => messages[name] as Resource;
  const send = async (xml: string) => {
    const url =
      way === 'TLS'
        ? `https://${simulator.host}:${simulator.ports.wsmanTls}/wsman`
        : `http://${simulator.host}:${simulator.ports.wsman}/wsman`;
    return decodeMessage(await curl(url, xml)).body;
  };
  const enumerate = async (resource: Resource): Promise<XmlObject> => {
    const started = elementOf((await send(resource.Enumerate())).EnumerateResponse);
    const pulled = elementOf((await send(resource.Pull(textOf(started.EnumerationContext)))).PullResponse);
    return elementOf(pulled.Items);
  };
  const result = (body: XmlObject, method: string) => textOf(elementOf(body[`${method}_OUTPUT`]).ReturnValue);
  const power = async () => {
    const items = await enumerate(of(cim, 'ServiceAvailableToElement'));
    return textOf(elementOf(items.CIM_AssociatedPowerManagementService).PowerState);
  };

  it('read the version', async () => {
    const items = await enumerate(of(cim, 'SoftwareIdentity'));
    const amtVersion = listOf(items.CIM_SoftwareIdentity).find(
      (each) => typeof each !== 'string' && textOf(each.InstanceID) === 'AMT',
    );
    expect(textOf(elementOf(amtVersion).VersionString)).toMatch(/^12\.0\.\d+/);
  });

  it('read the inventory', async () => {
    for (const name of ['Chassis', 'Card', 'BIOSElement', 'ComputerSystemPackage']) {
      expect(Object.keys(await send(of(cim, name).Get()))).toEqual([`CIM_${name}`]);
    }
    for (const name of ['Chip', 'Processor', 'PhysicalMemory', 'MediaAccessDevice', 'PhysicalPackage']) {
      expect(Object.keys(await enumerate(of(cim, name)))).toContain(`CIM_${name}`);
    }
  });

  it('see that it is off, switch it on, reset it', async () => {
    expect(await power()).toBe('8');
    const service = of(cim, 'PowerManagementService');
    expect(result(await send(service.RequestPowerStateChange(2)), 'RequestPowerStateChange')).toBe('0');
    await expect.poll(power).toBe('2');
    expect(result(await send(service.RequestPowerStateChange(10)), 'RequestPowerStateChange')).toBe('0');
  });

  it('set the network for the next start', async () => {
    const settings = elementOf((await send(of(amt, 'BootSettingData').Get())).AMT_BootSettingData);
    expect(textOf(settings.InstanceID)).toBe('Intel(r) AMT:BootSettingData 0');
    const config = of(cim, 'BootConfigSetting');
    expect(result(await send(config.ChangeBootOrder()), 'ChangeBootOrder')).toBe('0');
    const put = of(amt, 'BootSettingData').Put({
      BIOSPause: false,
      BIOSSetup: false,
      BootMediaIndex: 0,
      ConfigurationDataReset: false,
      EnforceSecureBoot: false,
      FirmwareVerbosity: 0,
      ForcedProgressEvents: false,
      IDERBootDevice: 0,
      InstanceID: 'Intel(r) AMT:BootSettingData 0',
      ElementName: 'Intel(r) AMT Boot Configuration Settings',
      OwningEntity: 'Intel(r) AMT',
      LockKeyboard: false,
      LockPowerButton: false,
      LockResetButton: false,
      LockSleepButton: false,
      ReflashBIOS: false,
      SecureErase: false,
      UseIDER: false,
      UseSOL: false,
      UseSafeMode: false,
      UserPasswordBypass: false,
    });
    expect(Object.keys(await send(put))).toEqual(['AMT_BootSettingData']);
    const role = of(cim, 'BootService').SetBootConfigRole('Intel(r) AMT: Boot Configuration 0', 1);
    expect(result(await send(role), 'SetBootConfigRole')).toBe('0');
    expect(result(await send(config.ChangeBootOrder('Intel(r) AMT: Force PXE Boot')), 'ChangeBootOrder')).toBe('0');
    const reset = of(cim, 'PowerManagementService').RequestPowerStateChange(10);
    expect(result(await send(reset), 'RequestPowerStateChange')).toBe('0');
    await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('pxe');
  });

  it('read the event log', async () => {
    const log = of(amt, 'MessageLog');
    expect(result(await send(log.PositionToFirstRecord()), 'PositionToFirstRecord')).toBe('0');
    const output = elementOf((await send(log.GetRecords(1))).GetRecords_OUTPUT);
    expect(listOf(output.RecordArray).length).toBeGreaterThan(0);
  });

  it('switch SOL, IDE-R, KVM, and read the consent policy', async () => {
    const redirection = of(amt, 'RedirectionService');
    expect(result(await send(redirection.RequestStateChange(32768)), 'RequestStateChange')).toBe('0');
    expect(result(await send(redirection.RequestStateChange(32771)), 'RequestStateChange')).toBe('0');
    const screen = of(cim, 'KVMRedirectionSAP');
    expect(result(await send(screen.RequestStateChange(2)), 'RequestStateChange')).toBe('0');
    const optIn = elementOf((await send(of(ips, 'OptInService').Get())).IPS_OptInService);
    expect(textOf(optIn.OptInRequired)).toBe('0');
  });

  it('set alarms, list them, and delete one', async () => {
    const clock = of(amt, 'AlarmClockService');
    const StartTime = new Date(Date.UTC(2099, 0, 2, 3, 4));
    const once = { InstanceID: 'once', ElementName: 'New year', StartTime, DeleteOnCompletion: true };
    expect(result(await send(clock.AddAlarm(once)), 'AddAlarm')).toBe('0');
    const often = { InstanceID: 'often', StartTime, Interval: 2879, DeleteOnCompletion: false };
    expect(result(await send(clock.AddAlarm(often)), 'AddAlarm')).toBe('0');
    expect(result(await send(clock.AddAlarm(often)), 'AddAlarm')).toBe('2058');
    const alarms = of(ips, 'AlarmClockOccurrence');
    const list = async () =>
      listOf((await enumerate(alarms)).IPS_AlarmClockOccurrence).map((each) => {
        const { ElementName, StartTime: at, Interval } = elementOf(each);
        return [ElementName, elementOf(at).Datetime, elementOf(Interval).Interval].map((value) => textOf(value));
      });
    expect(await list()).toEqual([
      ['New year', '2099-01-02T03:04:00Z', 'P0DT0H0M'],
      ['often', '2099-01-02T03:04:00Z', 'P1DT23H59M'],
    ]);
    await send(alarms.Delete({ name: 'InstanceID', value: 'once' }));
    expect(await list()).toHaveLength(1);
    await send(alarms.Delete({ name: 'InstanceID', value: 'often' }));
  });

  it('switch it off', async () => {
    const service = of(cim, 'PowerManagementService');
    expect(result(await send(service.RequestPowerStateChange(8)), 'RequestPowerStateChange')).toBe('0');
    await expect.poll(power).toBe('8');
  });
});

/** Posts by curl, whose digest is libcurl's. User and password go through its standard input. */
function curl(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const config = [
      `url = "${url}"`,
      `user = "admin:${password}"`,
      'digest',
      'silent',
      'show-error',
      'insecure',
      'max-time = 20',
      'header = "Content-Type: application/soap+xml;charset=UTF-8"',
      `data-binary = "${body.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    ];
    const child = spawn('curl', ['--config', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let problem = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      problem += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`curl ended with ${code}: ${problem}`))));
    child.stdin.end(config.join('\n'));
  });
}
