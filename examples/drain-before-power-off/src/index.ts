/**
 * Ordered shutdown: whatever would switch a machine off is refused with a reason while what runs there is drained, by a
 * request or a command, and is then carried out by the plugin itself. In a shell, which waits, the action waits.
 */
import { definePlugin } from '@amtkit/core/automation';
import { z } from 'zod';
import { drain } from './drain.ts';

const NAME = 'drain-before-power-off';

/** What switches a machine off. Of the switch only one direction does. */
const OFF: ReadonlySet<string> = new Set(['power.off', 'power.soft-off', 'power.switch']);
const ON: ReadonlySet<string> = new Set(['power.on', 'power.switch']);

const options = z
  .strictObject({
    /** Gets a POST with `{machine, action}`, and answers with 2xx when the machine is drained. */
    url: z.url({ protocol: /^https?$/ }).optional(),
    /** Is run with AMT_MACHINE and AMT_ACTION, and ends with 0 when the machine is drained. */
    command: z.array(z.string().min(1)).min(1).optional(),
    /** How long it may take, minutes. */
    minutes: z.number().positive().max(1440).default(10),
    /** What happens when it fails or takes too long. */
    whenFailed: z.enum(['stay-on', 'switch-off']).default('stay-on'),
  })
  .refine(({ url, command }) => (url === undefined) !== (command === undefined), 'need one of url and command');

/** The plugin. */
export default definePlugin({
  name: NAME,
  options,
  // A shell waits for the drain, which has a limit of its own.
  timeLimits: { beforeAction: Number.POSITIVE_INFINITY },

  async beforeAction({ machine, id, input, by, dryRun }, { options, surface, signal, run, log }) {
    if (by === `plugin:${NAME}`) return;
    const draining = drainingOf(signal);
    const underWay = draining.get(machine);
    if (ON.has(id) && !(id === 'power.switch' && input === false)) {
      if (!dryRun) underWay?.abort(new Error(`${machine} is wanted again.`));
      return;
    }
    if (!OFF.has(id)) return;
    if (underWay !== undefined) return { veto: 'it is being drained; it is switched off afterwards' };
    if (dryRun) return { veto: 'it would be drained first, and switched off afterwards' };

    const taken = new AbortController();
    draining.set(machine, taken);
    const drained = drain({ machine, action: id }, options, AbortSignal.any([signal, taken.signal])).finally(() =>
      draining.delete(machine),
    );
    if (surface === 'cli') {
      const problem = await drained.then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem === undefined) return;
      log(`${machine}: not drained: ${problem}`);
      return options.whenFailed === 'switch-off' && !taken.signal.aborted ? undefined : { veto: problem };
    }
    drained
      .catch((error: Error) => {
        log(`${machine}: not drained: ${error.message}`);
        if (options.whenFailed === 'stay-on' || taken.signal.aborted || signal.aborted) throw error;
      })
      .then(() => run(machine, id, input))
      .then(() => log(`${machine}: drained, ${id} is done`))
      .catch((error: Error) => log(`${machine}: ${id} was not done: ${error.message}`));
    return { veto: 'it is drained first, and switched off afterwards' };
  },
});

/** Machines that are being drained, and what ends that; of each fleet by itself, which the signal of its plugin tells. */
const fleets = new WeakMap<AbortSignal, Map<string, AbortController>>();

function drainingOf(signal: AbortSignal): Map<string, AbortController> {
  const known = fleets.get(signal) ?? new Map<string, AbortController>();
  fleets.set(signal, known);
  return known;
}
