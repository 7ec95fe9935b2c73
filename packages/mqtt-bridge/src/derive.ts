/** From a capability to its topics and its Home Assistant entity. Pure; wiring is in `plugins/`. */
import type { Action, Capability, FleetMachine, Reading, Setting, ValueType } from '@amtkit/core/automation';
import { type Presentation, presentation } from './presentation.ts';
import { pathOf, type Topics } from './topics.ts';

/** What becomes of a capability on MQTT. */
export interface Derived {
  readonly capability: Capability;
  /** `area/name`. */
  readonly path: string;
  /** Its value is published and retained. Readings that are only asked for are not. */
  readonly published: boolean;
  /** Which command topic it has; none for readings and for what takes a secret. */
  readonly command?: 'set' | 'do';
  /** The list that decides what its select offers. */
  readonly choices?: string;
  /** What Home Assistant shows; absent for lists, secrets and actions that need input. */
  readonly entity?: Entity;
}

/** A Home Assistant entity, as far as it is the same for all machines. */
export interface Entity {
  /** Key among the components of a device, and end of the unique id; never changes. */
  readonly key: string;
  readonly platform: string;
  /** Configuration keys that do not depend on the machine. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A component of a device message. */
export type Component = Readonly<Record<string, unknown>> & { readonly platform: string };

/** Derives one capability. */
export function derive(capability: Capability): Derived {
  const path = pathOf(capability.id);
  if (capability.kind === 'action') {
    const command = takesSecret(capability) ? {} : ({ command: 'do' } as const);
    return { capability, path, published: false, ...command, ...button(capability) };
  }
  const published = capability.from.refresh !== 'asked' && capability.value.type !== 'secret';
  const { options } = tasteOf(capability.id);
  return {
    capability,
    path,
    published,
    ...(options === undefined ? {} : { choices: options.reading }),
    ...(capability.kind === 'setting' && !takesSecret(capability) ? { command: 'set' } : {}),
    ...(published ? valueEntity(capability) : {}),
  };
}

/** Whether it cannot be asked for without a secret that is still one afterwards: those do not travel over MQTT. */
export function takesSecret(capability: Setting | Action): boolean {
  const taken = capability.kind === 'setting' ? [capability.value] : Object.values(capability.input);
  return taken.some((type) => type.type === 'secret' && type.once !== true);
}

/** The component for one machine, or undefined where the machine does not have the feature. */
export function componentOf(
  { capability, path, entity }: Derived,
  machine: Pick<FleetMachine, 'name' | 'values'>,
  uuid: string,
  topics: Topics,
): Component | undefined {
  if (entity === undefined || !has(capability, machine.values)) return undefined;
  const chosen = choice(capability, machine.values);
  if (chosen?.options.length === 0) return undefined;
  const commandTopic = capability.kind === 'action' ? topics.do(machine.name, path) : topics.set(machine.name, path);
  return {
    platform: entity.platform,
    unique_id: `${uuid}_${entity.key}`,
    ...entity.config,
    ...(capability.kind === 'action' ? {} : { state_topic: topics.value(machine.name, path) }),
    ...(capability.kind === 'reading' ? {} : { command_topic: commandTopic }),
    ...chosen,
  };
}

type Values = FleetMachine['values'];

/** A reading without a value, and an action without what it requires, are features the machine lacks. */
function has(capability: Capability, values: Values): boolean {
  if (capability.kind !== 'action') return values.get(capability.id) !== undefined;
  const { requires } = capability;
  if (requires === undefined) return true;
  if (requires.item === undefined) return values.get(requires.reading) !== undefined;
  return listed(values, requires.reading).includes(requires.item);
}

function listed(values: Values, id: string): readonly unknown[] {
  const value = values.get(id);
  return Array.isArray(value) ? value : [];
}

function valueEntity(capability: Reading | Setting): { readonly entity?: Entity } {
  const taste = tasteOf(capability.id);
  const platform = platformOf(capability, taste);
  if (platform === undefined || taste.entity === false) return {};
  const config = { ...shared(capability, taste), ...typeKeys[platform]?.(capability.value, taste) };
  return { entity: { key: keyOf(capability.id, taste), platform, config } };
}

function button(action: Action): { readonly entity?: Entity } {
  const taste = tasteOf(action.id);
  const needsInput = Object.values(action.input).some((type) => type.optional !== true);
  if (needsInput || taste.entity === false) return {};
  const config = { ...shared(action, taste), payload_press: JSON.stringify(taste.press ?? {}) };
  return { entity: { key: keyOf(action.id, taste), platform: 'button', config } };
}

function platformOf({ kind, value }: Reading | Setting, { options, field, update }: Presentation): string | undefined {
  if (update !== undefined) return 'update';
  if (kind === 'setting') return options === undefined ? settings[value.type] : 'select';
  return value.type === 'record' && field === undefined ? undefined : readings[value.type];
}

const readings: Readonly<Partial<Record<ValueType['type'], string>>> = {
  flag: 'binary_sensor',
  integer: 'sensor',
  number: 'sensor',
  record: 'sensor',
  text: 'sensor',
  'one-of': 'sensor',
  timestamp: 'sensor',
};

const settings: Readonly<Partial<Record<ValueType['type'], string>>> = {
  flag: 'switch',
  integer: 'number',
  text: 'text',
  'one-of': 'select',
  timestamp: 'datetime',
};

/** Home Assistant drops longer states. */
const MAX_STATE = 255;

/** Keys that a platform takes from the value type. */
const typeKeys: Readonly<Record<string, (type: ValueType, taste: Presentation) => Record<string, unknown>>> = {
  sensor: (type, { field }) => {
    if (type.type === 'record') {
      const shown = type.fields[field as string];
      return { value_template: `{{ value_json.${field} }}`, ...(shown === undefined ? {} : unitOf(shown)) };
    }
    if (type.type === 'one-of') return { device_class: 'enum', options: type.options };
    if (type.type === 'timestamp') return { device_class: 'timestamp', ...emptied(type) };
    if (type.type === 'integer' || type.type === 'number') return unitOf(type);
    if (type.type === 'text' && (type.maxLength ?? Number.POSITIVE_INFINITY) <= MAX_STATE) return {};
    return { value_template: `{{ value[:${MAX_STATE}] }}` };
  },
  number: (type) => {
    if (type.type !== 'integer') return {};
    const { min = 0, max = 1_000_000 } = type;
    return {
      min,
      max,
      step: 1,
      mode: 'box',
      ...unitOf(type),
    };
  },
  text: (type) => {
    if (type.type !== 'text') return {};
    const max = Math.min(type.maxLength ?? MAX_STATE, MAX_STATE);
    return { max, ...(type.pattern === undefined ? {} : { pattern: `^(?:${type.pattern})$` }) };
  },
  select: (type) => (type.type === 'one-of' ? { options: type.options } : {}),
  datetime: (type) => (type.type === 'timestamp' ? emptied(type) : {}),
  update: (_type, { update = {} }) => {
    const fields = Object.entries(update).map(([name, field]) => `"${name}": value_json.${field}`);
    return { title: 'Intel AMT', value_template: `{{ {${fields.join(', ')}} | tojson }}` };
  },
};

/** Home Assistant empties a state when it reads `None`, and nothing else. */
function emptied(type: ValueType & { readonly type: 'timestamp' }): { readonly value_template?: string } {
  return type.none === true ? { value_template: '{{ value if value != "none" else "None" }}' } : {};
}

/** What the machine can be asked to choose; a state that is not among it is shown as unknown. */
function choice(
  capability: Capability,
  values: Values,
): { readonly options: readonly string[]; readonly value_template: string } | undefined {
  const offered = tasteOf(capability.id).options;
  if (offered === undefined || capability.kind === 'action') return undefined;
  const there = listed(values, offered.reading).map(String);
  const options =
    capability.value.type === 'one-of'
      ? capability.value.options.filter((option) => offered.always.includes(option) || there.includes(option))
      : [...offered.always, ...there];
  return { options, value_template: `{{ value if value in ${JSON.stringify(options)} else "None" }}` };
}

function shared(capability: Capability, taste: Presentation): Record<string, unknown> {
  const category = taste.category ?? (capability.kind === 'reading' ? 'diagnostic' : 'config');
  const enabled = taste.enabled ?? (capability.kind === 'reading' || capability.effect !== 'destructive');
  return {
    name: taste.name === undefined ? capability.title : taste.name,
    ...(taste.icon === undefined ? {} : { icon: taste.icon }),
    ...(taste.deviceClass === undefined ? {} : { device_class: taste.deviceClass }),
    ...(category === 'primary' ? {} : { entity_category: category }),
    ...(enabled ? {} : { enabled_by_default: false }),
  };
}

function tasteOf(id: string): Presentation {
  return (presentation as Readonly<Record<string, Presentation | undefined>>)[id] ?? {};
}

function keyOf(id: string, { key = id.replace('.', '_') }: Presentation): string {
  return key;
}

function unitOf(type: ValueType): { readonly unit_of_measurement?: string } {
  if (!('unit' in type) || type.unit === undefined) return {};
  return { unit_of_measurement: unit(type.unit) };
}

function unit(word: string): string {
  return ({ seconds: 's', minutes: 'min', hours: 'h' } as Readonly<Record<string, string>>)[word] ?? word;
}
