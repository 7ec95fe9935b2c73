import { readFileSync } from 'node:fs';
import { type Capability, capabilities, type Value } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { derive } from '../derive.ts';
import { payloadOf } from '../payload.ts';
import { componentsOf, kindOf, problemsOf, stateProblems } from '../testing/home-assistant.ts';
import { rendered } from '../testing/home-assistant-templates.ts';
import { topicsOf } from '../topics.ts';
import { bridgeDeviceTopic, bridgeMessage } from './bridge-device.ts';
import { type AnnouncedMachine, deviceMessage, deviceTopic, loneMessages } from './discovery.ts';

const table = capabilities.map(derive);
const uuid = '4c4c4544-0042-4710-8058-b4c04f595831';
const options = {
  topics: topicsOf('amtkit', 'main'),
  bridge: 'main',
  prefix: 'homeassistant',
  version: '1.2.3',
  macs: true,
  areas: { 'floor-2': 'Second floor' },
};

describe('The device message of a machine', () => {
  it('passes every rule when the machine has everything', () => {
    const payload = JSON.stringify(deviceMessage(machine(), uuid, table, options));
    expect(problemsOf(deviceTopic('homeassistant', uuid), payload)).toEqual([]);
    expect(Object.keys(componentsOf(payload)).length).toBeGreaterThan(45);
  });

  it('passes every rule when nothing but the UUID is known', () => {
    const payload = JSON.stringify(deviceMessage({ ...machine(), values: new Map() }, uuid, table, options));
    expect(problemsOf(deviceTopic('homeassistant', uuid), payload)).toEqual([]);
    expect(Object.keys(componentsOf(payload))).toEqual(
      expect.arrayContaining(['contact_reachable', 'contact_problem', 'event']),
    );
    expect(componentsOf(payload)).not.toHaveProperty('power_switch');
  });

  it('accepts every state its topics can carry', () => {
    const full = machine();
    const device = componentsOf(JSON.stringify(deviceMessage(full, uuid, table, options)));
    const lone = loneMessages(full, uuid, table, options).map(({ topic, message }) => [
      topic.split(`${uuid}_`)[1]?.split('/')[0],
      { platform: kindOf(topic), ...message },
    ]);
    const components: typeof device = { ...device, ...Object.fromEntries(lone) };
    for (const { capability, entity } of table) {
      const component = entity === undefined ? undefined : components[entity.key];
      if (component === undefined || capability.kind === 'action') continue;
      const { value } = capability;
      const words = value.type === 'one-of' ? value.options : value.type === 'timestamp' && value.none ? ['none'] : [];
      for (const payload of [payloadOf(full.values.get(capability.id)), ...words]) {
        const state = rendered(component.value_template, payload);
        expect(stateProblems(component, state, true), `${capability.id} ${payload}`).toEqual([]);
      }
    }
  });

  it('names the device by the machine, after the UUID, with what the inventory says', () => {
    const { device } = deviceMessage(machine(), uuid, table, options);
    expect(device).toEqual({
      identifiers: [`amtkit_${uuid}`],
      connections: [['mac', '00:1e:37:aa:bb:cc']],
      name: 'office-pc',
      manufacturer: 'text',
      model: 'text',
      serial_number: 'text',
      sw_version: 'AMT 12.0.67',
      hw_version: 'text',
      configuration_url: 'http://192.168.1.30:16992',
      suggested_area: 'Second floor',
      via_device: 'amtkit_bridge_main',
    });
  });

  it('keeps the hardware address to itself when told so', () => {
    const { device } = deviceMessage(machine(), uuid, table, { ...options, macs: false });
    expect(device).not.toHaveProperty('connections');
  });

  it.each([
    ['fd00::5', 'http://[fd00::5]:16992'],
    ['fe80::1%eth0', undefined],
  ])('links to the firmware at %s only by a URL that is one', (host, url) => {
    const payload = JSON.stringify(deviceMessage({ ...machine(), host }, uuid, table, options));
    expect((JSON.parse(payload) as { device: { configuration_url?: string } }).device.configuration_url).toBe(url);
    expect(problemsOf(deviceTopic('homeassistant', uuid), payload)).toEqual([]);
  });

  it('makes everything depend on bridge and machine, but reachability on the bridge alone', () => {
    const components = componentsOf(JSON.stringify(deviceMessage(machine(), uuid, table, options)));
    expect(components.power_switch).toMatchObject({
      availability_mode: 'all',
      availability: [{ topic: 'amtkit/bridge/main/state' }, { topic: 'amtkit/office-pc/availability' }],
    });
    expect(components.contact_reachable?.availability).toEqual([{ topic: 'amtkit/bridge/main/state' }]);
  });

  /** One file for each state of the table that was in use: a change that an entity does not survive fails here. */
  it.each(['version-1', 'version-2'])('has every entity of %s, with its unique id and of its platform', (version) => {
    const file = new URL(`../testing/entities/${version}.json`, import.meta.url);
    const before = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
    const full = machine();
    const equipped = { ...full, values: new Map([...full.values, ['media.library', ['debian']]]) };
    const messages = [deviceMessage(equipped, uuid, table, options), bridgeMessage(options)];
    const now = new Map(
      messages
        .flatMap(({ components }) => Object.values(components))
        .map(({ unique_id: id, platform }) => [id, platform]),
    );
    for (const { topic, message } of loneMessages(equipped, uuid, table, options)) {
      now.set(message.unique_id, String(kindOf(topic)));
    }
    expect(Object.fromEntries(Object.keys(before).map((id) => [id, now.get(id)]))).toEqual(before);
  });

  it('makes attributes of a problem, and of none', () => {
    const components = componentsOf(JSON.stringify(deviceMessage(machine(), uuid, table, options)));
    const template = components.contact_problem?.json_attributes_template;
    const attributes = (health: object) => JSON.parse(rendered(template, JSON.stringify(health)));
    expect(attributes({ reachability: 'online', problem: false })).toEqual({ code: null, message: null });
    const problem = { problem: true, code: 'UNTRUSTED', message: 'Changed.' };
    expect(attributes(problem)).toEqual({ code: 'UNTRUSTED', message: 'Changed.' });
  });

  it('keeps unique ids when the machine is renamed', () => {
    const ids = (name: string): unknown[] =>
      Object.values(componentsOf(JSON.stringify(deviceMessage({ ...machine(), name }, uuid, table, options)))).map(
        ({ unique_id: id }) => id,
      );
    expect(ids('other-name')).toEqual(ids('office-pc'));
    expect(ids('office-pc')).toEqual(expect.arrayContaining([`${uuid}_power_switch`, `${uuid}_boot_next`]));
  });
});

