/** Runs an action or changes a setting for a flow, and says what came of it. */
import type { ActionResult } from '@amtkit/core/automation';
import { shown } from './message.ts';
import { InvalidFlow } from './problems.ts';
import type { Task } from './worker.ts';

/** Who asks, for logs and plugins. */
export const BY = 'node-red';

/** What a message carries in `msg.amt` behind a command. */
export type Outcome = Pick<ActionResult, 'machine' | 'id' | 'transaction' | 'message' | 'ms' | 'data'>;

/**
 * Runs it. `msg.transaction` names the command: when it comes again, the same node answers from memory.
 * @throws AmtError, TypeError
 */
export async function runOn(
  { fleet, machine, msg, node, signal }: Pick<Task, 'fleet' | 'machine' | 'msg' | 'node' | 'signal'>,
  id: string,
  input?: unknown,
  options: { readonly wait?: boolean } = {},
): Promise<Outcome> {
  const { transaction } = msg;
  if (transaction !== undefined && (typeof transaction !== 'string' || transaction === '')) {
    throw new InvalidFlow(`msg.transaction takes text, not ${shown(transaction)}.`);
  }
  const how = { by: BY, signal, ...options };
  if (transaction === undefined) return await fleet.run(machine, id, input, how);
  // One message may pass several nodes, and each of them has a command of its own for it.
  const result = await fleet.run(machine, id, input, { ...how, transaction: `${node} ${transaction}` });
  return { ...result, transaction };
}
