import { logOf } from '@amtkit/core/automation';
import { describe, expect, it, vi } from 'vitest';
import type { Connection } from './connection.ts';
import type { Incoming, Message } from './message.ts';
import { createRetention } from './retention.ts';

const topic = 'amtkit/pc/do/power/reset';

function stage(protocol: '5' | '3.1.1', probeMs: number | undefined = 0) {
  const published: Message[] = [];
  const subscribed: string[][] = [];
  let time = 0;
  const connection = {
    protocol,
    publish: (message: Message) => published.push(message),
    subscribeAgain: (filters: string[]) => subscribed.push(filters),
  } as unknown as Connection;
  const retention = createRetention({ connection, filters: ['f/#'], probeMs, log: logOf(undefined), now: () => time });
  const judge = (text: string, retained: boolean, where = topic) =>
    retention.judge({ topic: where, payload: new TextEncoder().encode(text), retained } satisfies Incoming);
  const pass = (ms: number): void => {
    time += ms;
  };
  return { retention, judge, published, subscribed, pass };
}

const removal = { topic, payload: '', retain: true };

describe('A retained command', () => {
  it('is refused and taken out of the broker', () => {
    const { judge, published } = stage('5');
    expect(judge('{}', true)).toBe('refuse');
    expect(published).toEqual([removal]);
  });

  it('that is taken back by somebody is no command', () => {
    const { judge, published } = stage('5');
    expect(judge('', true)).toBe('ignore');
    expect(published).toEqual([]);
  });

  it('on 3.1.1 is refused when the broker repeats it, and the echo of its removal is not obeyed', () => {
    const { judge, published } = stage('3.1.1');
    expect(judge('ON', true)).toBe('refuse');
    expect(published).toEqual([removal]);
    expect(judge('', false)).toBe('ignore');
    expect(judge('', false)).toBe('obey');
  });

  it('on 3.1.1 runs once when it is live, is looked for, and is then removed without a second answer', async () => {
    const { judge, published, subscribed } = stage('3.1.1');
    expect(judge('{"now":true}', false)).toBe('obey');
    await vi.waitFor(() => expect(subscribed).toEqual([['f/#']]));
    expect(judge('{"now":true}', true)).toBe('ignore');
    expect(published).toEqual([removal]);
    expect(judge('', false)).toBe('ignore');
    expect(judge('{"now":true}', true)).toBe('refuse');
  });

  it('on 3.1.1 that differs from what ran is refused', () => {
    const { judge } = stage('3.1.1');
    judge('a', false);
    expect(judge('b', true)).toBe('refuse');
  });
});

describe('An empty live command', () => {
  it('runs, unless it can only be the echo of a removal', () => {
    const { judge, pass } = stage('3.1.1');
    expect(judge('', false)).toBe('obey');
    judge('x', true);
    pass(10_001);
    expect(judge('', false)).toBe('obey');
  });

  it('runs on a new connection, whatever was expected of the old one', () => {
    const { judge, retention } = stage('3.1.1');
    judge('x', true);
    retention.reset();
    expect(judge('', false)).toBe('obey');
  });

  it('of another topic runs', () => {
    const { judge } = stage('3.1.1');
    judge('x', true);
    expect(judge('', false, 'amtkit/pc/do/power/on')).toBe('obey');
  });
});

describe('A live command', () => {
  it('is not looked for on MQTT 5, nor where the broker keeps none', () => {
    for (const { judge, subscribed } of [stage('5'), stage('3.1.1', undefined)]) {
      expect(judge('x', false)).toBe('obey');
      expect(subscribed).toEqual([]);
    }
  });
});