describe('An entity of a platform that older Home Assistants do not know', () => {
  it('has a message of its own, about the same device, which passes every rule', () => {
    const [wake, ...others] = loneMessages(machine(), uuid, table, options);
    expect(others).toEqual([]);
    expect(wake?.topic).toBe(`homeassistant/datetime/amtkit/${uuid}_alarm_wake/config`);
    expect(problemsOf(wake?.topic ?? '', JSON.stringify(wake?.message))).toEqual([]);
    expect(wake?.message).toMatchObject({
      unique_id: `${uuid}_alarm_wake`,
      state_topic: 'amtkit/office-pc/alarm/wake',
      command_topic: 'amtkit/office-pc/alarm/wake/set',
      device: { identifiers: [`amtkit_${uuid}`] },
      availability_mode: 'all',
    });
  });

  it('is not in the device message, which they would drop', () => {
    const components = componentsOf(JSON.stringify(deviceMessage(machine(), uuid, table, options)));
    expect(Object.values(components).map(({ platform }) => platform)).not.toContain('datetime');
  });

  it('is missing where the machine lacks it', () => {
    expect(loneMessages({ ...machine(), values: new Map() }, uuid, table, options)).toEqual([]);
  });
});

describe('The device message of the bridge', () => {
  it.each(['always', 'window', 'never'] as const)('passes every rule where the permit is %s', (permit) => {
    const payload = JSON.stringify(bridgeMessage({ ...options, permit }));
    expect(problemsOf(bridgeDeviceTopic('homeassistant', 'main'), payload)).toEqual([]);
  });
});

function machine(): AnnouncedMachine {
  return {
    name: 'office-pc',
    host: '192.168.1.30',
    tags: ['lab', 'floor-2'],
    firmware: { version: '12.0.67', build: '1579', product: 'amt', uuid, port: 16992, tls: false, realm: 'Digest:A3' },
    values: new Map([
      ...capabilities.flatMap((entry): [string, Value][] =>
        entry.kind === 'action' ? [] : [[entry.id, example(entry)]],
      ),
      ['power.supported', ['on', 'off', 'cycle', 'reset', 'soft-off', 'soft-reset', 'sleep', 'hibernate', 'nmi']],
      ['boot.targets', ['pxe', 'disk', 'cd', 'bios', 'ider-cd', 'ider-floppy', 'https', 'winre', 'pba']],
      ['net.mac', '00:1E:37:AA:BB:CC'],
    ]),
  };
}

function example(entry: Exclude<Capability, { kind: 'action' }>): Value {
  switch (entry.value.type) {
    case 'flag':
      return true;
    case 'integer':
      return entry.value.min ?? 5;
    case 'number':
      return 4.2;
    case 'record':
      return Object.fromEntries(Object.keys(entry.value.fields).map((name) => [name, 4.2]));
    case 'one-of':
      return entry.value.options[0];
    case 'timestamp':
      return new Date('2030-01-02T03:04:05Z');
    case 'list':
      return [];
    default:
      return 'text';
  }
}
