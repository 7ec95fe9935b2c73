import { describe, expect, it } from 'vitest';
import { Cancelled } from '../../errors.ts';
import { definePlugin } from '../plugin.ts';
import { openLab } from '../testing/lab.ts';

/** A plugin that is asked and never answers; resolves when it was asked. */
function silent() {
  let wasAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve;
  });
  const plugin = definePlugin({
    name: 'silent',
    timeLimits: { beforeAction: Number.POSITIVE_INFINITY },
    beforeAction({ id }) {
      if (id !== 'lab.work') return;
      wasAsked();
      return new Promise<never>(() => {});
    },
  });
  return { plugin, asked };
}

describe('Who cancels an action', () => {
  it.each([
    ['it', 'lab.work', 'Cancelled while the plugin silent was asked about lab.work of pc.'],
    ['a part of it', 'lab.outer', 'Cancelled'],
  ])('does not wait for a plugin that is asked about %s', async (_what, id, sentence) => {
    const { plugin, asked } = silent();
    const { fleet, changes, done } = await openLab([plugin]);
    const stop = new AbortController();
    const running = fleet.run('pc', id, {}, { signal: stop.signal, transaction: 't1' });
    const refused = expect(running).rejects.toThrow(Cancelled);
    await asked;
    stop.abort();
    await refused;
    await expect(running).rejects.toThrow(sentence);
    expect(done).toEqual([]);
    await expect.poll(() => changes.filter(({ type }) => type === 'result')).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('before a plugin has answered at once is heard', async () => {
    const yes = definePlugin({ name: 'yes', beforeAction: () => undefined });
    const { fleet, done } = await openLab([yes]);
    await expect(fleet.run('pc', 'lab.work', {}, { signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
    expect(done).toEqual([]);
  });
});
