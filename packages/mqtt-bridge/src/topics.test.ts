import { describe, expect, it } from 'vitest';
import { isCommandTopic, matches, topicsOf } from './topics.ts';

const topics = topicsOf('site/amtkit', 'east');

describe('Topics', () => {
  it('stand below the base, machines by name, bridges by id', () => {
    expect(topics.bridgeState).toBe('site/amtkit/bridge/east/state');
    expect(topics.bridgeInfo).toBe('site/amtkit/bridge/east/info');
    expect(topics.response('machine/add')).toBe('site/amtkit/bridge/east/response/machine/add');
    expect(topics.availability('office-pc')).toBe('site/amtkit/office-pc/availability');
    expect(topics.value('office-pc', 'power/state')).toBe('site/amtkit/office-pc/power/state');
    expect(topics.set('office-pc', 'power/switch')).toBe('site/amtkit/office-pc/power/switch/set');
    expect(topics.do('office-pc', 'power/reset')).toBe('site/amtkit/office-pc/do/power/reset');
    expect(topics.result('office-pc')).toBe('site/amtkit/office-pc/result');
    expect(topics.event('office-pc')).toBe('site/amtkit/office-pc/event');
    expect(topics.screenImage('office-pc')).toBe('site/amtkit/office-pc/screen/image');
  });

  it.each([
    ['site/amtkit/office-pc/power/switch/set', { kind: 'set', machine: 'office-pc', id: 'power.switch' }],
    ['site/amtkit/office-pc/do/power/reset', { kind: 'do', machine: 'office-pc', id: 'power.reset' }],
    ['site/amtkit/office-pc/do/power/set', { kind: 'do', machine: 'office-pc', id: 'power.set' }],
    ['site/amtkit/bridge/east/request/scan', { kind: 'request', verb: 'scan' }],
    ['site/amtkit/bridge/east/request/machine/add', { kind: 'request', verb: 'machine/add' }],
    ['site/amtkit/bridge/west/request/scan', undefined],
    ['site/amtkit/bridge/east/state/set', undefined],
    ['site/amtkit/office-pc/power/state', undefined],
    ['site/amtkit/office-pc/do/power', undefined],
    ['site/amtkit/office-pc/do/power/reset/now', undefined],
    ['site/amtkit', undefined],
    ['other/office-pc/do/power/reset', undefined],
  ])('tell what %s asks for', (topic, asked) => {
    expect(topics.parse(topic)).toEqual(asked);
  });

  it('of commands are told from those of answers, for every bridge', () => {
    expect(isCommandTopic('amtkit', 'amtkit/pc/do/power/reset')).toBe(true);
    expect(isCommandTopic('amtkit', 'amtkit/pc/power/switch/set')).toBe(true);
    expect(isCommandTopic('amtkit', 'amtkit/bridge/west/request/scan')).toBe(true);
    expect(isCommandTopic('amtkit', 'amtkit/bridge/west/response/scan')).toBe(false);
    expect(isCommandTopic('amtkit', 'amtkit/pc/power/switch')).toBe(false);
    expect(isCommandTopic('amtkit', 'reply/pc/do/power/reset')).toBe(false);
  });

  it('match filters level by level', () => {
    expect(matches('a/+/c', 'a/b/c')).toBe(true);
    expect(matches('a/+', 'a/b/c')).toBe(false);
    expect(matches('a/#', 'a/b/c')).toBe(true);
    expect(matches('a/#', 'a')).toBe(true);
    expect(matches('a/b/c', 'a/b')).toBe(false);
    expect(matches('#', '$SYS/x')).toBe(false);
    expect(matches('+/x', '$SYS/x')).toBe(false);
  });
});
