import { describe, expect, it } from 'vitest';
import { createPace, payloadKeeper } from './memory.ts';

describe('A pace', () => {
  it('lets so many through, and each of the others when one is done, in order', () => {
    const pace = createPace(2);
    const went: number[] = [];
    for (const n of [1, 2, 3, 4]) pace.enter(() => went.push(n));
    expect(went).toEqual([1, 2]);
    pace.leave();
    expect(went).toEqual([1, 2, 3]);
    pace.leave();
    pace.leave();
    pace.leave();
    pace.enter(() => went.push(5));
    expect(went).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('A payload that is kept', () => {
  const large = Buffer.alloc(65_536, 'ab');

  it('has memory of its own', () => {
    const kept = payloadKeeper()(large.subarray(0, 100));
    expect(kept.equals(large.subarray(0, 100))).toBe(true);
    expect(kept.buffer.byteLength).toBe(100);
  });

  it('is kept once when it is a word', () => {
    const keep = payloadKeeper();
    expect(keep(large.subarray(0, 2))).toBe(keep(Buffer.from('ab')));
    expect(keep('ON')).toBe(keep(Buffer.from('ON')));
    expect(keep('ON').toString()).toBe('ON');
    expect(keep('OFF').toString()).toBe('OFF');
  });
});
