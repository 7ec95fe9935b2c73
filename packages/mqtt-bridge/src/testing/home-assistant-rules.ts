/** The rules that the table of facts states in words, as checks, by those words. A test sees that none is forgotten. */

/** A component with long key names and the shared options of the root filled in. */
export type Config = Readonly<Record<string, unknown>>;

/** `false`: broken by this component. */
type Rule = (config: Config) => boolean;

/** Why a message on the state topic is not taken; nothing when it is. */
type StateRule = (config: Config, state: string, retained: boolean) => string[];

/** Rules about configurations. */
export const rules: Readonly<Record<string, Rule>> = {
  'availability and availability_topic exclude each other': (config) =>
    config.availability === undefined || config.availability_topic === undefined,
  'availability_mode is one of all, any, latest (default latest)': ({ availability_mode: mode }) =>
    mode === undefined || ['all', 'any', 'latest'].includes(String(mode)),
  'entity_category config is refused at run time for sensor and binary_sensor: the entity is not created': (config) =>
    !['sensor', 'binary_sensor'].includes(String(config.platform)) || config.entity_category !== 'config',
  'entity_category must not be config': ({ entity_category: category }) => category !== 'config',
  "publish topics must not hold '+' or '#'": ({ command_topic: topic }) =>
    topic === undefined || !/[+#]/.test(String(topic)),
  'the key object_id is no longer read (removed in 2026.4); use default_entity_id': (config) =>
    !('object_id' in config),

  'state_on/state_off default to payload_on/payload_off': ({ state_on: on, state_off: off }) =>
    on === undefined || on !== off,
  'without state_topic the entity is optimistic': (config) =>
    config.state_topic !== undefined || config.optimistic === true,

  'options needs device_class enum, must not be empty, and excludes state_class and unit_of_measurement': (config) =>
    config.options === undefined ||
    (config.device_class === 'enum' &&
      filled(config.options) &&
      config.state_class === undefined &&
      config.unit_of_measurement === undefined),
  'device_class enum without options is allowed but values are then unchecked': (config) =>
    config.device_class !== 'enum' || config.options !== undefined,
  'last_reset_value_template needs state_class total': (config) =>
    config.last_reset_value_template === undefined || config.state_class === 'total',

  'min < max': ({ min = 1, max = 100 }) => Number(min) < Number(max),
  'step >= 0.001': ({ step = 1 }) => Number(step) >= 0.001,
  'mode is auto, box or slider': ({ mode = 'auto' }) => ['auto', 'box', 'slider'].includes(String(mode)),
  'min <= max <= 255': ({ min = 0, max = 255 }) => Number(min) <= Number(max) && Number(max) <= 255,
  'mode is text or password': ({ mode = 'text' }) => mode === 'text' || mode === 'password',
  'pattern is a regular expression': ({ pattern }) => pattern === undefined || isPattern(String(pattern)),

  'content_type excludes url_topic': (config) => config.content_type === undefined || config.url_topic === undefined,
  'image_encoding is b64 (newer cores also take raw); leave it out for raw bytes': ({ image_encoding: encoding }) =>
    encoding === undefined || encoding === 'b64',
  'image_encoding only b64': ({ image_encoding: encoding }) => encoding === undefined || encoding === 'b64',
  'install button only with command_topic and payload_install': (config) =>
    (config.command_topic === undefined) === (config.payload_install === undefined),
  'automation_type is trigger': ({ automation_type: type }) => type === 'trigger',
  'needs a device (the root device map in a device payload)': () => true,
};

/** Rules about messages. */
export const stateRules: Readonly<Record<string, StateRule>> = {
  'a state string longer than 255 characters is dropped': ({ platform }, state) =>
    platform !== 'event' && state.length > 255 ? ['the state is longer than 255 characters'] : [],
  "payload 'None' sets the state to unknown": (config, state) => {
    const { payload_on: on = 'ON', payload_off: off = 'OFF' } = config;
    const { state_on: stateOn = on, state_off: stateOff = off } = config;
    return [stateOn, stateOff, 'None', ''].includes(state) ? [] : [`${state} is neither on nor off`];
  },
  'a value that is not in options is ignored with a warning': ({ options }, state) =>
    !Array.isArray(options) || ['None', ''].includes(state) || options.includes(state)
      ? []
      : [`${state} is not among the options`],
  'timestamp values must be ISO 8601 with a zone': ({ device_class: deviceClass }, state) =>
    deviceClass !== 'timestamp' ||
    ['None', ''].includes(state) ||
    /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(state)
      ? []
      : [`${state} is not a time with a zone`],
  'a state outside options is refused with an error in the log': ({ options }, state) =>
    !Array.isArray(options) || ['None', ''].includes(state) || options.includes(state)
      ? []
      : [`${state} is not among the options`],
  "payload 'None' resets to unknown": () => [],
  'a date and time needs a zone unless timezone is set, and must have none if it is': ({ timezone }, state) =>
    ['None', ''].includes(state) ||
    /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(state) === (timezone === undefined)
      ? []
      : [`${state} is not a time with a zone`],
  'an empty payload is ignored': (_config, state) => (state === '' ? ['an empty payload leaves the old state'] : []),
  'payload must be a JSON object with event_type, one of event_types; other keys become attributes': (
    config,
    state,
  ) => {
    const { event_type: type } = JSON.parse(state) as { event_type?: unknown };
    return Array.isArray(config.event_types) && config.event_types.includes(type)
      ? []
      : [`${type} is not among the events`];
  },
  'retained messages are ignored: publish events with retain false': (_config, _state, retained) =>
    retained ? ['the event is retained'] : [],
  'state_topic payload may be a string (installed version) or JSON with installed_version, latest_version, title, release_summary, release_url, entity_picture, in_progress, update_percentage':
    () => [],
};

function filled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
