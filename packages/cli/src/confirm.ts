/** The question before something that people at the machine would notice. */
import type { Effect } from '@amtkit/core/automation';
import type { App } from './app.ts';
import { named } from './credentials.ts';
import { UsageError } from './exit.ts';

/** What is about to happen. */
export interface Plan {
  /** What would be done, such as `Reset`. */
  readonly title: string;
  readonly effect: Effect;
  readonly machines: readonly string[];
  readonly yes: boolean | undefined;
  readonly dryRun: boolean | undefined;
}

/**
 * Whether to go on; from then on a change counts as begun. Harmless things go on; others are asked about at a terminal and need `--yes` elsewhere.
 * @throws UsageError, Interrupted
 */
export async function confirmed(app: Pick<App, 'prompt' | 'out' | 'begun'>, plan: Plan): Promise<boolean> {
  const goesOn = await asked(app, plan);
  if (goesOn && plan.dryRun !== true) app.begun.change = true;
  return goesOn;
}

async function asked(app: Pick<App, 'prompt' | 'out'>, plan: Plan): Promise<boolean> {
  if (plan.effect === 'harmless' || plan.yes === true || plan.dryRun === true) return true;
  const { title, machines } = plan;
  const many = machines.length > 1;
  const where = many ? `${machines.length} machines (${named(machines)})` : (machines[0] ?? 'nothing');
  if (!app.prompt.possible) {
    throw new UsageError(
      `${title} on ${where} is ${plan.effect}, and nobody can be asked here. Nothing was done.`,
      'Add --yes to do it, or --dry-run to see what would be done.',
    );
  }
  const loss = plan.effect === 'destructive' ? ' What is not saved there is lost.' : '';
  if (await app.prompt.confirm(`${title} on ${where}?${loss}`, '--yes')) return true;
  nothingDone(app, machines);
  return false;
}

/** Says that the answer was no; that is a success. */
function nothingDone(app: Pick<App, 'out'>, machines: readonly string[]): void {
  app.out.line('Nothing done.');
  for (const machine of machines) app.out.result({ machine, ok: true, data: { message: 'nothing done' } });
}
