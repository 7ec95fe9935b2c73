/**
 * Home Assistant on the broker of a bridge, with a PC of every profile: it follows every entity, sees its state, and what
 * its user does with it reaches the PC.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type ProfileName, type Simulator } from '@amtkit/simulator';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { type Entity, HomeAssistant } from './support/home-assistant.ts';
import { installerCd, pretendPc } from './support/installer.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 120_000 });

const soon = {
  pollMs: 60,
  transitionPollMs: 30,
  offlinePollMs: 100,
  slowPollMs: 300,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 50 },
  desk: {
    showMs: 20,
    media: { firstRetryMs: 20, longestRetryMs: 100 },
    reimage: { tickMs: 20, pollMs: 60, idleMs: 200, firstRetryMs: 20, longestRetryMs: 100 },
  },
};
/** A CD that installs, and then waits for a key. */
const waiting = installerCd('pause');
const opened: AsyncDisposable[] = [];
const counts: string[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
afterAll(() => console.log(counts.join('\n')));

/** A person at Home Assistant, with one PC called `pc`. */
class Person {
  readonly ha: HomeAssistant;
  readonly simulator: Simulator;
  /** Keys of entities whose state was seen or which were used. */
  readonly followed = new Set<string>();

  constructor(ha: HomeAssistant, simulator: Simulator) {
    this.ha = ha;
    this.simulator = simulator;
  }

  get state(): Simulator['firmware']['state'] {
    return this.simulator.firmware.state;
  }

  has(key: string, device = 'pc'): boolean {
    return [...this.ha.entities.values()].some((entity) => entity.device === device && entity.key === key);
  }

  /** Its state becomes as wanted. */
  async sees(key: string, wanted: string | ((state: string) => boolean), device = 'pc'): Promise<string> {
    this.followed.add(key);
    return await this.ha.sees(await this.ha.entity(device, key), wanted);
  }

  /** It is used, and its command succeeds. */
  async does(key: string, value = ''): Promise<void> {
    this.followed.add(key);
    const before = this.ha.ear.on('amtkit/pc/result').length;
    const entity = await this.ha.entity('pc', key);
    expect(this.ha.available(entity), `${key} is available`).toBe(true);
    await this.ha.use(entity, value);
    const results = (): { ok: boolean; action: string; message: string }[] =>
      this.ha.ear
        .on('amtkit/pc/result')
        .slice(before)
        .map((payload) => JSON.parse(payload));
    const mine = () => results().find(({ action }) => action.replace('.', '_') === key);
    await expect.poll(mine, { timeout: 10_000, message: `${key} is not answered` }).toBeDefined();
    expect(mine(), key).toMatchObject({ ok: true });
  }

  /** A switch or a choice goes to `value` and back to what it was. */
  async turns(key: string, value: string, reached: () => void): Promise<void> {
    const before = await this.sees(key, () => true);
    await this.does(key, value);
    await this.sees(key, value);
    reached();
    await this.does(key, before);
    await this.sees(key, before);
  }
}

async function house(profile: ProfileName): Promise<Person> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  await writeFile(join(folder, 'waiting.iso'), waiting);
  const simulator = await createSimulator({
    profile,
    speed: 0,
    password,
    hardware: pretendPc(),
    quirks: { clockSkewSeconds: 3600 },
  });
  opened.push(simulator);
  const shelf = await bookOf(
    { pc: simulator },
    {
      media: { waiting: { path: join(folder, 'waiting.iso') } },
      bridge: { broker: { embedded: { port: 0 } }, permit: 'window' },
    },
  );
  opened.push(shelf);
  const bridge = await createBridge({
    book: shelf.book,
    fleetOptions: { patience: soon, timeoutMs: 5000 },
    patience: { birthMs: 0, birthSpreadMs: 0, settleMs: 20, birthPauseMs: 20, healthMs: 100 },
  });
  opened.push(bridge);
  await bridge.ready;
  const ha = await HomeAssistant.open(bridge.brokerUrl);
  opened.push(ha);
  await ha.entity('pc', 'power_switch');
  // What it has heard so far it forgets, as it does when it starts anew.
  ha.ear.heard.length = 0;
  const fresh = await HomeAssistant.open(bridge.brokerUrl);
  opened.push(fresh);
  await fresh.start();
  return new Person(fresh, simulator);
}

describe.each(['amt-7', 'amt-11', 'amt-12', 'amt-16', 'amt-19', 'ism'] as const)(
  'A PC with %s in Home Assistant',
  (profile) => {
    it('shows the state of every entity, and every command reaches it', async () => {
      const person = await house(profile);
      await readings(person);
      await bridgeDevice(person);
      await power(person);
      await settings(person);
      await consent(person);
      await alarm(person);
      await screen(person);
      await boot(person);
      await media(person);
      await contact(person);
      const all = [...person.ha.entities.values()];
      expect(all.map(({ key }) => key).filter((key) => !person.followed.has(key))).toEqual([]);
      counts.push(`${profile}: ${count(all)}`);
    });
  },
);

