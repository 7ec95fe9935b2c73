/** The same work on several machines: how many at once, at what distance, and when to stop beginning. */
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from './app.ts';
import { parseCount, parseDuration } from './durations.ts';
import { afterwards, statusOf } from './exit.ts';
import { failed, type Result } from './output.ts';

/** What was typed about several machines. */
export interface RunLimits {
  readonly parallel?: string | undefined;
  readonly stagger?: string | undefined;
  readonly 'max-fail'?: string | undefined;
}

/** A machine with what came of it. */
export interface Outcome<T> {
  readonly machine: string;
  /** Absent after a failure. */
  readonly data?: T;
  readonly result: Result;
}

/** How many machines at once unless told otherwise. */
const PARALLEL = 8;

/**
 * Works on every machine and takes each result down: as it comes, in JSON in the order of the targets. Decides how the
 * command ends: one machine lends its own failure, several make it 11.
 *
 * @param show what is printed of each as soon as it is done
 */
export async function overMachines<T>(
  app: App,
  machines: readonly string[],
  limits: RunLimits,
  work: (machine: string) => Promise<T>,
  show?: (outcome: { readonly machine: string; readonly data: T }) => void,
): Promise<readonly Outcome<T>[]> {
  const parallel = limits.parallel === undefined ? PARALLEL : parseCount(limits.parallel, 'parallel');
  const staggerMs = limits.stagger === undefined ? 0 : parseDuration(limits.stagger, 'stagger');
  const maxFail =
    limits['max-fail'] === undefined ? Number.POSITIVE_INFINITY : parseCount(limits['max-fail'], 'max-fail');
  const outcomes: Outcome<T>[] = [];
  let next = 0;
  let failures = 0;
  let beginning: Promise<unknown> = Promise.resolve();

  const finish = (index: number, outcome: Outcome<T>): void => {
    outcomes[index] = outcome;
    if (!outcome.result.ok) failures++;
    if (app.signal.aborted) return;
    if (app.out.mode !== 'json') app.out.result(outcome.result);
    if (outcome.result.ok) show?.({ machine: outcome.machine, data: outcome.data as T });
  };
  /** Lets the start before this one have its distance. */
  const turn = async (index: number): Promise<void> => {
    if (staggerMs === 0 || index === 0) return;
    beginning = beginning.then(() => delay(staggerMs, undefined, { signal: app.signal }));
    await beginning;
  };
  const worker = async (): Promise<void> => {
    for (let index = next++; index < machines.length; index = next++) {
      const machine = machines[index] ?? '';
      try {
        await turn(index);
        if (failures >= maxFail) throw skipped(machine, failures);
        app.signal.throwIfAborted();
        const data = await work(machine);
        finish(index, { machine, data, result: { machine, ok: true, data } });
      } catch (error) {
        finish(index, { machine, result: failed(machine, app.signal.aborted ? interrupted(app, machine) : error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, machines.length) }, worker));
  if (app.out.mode === 'json') for (const { result } of outcomes) app.out.result(result);
  if (failures > 0) {
    const [only] = outcomes;
    app.exit(machines.length === 1 && only?.result.ok === false ? statusOf(only.result.error) : 11);
  }
  if (machines.length > 1 && !app.signal.aborted) {
    const done = `${machines.length - failures} of ${machines.length} machines done`;
    if (failures > 0) app.out.say(`${done}, ${failures} failed.`);
    else if (show !== undefined) app.out.say(`${done}.`);
  }
  return outcomes;
}

function skipped(machine: string, failures: number): Error {
  const why = `${failures} ${failures === 1 ? 'machine' : 'machines'} failed`;
  return Object.assign(new Error(`${machine} was left out, since ${why} (--max-fail).`), { code: 'SKIPPED' });
}

function interrupted(app: App, machine: string): Error {
  return Object.assign(new Error(`${machine}: interrupted.${afterwards(app)}`), { code: 'CANCELLED' });
}
