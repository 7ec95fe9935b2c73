/** A PC installed anew from an image, unattended: one recipe, told as stages. */
import { Cancelled } from '../errors.ts';
import { createBroadcast } from './broadcast.ts';
import { type MachineSource, reacher } from './reach.ts';
import type { ReimageMachine, ReimageOptions } from './reimage/options.ts';
import { planOf } from './reimage/plan.ts';
import { Recipe } from './reimage/recipe.ts';
import type { ReimageStage } from './reimage/stages.ts';

/**
 * Installs a machine from an image. It begins with the first stage that is asked for and ends with `finished` or
 * `failed`; by then the media are detached. Leaving the loop, or the signal, cancels it: the boot override is cleared,
 * too. What goes wrong is told by `failed` and not thrown.
 *
 * 1. `checking`: the image, the power, what the firmware allows; a PC that sleeps is woken.
 * 2. `consent`, where the firmware demands it.
 * 3. `enabling`: storage redirection, the serial port where it is needed, their listener.
 * 4. `attaching` the image and the answer floppy.
 * 5. `booting` once from it: reset, or power on.
 * 6. `reading` and `idle` in turn, through restarts and lost connections, until success is seen or ruled out.
 *
 * @param machine itself, or the way to it: a connection that is lost is then made again, too
 * @throws TypeError for options that make no sense
 */
export function reimage(
  machine: MachineSource<ReimageMachine>,
  options: ReimageOptions,
): AsyncIterableIterator<ReimageStage> {
  const plan = planOf(options);
  const stages = createBroadcast<ReimageStage>({ key: (stage) => keys.get(stage), into: (_waiting, newer) => newer });
  /** Progress replaces progress that nobody has looked at yet, as long as nothing else came between. */
  const keys = new WeakMap<ReimageStage, string>();
  let others = 0;
  const reader = stages.read();
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  let running: Promise<void> | undefined;

  function emit(stage: ReimageStage): void {
    if (stage.stage === 'reading') keys.set(stage, `reading ${others}`);
    else others++;
    stages.send(stage);
  }

  return {
    async next() {
      running ??= new Recipe(reacher(machine), plan, emit, signal).run().finally(() => stages.close());
      return await reader.next();
    },
    async return() {
      stop.abort(new Cancelled('The reimage was cancelled.'));
      await running;
      await reader.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
