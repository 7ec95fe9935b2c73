import { describe, expect, it } from 'vitest';
import { TestRed } from '../testing/red.ts';
import { followEndings } from './endings.ts';

describe('A node that is closed', () => {
  it('comes back after a deploy, which brings another configuration before it stops what runs', () => {
    const red = new TestRed();
    const endingOf = followEndings(red.events);
    red.emit('flows:starting', { rev: 1 });
    red.emit('flows:stopping', { rev: 2 });
    expect(endingOf(false)).toBe('deploy');
    expect(endingOf(true)).toBe('removed');
  });

  it('does not when all flows stop: their configuration is the one they were started with', () => {
    const red = new TestRed();
    const endingOf = followEndings(red.events);
    const config = { rev: 1 };
    red.emit('flows:starting', config);
    red.emit('flows:stopping', config);
    expect(endingOf(false)).toBe('stop');
    red.emit('flows:starting', config);
    red.emit('flows:stopping', { rev: 2 });
    expect(endingOf(false)).toBe('deploy');
  });
});
