/** One wake-up: every machine that is not on, one after another. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PluginContext } from '@amtkit/core/automation';

/** Switches machines on, those first that were added first. What one does not do keeps no other from it. */
export async function wake(
  { machines, run, log, signal }: Pick<PluginContext<never>, 'machines' | 'run' | 'log' | 'signal'>,
  staggerMs: number,
): Promise<void> {
  const asleep = [...machines.values()].filter(({ values }) => values.get('power.state') !== 'on');
  for (const [n, { name }] of asleep.entries()) {
    if (n > 0 && staggerMs > 0) await delay(staggerMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // The queue of the machine is not waited for: one that does not answer holds nobody up.
    run(name, 'power.on').then(
      () => log(`${name} is woken`),
      (error: Error) => log(`${name} is not woken: ${error.message}`),
    );
  }
}
