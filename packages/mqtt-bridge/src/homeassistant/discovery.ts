/** The messages that make a machine a device in Home Assistant. Pure. */
import type { FleetMachine } from '@amtkit/core/automation';
import { type Component, componentOf, type Derived, type Entity } from '../derive.ts';
import { EVENT_TYPES } from '../event-types.ts';
import { OFFLINE, ONLINE, type Topics } from '../topics.ts';

/** The part of a machine that its device message is made of. */
export type AnnouncedMachine = Pick<FleetMachine, 'name' | 'host' | 'firmware' | 'values' | 'tags'>;

/** What a device message needs beside the machine. */
export interface DiscoveryOptions {
  readonly topics: Topics;
  /** The bridge's id. */
  readonly bridge: string;
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  /** Version of amtkit. */
  readonly version: string;
  /** Tell the hardware address, which merges the device with what routers and others know of it. */
  readonly macs: boolean;
  /** Mode of the permit; a window has a switch. @default 'always' */
  readonly permit?: 'always' | 'window' | 'never';
  /** Area to suggest, by tag. */
  readonly areas: Readonly<Record<string, string>>;
}

/** A device message: what its topic retains, as an object. */
export interface DeviceMessage {
  readonly device: Readonly<Record<string, unknown>>;
  readonly origin: Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, Component>>;
  readonly [shared: string]: unknown;
}

/** Where the device message of a machine goes. */
export function deviceTopic(prefix: string, uuid: string): string {
  return `${prefix}/device/amtkit/${uuid}/config`;
}

/** Filter of all discovery messages of ours, and of other bridges. */
export function discoveryFilter(prefix: string): string {
  return `${prefix}/+/amtkit/+/config`;
}

/**
 * Platforms that not every Home Assistant in use knows. One that does not know a platform drops the device message that
 * has it, and so every other entity; a message that is about such an entity alone costs only that one.
 */
const YOUNG: ReadonlySet<string> = new Set(['datetime']);

function loneTopic(prefix: string, uuid: string, { key, platform }: Pick<Entity, 'key' | 'platform'>): string {
  return `${prefix}/${platform}/amtkit/${uuid}_${key}/config`;
}

