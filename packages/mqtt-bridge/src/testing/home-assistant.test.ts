import { describe, expect, it } from 'vitest';
import { componentsOf, facts, problemsOf, stateProblems } from './home-assistant.ts';
import { rules, stateRules } from './home-assistant-rules.ts';

const topic = 'homeassistant/device/amtkit/1234/config';

/** A message Home Assistant takes, and ways to spoil it. */
function message(change: Record<string, unknown> = {}, component: Record<string, unknown> = {}): string {
  return JSON.stringify({
    device: { identifiers: ['x'], name: 'Box' },
    origin: { name: 'amtkit' },
    components: {
      one: { platform: 'sensor', unique_id: 'x_one', name: 'State', state_topic: 'a/b', ...component },
    },
    ...change,
  });
}

describe('The table of Home Assistant', () => {
  it('has no rule that nobody checks', () => {
    const stated = [
      ...facts.rules_all,
      ...facts.availability_rules,
      ...Object.values(facts.platforms).flatMap((platform) => platform.rules ?? []),
    ];
    const checked = new Set([...Object.keys(rules), ...Object.keys(stateRules)]);
    expect(stated.filter((rule) => !checked.has(rule))).toEqual([]);
    expect([...checked].filter((rule) => !stated.includes(rule))).toEqual([]);
  });

  it('takes a plain message, long and abbreviated', () => {
    expect(problemsOf(topic, message())).toEqual([]);
    const short = {
      dev: { ids: 'x', name: 'Box', sw: '1' },
      o: { name: 'amtkit', sw: '1' },
      cmps: { one: { p: 'sensor', uniq_id: 'x_one', '~': 'a/b', stat_t: '~/c' } },
      avty: [{ t: 'a', pl_avail: 'yes' }],
    };
    expect(problemsOf(topic, JSON.stringify(short))).toEqual([]);
    expect(componentsOf(JSON.stringify(short)).one).toMatchObject({ state_topic: 'a/b/c', platform: 'sensor' });
  });

  it('takes a single entity', () => {
    const own = { device: { identifiers: ['x'], name: 'Box' }, origin: { name: 'amtkit' }, unique_id: 'x_at' };
    const single = (more: object) => JSON.stringify({ ...own, command_topic: 'a/b/set', state_topic: 'a/b', ...more });
    expect(problemsOf('homeassistant/datetime/x/config', single({}))).toEqual([]);
    expect(problemsOf('homeassistant/datetime/x/config', '')).toEqual([]);
    expect(problemsOf('homeassistant/datetime/x/config', single({ colour: 'red' }))).not.toEqual([]);
    expect(problemsOf('homeassistant/datetime/x/config', single({ device: undefined }))).not.toEqual([]);
  });

  it('takes removals: of a component, and of the device', () => {
    expect(problemsOf(topic, message({ components: { one: { p: 'sensor' } } }))).toEqual([]);
    expect(problemsOf(topic, '')).toEqual([]);
  });

  it.each([
    ['a dot in the topic', 'homeassistant/device/amtkit/pc.lan/config', message()],
    ['a device where a single entity belongs', 'homeassistant/sensor/x/config', message()],
    ['a topic of no platform', 'homeassistant/toaster/x/config', message()],
    ['an unknown root key', topic, message({ colour: 'red' })],
    ['a topic base at the root', topic, message({ '~': 'a' })],
    ['a missing origin', topic, message({ origin: undefined })],
    ['a nameless origin', topic, message({ origin: { sw_version: '1' } })],
    ['an unknown device key', topic, message({ device: { identifiers: ['x'], name: 'Box', ip: '1' } })],
    ['a device without identity', topic, message({ device: { name: 'Box' } })],
    ['a device without a name', topic, message({ device: { identifiers: ['x'] } })],
    ['connections that are no pairs', topic, message({ device: { connections: [['mac']], name: 'Box' } })],
    ['a relative URL', topic, message({ device: { identifiers: ['x'], name: 'Box', configuration_url: 'box/' } })],
    ['a number as a serial number', topic, message({ device: { identifiers: ['x'], name: 'Box', serial_number: 7 } })],
    ['no platform', topic, message({}, { platform: undefined })],
    ['an unknown platform', topic, message({}, { platform: 'toaster' })],
    ['no unique id', topic, message({}, { unique_id: undefined })],
    ['a missing required key', topic, message({}, { state_topic: undefined })],
    ['an unknown key', topic, message({}, { payload_press: 'x' })],
    ['an unknown device class', topic, message({}, { device_class: 'sunshine' })],
    ['a config category on a sensor', topic, message({}, { entity_category: 'config' })],
    ['an unknown category', topic, message({}, { entity_category: 'other' })],
    ['options without enum', topic, message({}, { options: ['a'] })],
    ['empty options', topic, message({}, { device_class: 'enum', options: [] })],
    ['a unit beside enum', topic, message({}, { device_class: 'enum', options: ['a'], unit_of_measurement: 's' })],
    ['an icon without a family', topic, message({}, { icon: 'power' })],
    ['the old object_id', topic, message({}, { object_id: 'x' })],
    ['an entity id of another platform', topic, message({}, { default_entity_id: 'switch.x' })],
    ['the name of the device in the name', topic, message({}, { name: 'Box state' })],
    ['a quality of service of 3', topic, message({}, { qos: 3 })],
    ['two ways of availability', topic, message({}, { availability: [{ topic: 'a' }], availability_topic: 'a' })],
    ['an unknown availability mode', topic, message({}, { availability_mode: 'most' })],
    ['availability without a topic', topic, message({}, { availability: [{ payload_available: 'a' }] })],
    [
      'a wildcard in a command topic',
      topic,
      message({}, { platform: 'button', state_topic: undefined, command_topic: 'a/+' }),
    ],
    ['a retained command', topic, message({}, { platform: 'switch', command_topic: 'a', retain: true })],
    ['an optimistic switch', topic, message({}, { platform: 'switch', command_topic: 'a', state_topic: undefined })],
    ['a number that goes backwards', topic, message({}, { platform: 'number', command_topic: 'a', min: 5, max: 1 })],
    ['a text longer than a state', topic, message({}, { platform: 'text', command_topic: 'a', max: 300 })],
    ['a broken pattern', topic, message({}, { platform: 'text', command_topic: 'a', pattern: '(' })],
    ['an image from nowhere', topic, message({}, { platform: 'image', state_topic: undefined })],
  ])('finds %s', (_what, where, payload) => {
    expect(problemsOf(where, payload)).not.toEqual([]);
  });

  it('finds a unique id that is there twice', () => {
    const one = { platform: 'sensor', unique_id: 'x', state_topic: 'a' };
    expect(problemsOf(topic, message({ components: { one, two: one } }))).toEqual(['two: unique_id is there twice']);
  });

  it.each([
    ['a state that is too long', { platform: 'sensor' }, 'x'.repeat(256), false],
    ['a word that is no option', { platform: 'sensor', device_class: 'enum', options: ['a'] }, 'b', false],
    ['a choice that is no option', { platform: 'select', options: ['a'] }, 'b', false],
    ['a time without a zone to set', { platform: 'datetime' }, '2030-01-02T03:04:05', false],
    ['a time that is taken away by nothing', { platform: 'datetime' }, '', false],
    ['a time without a zone', { platform: 'sensor', device_class: 'timestamp' }, '2030-01-02T03:04:05', false],
    ['a switch that is neither', { platform: 'switch' }, 'turning-on', false],
    ['an event nobody announced', { platform: 'event', event_types: ['a'] }, '{"event_type":"b"}', false],
    ['an event that is retained', { platform: 'event', event_types: ['a'] }, '{"event_type":"a"}', true],
  ])('finds %s', (_what, config, state, retained) => {
    expect(stateProblems(config, state, retained)).not.toEqual([]);
  });
});