/** Such as `60 entities of the PC (12 button, 3 select), 6 of the bridge`. */
function count(all: readonly Entity[]): string {
  const own = all.filter(({ device }) => device === 'pc');
  const platforms = [...new Set(own.map(({ platform }) => platform))].toSorted();
  const parts = platforms.map((name) => `${own.filter(({ platform }) => platform === name).length} ${name}`);
  return `${own.length} entities of the PC (${parts.join(', ')}), ${all.length - own.length} of the bridge`;
}

/** What says something and takes no command. */
async function readings(person: Person): Promise<void> {
  await person.ha.entity('pc', 'power_switch');
  for (const { key, platform, device, config } of person.ha.entities.values()) {
    const isReading = config.command_topic === undefined && platform !== 'event' && platform !== 'image';
    if (isReading && device === 'pc') await person.sees(key, (state) => state !== '');
  }
  const { version, build } = person.simulator.firmware.profile;
  await person.sees('hw_amt-version', version);
  const update = JSON.parse(await person.sees('hw_firmware', () => true)) as Readonly<Record<string, unknown>>;
  expect(update).toMatchObject({ installed_version: `${version}.${build}`, latest_version: `${version}.${build}` });
  await person.sees('contact_problem', 'OFF');
  await person.sees('contact_round-trip', (state) => Number(state) >= 0);
}

async function bridgeDevice(person: Person): Promise<void> {
  const { ha } = person;
  const own = (key: string) => ha.entity('AMT bridge', key);
  await person.sees('connection', 'online', 'AMT bridge');
  await person.sees('machines', '1', 'AMT bridge');
  await person.sees('version', (state) => /^\d+\.\d+/.test(state), 'AMT bridge');
  await ha.use(await own('log-level'), 'debug');
  await person.sees('log-level', 'debug', 'AMT bridge');
  await ha.use(await own('reload'));
  await ha.ear.json('amtkit/bridge/main/response/reload', ({ ok }) => ok === true);
  person.followed.add('reload');
  await person.sees('permit', 'OFF', 'AMT bridge');
  await ha.use(await own('permit'), 'ON');
  await person.sees('permit', 'ON', 'AMT bridge');
}

async function power(person: Person): Promise<void> {
  const { simulator, state } = person;
  const codes = (): unknown[] => simulator.received.of('RequestPowerStateChange').map(({ input }) => input.PowerState);
  await person.sees('power_switch', 'OFF');
  await person.does('power_switch', 'ON');
  await person.sees('power_switch', 'ON');
  await person.sees('power_state', 'on');
  expect(state.power).toBe('on');
  for (const key of ['power_sleep', 'power_hibernate']) {
    if (!person.has(key)) continue;
    await expect.poll(() => state.systemUp).toBe(true);
    await person.does(key);
    await person.sees('power_state', key.slice('power_'.length));
    await person.does('power_on');
    await person.sees('power_state', 'on');
  }
  await person.does('power_nmi');
  expect(codes().at(-1)).toBe('11');
  for (const key of ['power_reset', 'power_cycle', 'power_soft-reset']) {
    if (!person.has(key)) continue;
    await expect.poll(() => state.systemUp).toBe(true);
    const { starts } = state;
    await person.does(key);
    await expect.poll(() => state.starts, { message: key }).toBe(starts + 1);
  }
  if (person.has('power_soft-off')) {
    await expect.poll(() => state.systemUp).toBe(true);
    await person.does('power_soft-off');
    await person.sees('power_state', 'off');
    await person.does('power_on');
    await person.sees('power_state', 'on');
  }
  await person.does('power_off');
  await person.sees('power_state', 'off');
  await person.does('power_on');
  await person.sees('power_state', 'on');
}

async function settings(person: Person): Promise<void> {
  const { simulator, state } = person;
  for (const key of ['sol', 'ider', 'listener'] as const) {
    await person.turns(`features_${key}`, 'OFF', () => expect(state.redirection[key], key).toBe(false));
  }
  if (person.has('features_kvm')) {
    await person.turns('features_kvm', 'OFF', () => expect(state.kvm.enabled).toBe(false));
  }
  const general = () => simulator.firmware.instances('AMT_GeneralSettings')?.[0];
  await person.does('net_host-name', 'desk-9');
  await person.sees('net_host-name', 'desk-9');
  expect(general()).toMatchObject({ HostName: 'desk-9' });
  await person.turns('net_ping', 'OFF', () => expect(String(general()?.PingResponseEnabled)).toBe('false'));
  await person.turns('net_rmcp-ping', 'OFF', () => expect(String(general()?.RmcpPingResponseEnabled)).toBe('false'));
  await person.does('time_sync');
  expect(Math.abs(state.clockOffsetMs)).toBeLessThan(2000);
  await person.does('log_clear');
  expect(state.events.records).toEqual([]);
}

