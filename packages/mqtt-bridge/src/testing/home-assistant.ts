/**
 * What Home Assistant would say to a device message and to the states behind it, by the table of facts beside this
 * file. Stricter than Home Assistant in one point: a key it would silently remove is a mistake here.
 */
import { readFileSync } from 'node:fs';
import { type Config, rules, stateRules } from './home-assistant-rules.ts';

/** The part of the table that is read here. */
interface Facts {
  readonly discovery_topic: { readonly pattern: string };
  readonly device_payload: {
    readonly required: string[];
    readonly optional: string[];
    readonly shared_options: string[];
  };
  readonly device: { readonly at_least_one_of: string[]; readonly optional: string[] };
  readonly origin: { readonly required: string[]; readonly optional: string[] };
  readonly availability_item: { readonly required: string[]; readonly optional: string[] };
  readonly availability_rules: string[];
  readonly rules_all: string[];
  readonly platforms: Readonly<Record<string, Platform>>;
  readonly abbreviations: Readonly<Record<'general' | 'device' | 'origin', Readonly<Record<string, string>>>>;
}

interface Platform {
  readonly entity: boolean;
  readonly required: string[];
  readonly optional: string[];
  readonly exactly_one_of?: string[];
  readonly device_class_values?: string[];
  readonly rules?: string[];
}

/** The table. */
export const facts = JSON.parse(readFileSync(new URL('home-assistant.schema.json', import.meta.url), 'utf8')) as Facts;

/** Everything wrong with a message on a discovery topic; empty when Home Assistant takes it whole. */
export function problemsOf(topic: string, payload: string, prefix = 'homeassistant'): string[] {
  const found: string[] = [];
  const kind = kindOf(topic, prefix);
  if (kind !== 'device' && facts.platforms[kind ?? ''] === undefined) found.push(`${topic} is no discovery topic`);
  if (payload === '') return found;
  if (kind !== 'device') payload = JSON.stringify(asDevice(kind, object(JSON.parse(payload))));
  const root = expand(object(JSON.parse(payload)), 'general');
  found.push(...rootProblems(root));
  const components = object(root.components);
  const ids = new Set<unknown>();
  for (const [key, value] of Object.entries(components)) {
    const config = effective(root, object(value));
    for (const problem of componentProblems(config, object(value), root)) found.push(`${key}: ${problem}`);
    if (config.unique_id !== undefined && ids.has(config.unique_id)) found.push(`${key}: unique_id is there twice`);
    ids.add(config.unique_id);
  }
  return found;
}

/** `device`, or the platform whose single entity a topic is about. */
export function kindOf(topic: string, prefix = 'homeassistant'): string | undefined {
  const below = topic.startsWith(`${prefix}/`) ? topic.slice(prefix.length + 1) : '';
  return new RegExp(facts.discovery_topic.pattern).exec(below)?.groups?.component;
}

/** The message about a single entity as a device message that has only this one. */
export function asDevice(platform: string | undefined, message: Config): Config {
  const { device, origin, ...config } = expand(message, 'general');
  return { device, origin, components: { it: { platform, ...config } } };
}

/** The components of a device message as Home Assistant sees them, by key. */
export function componentsOf(payload: string): Readonly<Record<string, Config>> {
  const root = expand(object(JSON.parse(payload)), 'general');
  return Object.fromEntries(
    Object.entries(object(root.components)).map(([key, value]) => [key, effective(root, object(value))]),
  );
}

/** What is wrong with a message on the state topic of a component. `state`: what its template makes of the payload. */
export function stateProblems(config: Config, state: string, retained: boolean): string[] {
  const platform = facts.platforms[String(config.platform)];
  const texts = [...(platform?.rules ?? []), ...facts.rules_all];
  return texts.flatMap((text) => stateRules[text]?.(config, state, retained) ?? []);
}

function rootProblems(root: Config): string[] {
  const { required, optional } = facts.device_payload;
  const device = expand(object(root.device), 'device');
  const origin = expand(object(root.origin), 'origin');
  return [
    ...keys(root, required, [...required, ...optional], 'the root'),
    ...keys(device, [], facts.device.optional, 'device'),
    ...keys(origin, facts.origin.required, [...facts.origin.required, ...facts.origin.optional], 'origin'),
    ...(facts.device.at_least_one_of.some((key) => key in device) ? [] : ['device has no identifiers or connections']),
    ...deviceTypes(device),
    ...(origin.support_url === undefined || URL.canParse(String(origin.support_url))
      ? []
      : ['origin.support_url is no URL']),
  ];
}

