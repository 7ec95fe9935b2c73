import { describe, expect, it } from 'vitest';
import { begin, observe, type Transition } from './transitions.ts';

const start = (action: Parameters<typeof begin>[0], from: Parameters<typeof begin>[1]) =>
  begin(action, from, 0) as Transition;

describe('a power transition', () => {
  it('shows where it goes while the old state is still reported', () => {
    const on = start('on', 'off');
    expect(on.shown).toBe('turning-on');
    expect(observe(on, 'off', 2_000).outcome).toBe('pending');
    expect(observe(on, 'unknown', 3_000).outcome).toBe('pending');
    expect(observe(on, 'on', 4_000).outcome).toBe('confirmed');
  });

  it('fails when its grace period is over, later for what an operating system must agree to', () => {
    expect(observe(start('off', 'on'), 'on', 59_999).outcome).toBe('pending');
    expect(observe(start('off', 'on'), 'on', 60_000).outcome).toBe('failed');
    expect(observe(start('soft-off', 'on'), 'on', 60_000).outcome).toBe('pending');
    expect(observe(start('soft-off', 'on'), 'on', 180_000).outcome).toBe('failed');
  });

  it('of a cycle is over when the machine is back on, not while it is still on', () => {
    let cycle = start('cycle', 'on');
    expect(cycle.shown).toBe('turning-on');
    expect(observe(cycle, 'on', 1_000).outcome).toBe('pending');
    const seenOff = observe(cycle, 'off', 3_000);
    expect(seenOff.outcome).toBe('pending');
    cycle = seenOff.transition;
    expect(observe(cycle, 'on', 4_000).outcome).toBe('confirmed');
  });

  it('of a cycle that was never seen off counts as done after it had time to settle', () => {
    expect(observe(start('cycle', 'on'), 'on', 8_000).outcome).toBe('confirmed');
  });

  it('of a cycle from a state nobody looked at is not over while it may still be the old one', () => {
    const cycle = start('cycle', 'unknown');
    expect(observe(cycle, 'on', 1_000).outcome).toBe('pending');
    expect(observe(observe(cycle, 'off', 2_000).transition, 'on', 3_000).outcome).toBe('confirmed');
  });

  it('shows nothing for a reset, which begins and ends on', () => {
    expect(start('reset', 'on').shown).toBeUndefined();
  });

  it('shows nothing when the machine is there already', () => {
    expect(start('on', 'on').shown).toBeUndefined();
    expect(observe(start('on', 'on'), 'on', 1).outcome).toBe('confirmed');
  });

  it('does not exist for a diagnostic interrupt', () => {
    expect(begin('nmi', 'on', 0)).toBeUndefined();
  });

  it('accepts the deeper of two sleeps', () => {
    expect(observe(start('sleep', 'on'), 'hibernate', 1).outcome).toBe('confirmed');
  });
});
