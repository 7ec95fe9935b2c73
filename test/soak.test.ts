/** Three bridges as processes on mosquitto, killed, stopped and cut off at random, with commands going on all the time. */
import { needs } from '@amtkit/core/testing';
import { describe, expect, it } from 'vitest';
import { soak } from './soak/soak.ts';

describe('Three bridges and two hundred PCs', needs('mosquitto'), () => {
  it('answer every command, do nothing twice, and say how things are, whatever happens to them for two minutes', {
    timeout: 600_000,
  }, async () => {
    const account = await soak({ minutes: 2, seed: 2026, say: () => {} });
    expect(account.duplicates).toEqual([]);
    expect(account.wrong).toEqual([]);
    expect(account.results).toBe(account.commands);
    expect(account.codes.get('OK') ?? 0).toBeGreaterThan(account.commands / 2);
    expect([...account.harms.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(4);
  });
});
