import { describe, expect, it } from 'vitest';
import { confirmed, type Plan } from './confirm.ts';
import { testApp } from './testing/app.ts';

const plan = (changes: Partial<Plan>): Plan => ({
  title: 'Reset',
  effect: 'destructive',
  machines: ['a'],
  yes: undefined,
  dryRun: undefined,
  ...changes,
});

describe('Before something people would notice', () => {
  it('nobody is asked about what is harmless, with --yes, or with --dry-run', async () => {
    const { app, asked } = testApp({ answers: [] });
    expect(await confirmed(app, plan({ effect: 'harmless' }))).toBe(true);
    expect(await confirmed(app, plan({ yes: true }))).toBe(true);
    expect(await confirmed(app, plan({ dryRun: true }))).toBe(true);
    expect(asked).toEqual([]);
  });

  it('a terminal is asked, and told of the loss and how many machines it is about', async () => {
    const { app, asked } = testApp({ answers: [true, true] });
    expect(await confirmed(app, plan({ effect: 'disruptive' }))).toBe(true);
    expect(await confirmed(app, plan({ machines: ['a', 'b', 'c'] }))).toBe(true);
    expect(asked).toEqual(['Reset on a?', 'Reset on 3 machines (a, b, c)? What is not saved there is lost.']);
  });

  it('the answer no does nothing, and is a success', async () => {
    const { app, stdout, status } = testApp({ answers: [false] });
    expect(await confirmed(app, plan({}))).toBe(false);
    expect(stdout()).toBe('Nothing done.\n');
    expect(status()).toBe(0);
  });

  it('without a terminal it is refused with a sentence that names --yes', async () => {
    const { app } = testApp();
    await expect(confirmed(app, plan({}))).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--yes'),
    });
  });
});