function deviceTypes(device: Config): string[] {
  const found: string[] = [];
  const { identifiers, connections, configuration_url: page } = device;
  if (device.name === undefined) found.push('device has no name');
  const texts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (identifiers !== undefined && typeof identifiers !== 'string' && !texts(identifiers)) {
    found.push('device.identifiers is neither text nor a list of texts');
  }
  const pairs = (value: unknown): boolean =>
    Array.isArray(value) && value.every((pair) => texts(pair) && (pair as unknown[]).length === 2);
  if (connections !== undefined && !pairs(connections)) found.push('device.connections is no list of pairs');
  if (page !== undefined && !/^(https?|homeassistant):\/\/[^/]/.test(String(page))) {
    found.push('device.configuration_url is not absolute');
  }
  for (const [key, value] of Object.entries(device)) {
    if (key !== 'identifiers' && key !== 'connections' && typeof value !== 'string')
      found.push(`device.${key} is no text`);
  }
  return found;
}

function componentProblems(config: Config, given: Config, root: Config): string[] {
  const platform = facts.platforms[String(config.platform)];
  if (platform === undefined) return [`platform ${String(config.platform)} is not known`];
  const isRemoval = Object.keys(given).length === 1;
  if (isRemoval) return [];
  const shared = new Set(facts.device_payload.shared_options);
  const own = Object.fromEntries(
    Object.entries(config).filter(([key]) => !shared.has(key) || key in expand(given, 'general')),
  );
  const found = keys(own, platform.required, ['platform', ...platform.required, ...platform.optional], 'it');
  if (platform.entity && typeof config.unique_id !== 'string') found.push('unique_id is missing');
  const { exactly_one_of: one, device_class_values: classes } = platform;
  if (one !== undefined && one.filter((key) => key in config).length !== 1)
    found.push(`needs one of ${one.join(', ')}`);
  if (config.device_class !== undefined && classes?.includes(String(config.device_class)) !== true) {
    found.push(`device_class ${String(config.device_class)} does not exist`);
  }
  if (Array.isArray(config.availability)) {
    const { required, optional } = facts.availability_item;
    for (const item of config.availability) {
      found.push(...keys(expand(object(item), 'general'), required, [...required, ...optional], 'availability'));
    }
  }
  const device = expand(object(root.device), 'device');
  const texts = [
    ...(platform.rules ?? []),
    ...facts.rules_all,
    ...facts.availability_rules,
    ...Object.keys(everywhere),
  ];
  for (const text of texts) {
    if ((rules[text] ?? everywhere[text])?.(config, device) === false) found.push(text);
  }
  return found;
}

/** Types of keys that all entities share, as the table states them under `entity_common`. */
const everywhere: Readonly<Record<string, (config: Config, device: Config) => boolean>> = {
  'entity_category is config or diagnostic': ({ entity_category: category }) =>
    category === undefined || category === 'config' || category === 'diagnostic',
  'icon is like mdi:power': ({ icon }) => icon === undefined || /^[\w-]+:[\w-]+$/.test(String(icon)),
  'default_entity_id begins with the platform': ({ default_entity_id: id, platform }) =>
    id === undefined || String(id).startsWith(`${platform}.`),
  'qos is 0, 1 or 2': ({ qos }) => qos === undefined || qos === 0 || qos === 1 || qos === 2,
  'name is text or null': ({ name }) => name === undefined || name === null || typeof name === 'string',
  'name does not repeat the device': ({ name }, device) =>
    typeof name !== 'string' ||
    typeof device.name !== 'string' ||
    !name.toLowerCase().includes(device.name.toLowerCase()),
  'commands are not retained': ({ retain }) => retain === undefined || retain === false,
  'flags are booleans': (config) =>
    ['enabled_by_default', 'visible_by_default', 'force_update', 'optimistic'].every(
      (key) => config[key] === undefined || typeof config[key] === 'boolean',
    ),
};

/** The component with long keys, the shared options of the root, and its topic base resolved. */
function effective(root: Config, component: Config): Config {
  const own = expand(component, 'general');
  const shared = Object.fromEntries(
    facts.device_payload.shared_options.filter((key) => key in root && !(key in own)).map((key) => [key, root[key]]),
  );
  const { '~': base, ...config } = { ...shared, ...own };
  if (typeof base !== 'string') return config;
  const resolve = (text: string): string => text.replace(/^~/, base).replace(/~$/, base);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      key.endsWith('topic') && typeof value === 'string' ? resolve(value) : value,
    ]),
  );
}

function expand(config: Config, kind: 'general' | 'device' | 'origin'): Config {
  const long = facts.abbreviations[kind];
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [long[key] ?? key, value]));
}

function keys(config: Config, required: readonly string[], known: readonly string[], where: string): string[] {
  return [
    ...required.filter((key) => config[key] === undefined).map((key) => `${where} lacks ${key}`),
    ...Object.keys(config)
      .filter((key) => !known.includes(key))
      .map((key) => `${where} has the unknown key ${key}`),
  ];
}

function object(value: unknown): Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {};
}