async function consent(person: Person): Promise<void> {
  const { state } = person;
  await person.turns('features_consent', 'kvm', () => expect(state.consent.policy).toBe('kvm'));
  await person.does('features_consent', 'kvm');
  await person.does('consent_request');
  await person.sees('consent_state', (word) => word === 'requested' || word === 'displayed');
  expect(state.consent.code).toMatch(/^\d{6}$/);
  await person.does('consent_cancel');
  await person.sees('consent_state', 'not-started');
  await person.does('features_consent', 'none');
  await person.sees('consent_needed', 'OFF');
}

async function alarm(person: Person): Promise<void> {
  if (!person.has('alarm_wake')) {
    expect(person.simulator.profile).toBe('amt-7');
    return;
  }
  const at = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000);
  await person.sees('alarm_wake', 'None');
  // As Home Assistant writes it: with an offset, not with a Z.
  await person.does('alarm_wake', at.toISOString().replace('.000Z', '+00:00'));
  await person.sees('alarm_wake', at.toISOString());
  await person.sees('alarm_next', at.toISOString());
  const [first] = person.simulator.firmware.instances('IPS_AlarmClockOccurrence') ?? [];
  expect(first).toMatchObject({ StartTime: { datetime: at.toISOString().replace('.000', '') } });
  await person.ha.use(await person.ha.entity('pc', 'alarm_wake'), '2020-01-01T07:00:00+01:00');
  expect(await person.ha.ear.json('amtkit/pc/result', ({ ok }) => ok === false)).toMatchObject({
    code: 'INVALID',
    message: 'An alarm cannot go off at 2020-01-01T06:00:00Z, which is past.',
  });
  await person.sees('alarm_wake', at.toISOString());
  await person.does('alarm_clear');
  await person.sees('alarm_wake', 'None');
  await person.sees('alarm_next', 'None');
}

async function screen(person: Person): Promise<void> {
  if (!person.has('screen_shot')) {
    expect(person.simulator.profile).toBe('ism');
    return;
  }
  await person.does('screen_shot');
  await person.sees('screen_image', (png) => png.includes('PNG'));
}

async function boot(person: Person): Promise<void> {
  const { state } = person;
  await person.does('boot_next', 'bios');
  await person.sees('boot_next', 'bios');
  await person.does('boot_clear');
  await person.sees('boot_next', 'none');
  for (const target of ['pxe', 'bios', 'disk', 'cd', 'winre', 'pba'] as const) {
    if (!person.has(`boot_${target}`)) continue;
    await person.does(`boot_${target}`);
    await expect.poll(() => state.bootedFrom, { message: target }).toBe(target);
  }
}

async function media(person: Person): Promise<void> {
  const { simulator, state } = person;
  await person.does('media_selected', 'waiting');
  await person.sees('media_selected', 'waiting');
  await person.does('media_attach');
  await person.sees('media_attached', 'waiting');
  await person.sees('media_in-use', 'ON');
  expect(simulator.openSessions.ider).toBe(true);
  for (const target of ['ider-floppy', 'ider-cd'] as const) {
    const { starts } = state;
    await person.does(`boot_${target}`);
    await expect.poll(() => state.starts, { message: target }).toBeGreaterThan(starts);
  }
  await expect.poll(() => state.bootedFrom).toBe('ider-cd');
  await person.sees('media_read', (megabytes) => Number(megabytes) > 0);
  await person.does('media_eject');
  await person.sees('media_in-use', 'OFF');
  expect(simulator.openSessions.ider).toBe(false);
  await person.does('reimage_start');
  await person.sees('reimage_stage', (stage) => stage === 'reading' || stage === 'idle');
  await person.sees('reimage_progress', (percent) => Number(percent) > 0);
  await person.sees('event', (event) => JSON.parse(event).event_type === 'reimage');
  await person.does('reimage_cancel');
  await person.sees('reimage_stage', 'failed');
  await person.sees('reimage_message', (sentence) => sentence.length > 10);
}

async function contact(person: Person): Promise<void> {
  const { ha, simulator } = person;
  const power = await ha.entity('pc', 'power_switch');
  await person.sees('contact_reachable', 'online');
  await simulator.unplug();
  await person.sees('contact_reachable', 'offline');
  expect(ha.available(power)).toBe(false);
  expect(ha.available(await ha.entity('pc', 'contact_reachable'))).toBe(true);
  await simulator.plug();
  await person.sees('contact_reachable', 'online');
  expect(ha.available(power)).toBe(true);
}