/** An entity with a message of its own, on its topic. It belongs to the same device. */
export interface LoneMessage {
  readonly topic: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Messages of the entities that are not in the device message. */
export function loneMessages(
  machine: AnnouncedMachine,
  uuid: string,
  table: readonly Derived[],
  options: DiscoveryOptions,
): LoneMessage[] {
  const { prefix } = options;
  return componentsOf(machine, uuid, table.filter(isYoung), options).map(([key, { platform, ...config }]) => ({
    topic: loneTopic(prefix, uuid, { key, platform }),
    message: { ...config, ...shared(machine, uuid, options) },
  }));
}

function isYoung({ entity }: Derived): boolean {
  return entity !== undefined && YOUNG.has(entity.platform);
}

/** Everything that a machine might have: components as `key platform` pairs, and topics of entities with messages of their own. */
export function possible(
  uuid: string,
  table: readonly Derived[],
  { prefix }: DiscoveryOptions,
): { readonly components: readonly string[]; readonly lone: readonly string[] } {
  const components = [`${PICTURE} image`];
  const lone: string[] = [];
  for (const derived of table) {
    const { entity } = derived;
    if (entity === undefined) continue;
    if (isYoung(derived)) lone.push(loneTopic(prefix, uuid, entity));
    else components.push(`${entity.key} ${entity.platform}`);
  }
  return { components, lone };
}

/** The device message of a machine that has told its UUID. */
export function deviceMessage(
  machine: AnnouncedMachine,
  uuid: string,
  table: readonly Derived[],
  options: DiscoveryOptions,
): DeviceMessage {
  const { topics } = options;
  const components = componentsOf(
    machine,
    uuid,
    table.filter((derived) => !isYoung(derived)),
    options,
  );
  return {
    ...shared(machine, uuid, options),
    components: {
      ...Object.fromEntries(components),
      ...contact(machine.name, uuid, topics),
      ...picture(machine, uuid, topics),
    },
  };
}

/** Components of the capabilities that the machine has, by key. */
function componentsOf(
  machine: AnnouncedMachine,
  uuid: string,
  table: readonly Derived[],
  { topics }: DiscoveryOptions,
): [string, Component][] {
  return table.flatMap((derived): [string, Component][] => {
    const component = componentOf(derived, machine, uuid, topics);
    return component === undefined || derived.entity === undefined ? [] : [[derived.entity.key, component]];
  });
}

/** What every message about a machine has. */
function shared(machine: AnnouncedMachine, uuid: string, options: DiscoveryOptions) {
  const { topics } = options;
  return {
    device: deviceOf(machine, uuid, options),
    origin: originOf(options),
    availability: [{ topic: topics.bridgeState }, { topic: topics.availability(machine.name) }],
    availability_mode: 'all',
    qos: 1,
  };
}

/** Entities about the contact to the machine, and its events: not in the capability table. */
function contact(name: string, uuid: string, topics: Topics): Record<string, Component> {
  const diagnostic = { entity_category: 'diagnostic' };
  const health = { state_topic: topics.health(name), ...diagnostic, availability: [{ topic: topics.bridgeState }] };
  const entity = (key: string, component: Component): Record<string, Component> => ({
    [key]: { unique_id: `${uuid}_${key}`, ...component },
  });
  return {
    ...entity('contact_reachable', {
      platform: 'binary_sensor',
      name: 'AMT reachable',
      device_class: 'connectivity',
      state_topic: topics.availability(name),
      payload_on: ONLINE,
      payload_off: OFFLINE,
      availability: [{ topic: topics.bridgeState }],
      ...diagnostic,
    }),
    ...entity('contact_problem', {
      platform: 'binary_sensor',
      name: 'Problem',
      device_class: 'problem',
      value_template: '{{ "ON" if value_json.problem else "OFF" }}',
      json_attributes_topic: topics.health(name),
      json_attributes_template:
        '{{ {"code": value_json.code | default(none), "message": value_json.message | default(none)} | tojson }}',
      ...health,
    }),
    ...entity('contact_round-trip', {
      platform: 'sensor',
      name: 'Round trip',
      icon: 'mdi:timer-outline',
      unit_of_measurement: 'ms',
      value_template: '{{ value_json.roundTripMs | default(none) }}',
      enabled_by_default: false,
      ...health,
    }),
    ...entity('event', {
      platform: 'event',
      name: 'Event',
      icon: 'mdi:bell-outline',
      state_topic: topics.event(name),
      event_types: EVENT_TYPES,
    }),
  };
}

/** Key of the picture of the screen. */
const PICTURE = 'screen_image';

/** What the screen shows. Off by default: a picture is large, and looking takes the only session of the screen. */
function picture({ name, values }: AnnouncedMachine, uuid: string, topics: Topics): Record<string, Component> {
  if (values.get('features.kvm') === undefined) return {};
  return {
    [PICTURE]: {
      unique_id: `${uuid}_${PICTURE}`,
      platform: 'image',
      name: 'Screen',
      image_topic: topics.screenImage(name),
      content_type: 'image/png',
      enabled_by_default: false,
    },
  };
}

function deviceOf(machine: AnnouncedMachine, uuid: string, options: DiscoveryOptions): Record<string, unknown> {
  const { values, firmware } = machine;
  const text = (id: string): string | undefined => {
    const value = values.get(id);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const known = {
    manufacturer: text('hw.manufacturer'),
    model: text('hw.model'),
    serial_number: text('hw.serial'),
    sw_version: firmware?.version === undefined || firmware.version === '' ? undefined : `AMT ${firmware.version}`,
    hw_version: text('hw.bios'),
    configuration_url: webPage(machine),
    suggested_area: machine.tags.map((tag) => options.areas[tag]).find((area) => area !== undefined),
  };
  const mac = options.macs ? text('net.mac') : undefined;
  return {
    identifiers: [`amtkit_${uuid}`],
    ...(mac === undefined ? {} : { connections: [['mac', mac.toLowerCase()]] }),
    name: machine.name,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    via_device: bridgeIdentifier(options.bridge),
  };
}

/** The firmware's own page; left out where the host does not fit into a URL, which would spoil the whole message. */
function webPage({ host, firmware }: AnnouncedMachine): string | undefined {
  if (firmware === undefined) return undefined;
  const url = `${firmware.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${firmware.port}`;
  return URL.canParse(url) ? url : undefined;
}

/** Who tells of a device. */
export function originOf({ version }: DiscoveryOptions): Record<string, unknown> {
  return { name: 'amtkit', sw_version: version };
}

/** Identifier of the bridge's own device. */
export function bridgeIdentifier(bridge: string): string {
  return `amtkit_bridge_${bridge}`;
}
