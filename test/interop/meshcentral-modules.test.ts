/** MeshCentral's own WS-Man stack, unmodified, against a virtual PC: from its server and from its page, plain and TLS. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { needs, peersFolder } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connect, fromPage } from './meshcentral-page.ts';

/** What a call of MeshCentral's stack ends with. */
interface Reply {
  readonly status: number;
  // Objects as its XML reader makes them: no schema, everything is one of these.
  readonly body: Readonly<Record<string, unknown>>;
}

interface Stack {
  Get(name: string, done: (stack: unknown, name: string, reply: { Body: never } | null, status: number) => void): void;
  Put(
    name: string,
    value: object,
    done: Parameters<Stack['Get']>[1],
    tag?: unknown,
    priority?: number,
    selectors?: object,
  ): void;
  Enum(name: string, done: (stack: unknown, name: string, items: never[] | null, status: number) => void): void;
  BatchEnum(
    name: string,
    classes: readonly string[],
    done: (stack: unknown, name: string, replies: Record<string, { response: unknown; status: number }>) => void,
    tag: unknown,
    goOn: boolean,
  ): void;
  RequestPowerStateChange(state: number, done: Parameters<Stack['Get']>[1]): void;
  SetBootConfigRole(role: number, done: Parameters<Stack['Get']>[1]): void;
  CIM_BootConfigSetting_ChangeBootOrder(source: string | null, done: Parameters<Stack['Get']>[1]): void;
  AMT_RedirectionService_RequestStateChange(state: number, done: Parameters<Stack['Get']>[1]): void;
  CIM_KVMRedirectionSAP_RequestStateChange(state: number, timeout: number, done: Parameters<Stack['Get']>[1]): void;
  AMT_AlarmClockService_AddAlarm(alarm: object, done: Parameters<Stack['Get']>[1]): void;
  Delete(name: string, selectors: object, done: Parameters<Stack['Get']>[1]): void;
  GetMessageLog(done: (stack: unknown, entries: readonly { Desc: string; EntityStr: string }[] | null) => void): void;
}

const password = 'P@ssw0rd1';

/** The classes MeshCentral's server reads of a machine it manages without an agent. */
const INVENTORY = [
  '*CIM_ComputerSystemPackage',
  'CIM_SystemPackaging',
  '*CIM_Chassis',
  'CIM_Chip',
  '*CIM_Card',
  '*CIM_BIOSElement',
  'CIM_Processor',
  'CIM_PhysicalMemory',
  'CIM_MediaAccessDevice',
  'CIM_PhysicalPackage',
];

