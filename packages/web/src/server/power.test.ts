import { capabilities } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { choiceOf, inputOf, powerActions } from './power.ts';

describe('The power menu', () => {
  it('has what the firmware supports, what is needed most first', () => {
    const ids = powerActions(capabilities, ['reset', 'off', 'on']).map(({ id }) => id);
    expect(ids).toEqual(['power.on', 'power.reset', 'power.off']);
    expect(powerActions(capabilities, undefined)).toHaveLength(9);
  });

  it('says which actions are asked about before', () => {
    const effects = new Map(
      powerActions(capabilities, undefined)
        .map(choiceOf)
        .map(({ id, effect }) => [id, effect]),
    );
    expect(effects.get('power.on')).toBe('harmless');
    expect(effects.get('power.soft-off')).toBe('disruptive');
    expect(effects.get('power.reset')).toBe('destructive');
  });

  it('lets go of sessions where the firmware would refuse', () => {
    const inputs = Object.fromEntries(
      powerActions(capabilities, ['on', 'off', 'cycle']).map((a) => [a.id, inputOf(a)]),
    );
    expect(inputs).toEqual({
      'power.on': {},
      'power.cycle': { 'drop-sessions': true },
      'power.off': { 'drop-sessions': true },
    });
  });
});
