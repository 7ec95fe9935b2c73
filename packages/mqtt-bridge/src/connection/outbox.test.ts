import { describe, expect, it } from 'vitest';
import type { Message } from './message.ts';
import { createOutbox, type Outbox } from './outbox.ts';

const state = (payload: string, topic = 'pc/power/state'): Message => ({ topic, payload, retain: true });
const result = (payload: string): Message => ({ topic: 'pc/result', payload });

function open(): Outbox {
  const outbox = createOutbox();
  outbox.arrive(0);
  return outbox;
}

/** Takes and acknowledges everything. */
function drain(outbox: Outbox): string[] {
  const payloads: string[] = [];
  for (let next = outbox.take(); next !== undefined; next = outbox.take()) {
    payloads.push(String(next.message.payload));
    outbox.done(next.ticket);
  }
  return payloads;
}

describe('An outbox', () => {
  it('gives messages in order, each once', () => {
    const outbox = open();
    outbox.add(result('a'));
    outbox.add(state('on'));
    outbox.add(result('b'));
    expect(drain(outbox)).toEqual(['a', 'on', 'b']);
    expect(outbox.length).toBe(0);
  });

  it('keeps only the newest of a retained topic, in the place of the first', () => {
    const outbox = open();
    outbox.add(state('turning-on'));
    outbox.add(result('a'));
    outbox.add(state('on'));
    expect(drain(outbox)).toEqual(['on', 'a']);
  });

  it('keeps an answer no longer than it is worth, counted from the last word of the broker', () => {
    for (const [backAt, left] of [
      [900, ['others have said it by then', 'for ever']],
      [1100, ['for ever']],
    ] as const) {
      const outbox = open();
      outbox.leave(100);
      outbox.add({ ...result('others have said it by then'), keptMs: 900 });
      outbox.add(result('for ever'));
      outbox.arrive(backAt);
      expect(drain(outbox)).toEqual(left);
    }
  });

  it('keeps every message that is not retained', () => {
    const outbox = open();
    for (const payload of ['a', 'a', 'a']) outbox.add(result(payload));
    expect(drain(outbox)).toEqual(['a', 'a', 'a']);
  });

  it('keeps only the newest of what is perishable, and nothing of it for later', () => {
    const picture = (payload: string): Message => ({ topic: 'pc/screen/image', payload, perishable: true });
    const outbox = open();
    outbox.add(picture('old'));
    outbox.add(result('a'));
    outbox.add(picture('new'));
    outbox.leave(0);
    outbox.add(picture('lost'));
    outbox.arrive(0);
    expect(drain(outbox)).toEqual(['a']);
    outbox.add(picture('old'));
    outbox.add(picture('new'));
    expect(drain(outbox)).toEqual(['new']);
  });

  it('gives nothing while the broker is away', () => {
    const outbox = createOutbox();
    outbox.add(result('a'));
    expect(outbox.take()).toBeUndefined();
    outbox.arrive(0);
    expect(drain(outbox)).toEqual(['a']);
  });

  it('forgets retained values while the broker is away, but not their removal', () => {
    const outbox = createOutbox();
    outbox.add(state('on'));
    outbox.add(state('', 'old/power/state'));
    outbox.add(state('', 'back/power/state'));
    outbox.add(state('on', 'back/power/state'));
    outbox.add(result('a'));
    outbox.arrive(0);
    expect(drain(outbox)).toEqual(['', 'a']);
  });

  it('sends again what was not acknowledged, before what came later', () => {
    const outbox = open();
    for (const message of [result('a'), state('on'), state('', 'old'), result('b')]) outbox.add(message);
    const [first] = [outbox.take(), outbox.take(), outbox.take()];
    outbox.done(first?.ticket ?? -1);
    outbox.add(result('c'));
    outbox.leave(0);
    outbox.arrive(0);
    expect(drain(outbox)).toEqual(['', 'b', 'c']);
  });

  it('does not remove a topic that has a value again', () => {
    const outbox = open();
    outbox.add(state('', 'pc'));
    outbox.take();
    outbox.add(state('on', 'pc'));
    outbox.leave(0);
    outbox.arrive(0);
    expect(drain(outbox)).toEqual([]);
  });

  it('takes an announcement message by message, behind everything that is live', async () => {
    const outbox = open();
    let made = 0;
    const complete = outbox.announce(
      (function* () {
        for (const payload of ['x', 'y', 'z']) {
          made++;
          yield state(payload, payload);
        }
      })(),
    );
    outbox.take();
    expect(made).toBe(1);
    outbox.add(result('live'));
    expect(drain(outbox)).toEqual(['live', 'y', 'z']);
    expect(await complete).toBe(true);
  });

  it('ends an announcement that the broker does not stay for', async () => {
    const outbox = open();
    const complete = outbox.announce([state('x', 'x'), state('y', 'y')]);
    outbox.take();
    outbox.leave(0);
    expect(await complete).toBe(false);
    expect(await outbox.announce([state('z')])).toBe(false);
    outbox.arrive(0);
    expect(drain(outbox)).toEqual([]);
  });

  it('drops the oldest when too many wait, and counts them', () => {
    const outbox = createOutbox(2);
    for (const payload of ['a', 'b', 'c']) outbox.add(result(payload));
    outbox.arrive(0);
    expect(drain(outbox)).toEqual(['b', 'c']);
    expect(outbox.dropped).toBe(1);
  });
});
