import { type Capability, capabilities, type FleetMachine, type Value } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { derive } from './derive.ts';
import { bridgeDeviceTopic, bridgeMessage, deviceMessage, deviceTopic } from './discovery.ts';
import { payloadOf } from './payload.ts';
import { componentsOf, problemsOf, stateProblems } from './testing/home-assistant.ts';
import type { Config } from './testing/home-assistant-rules.ts';
import { topicsOf } from './topics.ts';

const table = capabilities.map(derive);
const uuid = '4c4c4544-0042-4710-8058-b4c04f595831';
const options = {
  topics: topicsOf('amtkit', 'main'),
  bridge: 'main',
  prefix: 'homeassistant',
  version: '1.2.3',
  macs: true,
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
    const components = componentsOf(JSON.stringify(deviceMessage(full, uuid, table, options)));
    for (const { capability, entity } of table) {
      const component = entity === undefined ? undefined : components[entity.key];
      if (component === undefined || capability.kind === 'action') continue;
      const { value } = capability;
      const words = value.type === 'one-of' ? value.options : value.type === 'timestamp' && value.none ? ['none'] : [];
      for (const payload of [payloadOf(full.values.get(capability.id)), ...words]) {
        const state = templated(component, payload);
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

  it('keeps unique ids when the machine is renamed', () => {
    const ids = (name: string): unknown[] =>
      Object.values(componentsOf(JSON.stringify(deviceMessage({ ...machine(), name }, uuid, table, options)))).map(
        ({ unique_id: id }) => id,
      );
    expect(ids('other-name')).toEqual(ids('office-pc'));
    expect(ids('office-pc')).toEqual(expect.arrayContaining([`${uuid}_power_switch`, `${uuid}_boot_next`]));
  });
});

describe('The device message of the bridge', () => {
  it('passes every rule', () => {
    const payload = JSON.stringify(bridgeMessage(options));
    expect(problemsOf(bridgeDeviceTopic('homeassistant', 'main'), payload)).toEqual([]);
  });
});

/** What the templates we use make of a payload. */
function templated({ value_template: template, options }: Config, payload: string): string {
  if (template === undefined) return payload;
  if (template === '{{ value[:255] }}') return payload.slice(0, 255);
  if (template === '{{ value if value != "none" else "None" }}') return payload === 'none' ? 'None' : payload;
  const field = /^\{\{ value_json\.(\w+) \}\}$/.exec(String(template))?.[1];
  if (field !== undefined) return String(JSON.parse(payload)[field]);
  expect(template).toBe(`{{ value if value in ${JSON.stringify(options)} else "None" }}`);
  return (options as string[]).includes(payload) ? payload : 'None';
}

function machine(): Pick<FleetMachine, 'name' | 'host' | 'firmware' | 'values'> {
  return {
    name: 'office-pc',
    host: '192.168.1.30',
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