describe.each([
  { where: 'server', way: 'plain', tls: 0 },
  { where: 'server', way: 'TLS', tls: 1 },
  { where: 'page', way: 'plain', tls: 0 },
  { where: 'page', way: 'TLS', tls: 1 },
] as const)("MeshCentral's WS-Man stack from its $where over $way", needs('peers'), ({ where, tls }) => {
  let simulator: Simulator;
  let stack: Stack;
  let close = () => {};

  beforeAll(async () => {
    simulator = await createSimulator({ profile: 'amt-12', password, speed: 0, power: 'off' });
    const folder = join(peersFolder() ?? '', 'meshcentral');
    const load = createRequire(join(folder, 'package.json'));
    const port = tls === 1 ? simulator.ports.wsmanTls : simulator.ports.wsman;
    const connect: Connect = where === 'page' ? fromPage(folder) : load('./amt/amt-wsman-comm.js');
    const comm = connect(simulator.host, port, 'admin', password, tls, null);
    // What its server sets for a certificate that it has not pinned.
    comm.xtlsFingerprint = 0;
    stack = load('./amt/amt.js')(load('./amt/amt-wsman.js')(comm));
    close = () => (comm.socket?.destroy ?? comm.socket?.close)?.call(comm.socket);
  });

  afterAll(async () => {
    close();
    await simulator?.close();
  });

  const get = (name: string) => call((done) => stack.Get(name, done));
  const power = async () => {
    const { items } = await list(stack, 'CIM_ServiceAvailableToElement');
    return Number(items.find((item) => item.PowerState !== undefined)?.PowerState);
  };

  it('reads the version', async () => {
    const { items } = await list(stack, 'CIM_SoftwareIdentity');
    const amt = items.find(({ InstanceID }) => InstanceID === 'AMT');
    expect(amt?.VersionString).toMatch(/^12\.0\.\d+/);
  });

  it('reads the settings under the realm it logged in to', async () => {
    const { status, body } = await get('AMT_GeneralSettings');
    expect(status).toBe(200);
    expect(body.DigestRealm).toMatch(/^Digest:[0-9A-F]{32}$/);
  });

  it('reads the whole inventory', async () => {
    const replies = await new Promise<Record<string, { response: unknown; status: number }>>((resolve) =>
      stack.BatchEnum('', INVENTORY, (_stack, _name, all) => resolve(all), null, true),
    );
    expect(Object.fromEntries(Object.entries(replies).map(([name, { status }]) => [name, status]))).toEqual(
      Object.fromEntries(INVENTORY.map((name) => [name.replace('*', ''), 200])),
    );
  });

  it('sees that the machine is off', async () => {
    expect(await power()).toBe(8);
  });

  it('switches it on', async () => {
    expect((await call((done) => stack.RequestPowerStateChange(2, done))).body.ReturnValue).toBe(0);
    await expect.poll(power).toBe(2);
  });

  it('resets it', async () => {
    expect((await call((done) => stack.RequestPowerStateChange(10, done))).body.ReturnValue).toBe(0);
    await expect.poll(() => simulator.received.of('RequestPowerStateChange').length).toBe(2);
  });

  it('sets BIOS setup for the next start in the order of its own dialogue', async () => {
    const settings = await get('AMT_BootSettingData');
    expect(settings.status).toBe(200);
    const cleared = await call((done) => stack.CIM_BootConfigSetting_ChangeBootOrder(null, done));
    expect(cleared.body.ReturnValue).toBe(0);
    const wanted: Record<string, unknown> = { ...settings.body, BIOSSetup: true, UseSOL: false, UseIDER: false };
    for (const name of READ_ONLY_BOOT) delete wanted[name];
    const put = await call((done) => stack.Put('AMT_BootSettingData', wanted, done));
    expect(put.status).toBe(200);
    expect((await call((done) => stack.SetBootConfigRole(1, done))).body.ReturnValue).toBe(0);
    expect((await call((done) => stack.CIM_BootConfigSetting_ChangeBootOrder(null, done))).body.ReturnValue).toBe(0);
    expect((await call((done) => stack.RequestPowerStateChange(10, done))).body.ReturnValue).toBe(0);
    await expect.poll(() => simulator.firmware.state.bootedFrom).toBe('bios');
  });

  it('reads the event log', async () => {
    const entries = await new Promise<readonly { Desc: string; EntityStr: string }[] | null>((resolve) =>
      stack.GetMessageLog((_stack, all) => resolve(all)),
    );
    expect(entries?.length).toBeGreaterThan(0);
    expect(entries?.map(({ EntityStr }) => EntityStr)).toContain('BIOS');
  });

  it('switches SOL, IDE-R and KVM off and on', async () => {
    for (const [redirection, kvm] of [
      [32768, 3],
      [32771, 2],
    ] as const) {
      const switched = await call((done) => stack.AMT_RedirectionService_RequestStateChange(redirection, done));
      expect(switched.body.ReturnValue).toBe(0);
      const screen = await call((done) => stack.CIM_KVMRedirectionSAP_RequestStateChange(kvm, 0, done));
      expect(screen.body.ReturnValue).toBe(0);
      expect((await get('AMT_RedirectionService')).body.EnabledState).toBe(redirection);
      expect([2, 6].includes(Number((await get('CIM_KVMRedirectionSAP')).body.EnabledState))).toBe(kvm === 2);
    }
  });

  it('sets an alarm, lists it, and deletes it', async () => {
    const alarm = {
      InstanceID: 'nightly',
      ElementName: 'Every night',
      StartTime: { Datetime: '2099-01-02T03:04:00Z' },
      Interval: { Datetime: 'P1DT0H0M' },
      DeleteOnCompletion: false,
    };
    const added = await call((done) => stack.AMT_AlarmClockService_AddAlarm(alarm, done));
    expect(added.body.ReturnValue).toBe(0);
    const { items } = await list(stack, 'IPS_AlarmClockOccurrence');
    expect(items).toMatchObject([
      {
        InstanceID: 'nightly',
        ElementName: 'Every night',
        StartTime: { Datetime: '2099-01-02T03:04:00Z' },
        Interval: { Interval: 'P1DT0H0M' },
        DeleteOnCompletion: false,
      },
    ]);
    const selectors = { InstanceID: 'nightly' };
    const deleted = await call((done) => stack.Delete('IPS_AlarmClockOccurrence', selectors, done));
    expect(deleted.status).toBe(200);
    expect((await list(stack, 'IPS_AlarmClockOccurrence')).items).toEqual([]);
  });

  it('switches it off', async () => {
    expect((await call((done) => stack.RequestPowerStateChange(8, done))).body.ReturnValue).toBe(0);
    await expect.poll(power).toBe(8);
  });
});

const READ_ONLY_BOOT = [
  'BIOSLastStatus',
  'BootguardStatus',
  'OptionsCleared',
  'RPEEnabled',
  'RSEPassword',
  'SecureBootControlEnabled',
  'UEFIHTTPSBootEnabled',
  'UEFILocalPBABootEnabled',
  'UefiBootNumberOfParams',
  'UefiBootParametersArray',
  'WinREBootEnabled',
];

function call(start: (done: Parameters<Stack['Get']>[1]) => void): Promise<Reply> {
  return new Promise((resolve) =>
    start((_stack, _name, reply, status) => resolve({ status, body: reply?.Body ?? ({} as never) })),
  );
}

function list(stack: Stack, name: string): Promise<{ status: number; items: readonly Record<string, unknown>[] }> {
  return new Promise((resolve) =>
    stack.Enum(name, (_stack, _name, items, status) => resolve({ status, items: items ?? [] })),
  );
}
