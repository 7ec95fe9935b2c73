/** What plugins are shown of an action before it is done, and how their answer is read. */
import type { ActionRequest } from '../commands.ts';

/** What plugins are shown cannot be changed by them, but by what they return. */
export function frozen(request: ActionRequest): ActionRequest {
  const { input } = request;
  const shown = typeof input === 'object' && input !== null && !(input instanceof Date) ? { ...input } : input;
  return Object.freeze({ ...request, input: Array.isArray(input) ? [...input] : Object.freeze(shown) });
}

/** The reason of a no; undefined when it is none. */
export function vetoOf(verdict: object): string | undefined {
  if (typeof verdict !== 'object' || !('veto' in verdict)) return undefined;
  const { veto } = verdict;
  if (veto === undefined || veto === null || veto === false) return undefined;
  const reason = veto instanceof Error ? veto.message : String(veto);
  return reason === '' || veto === true ? 'it gave no reason' : reason;
}
