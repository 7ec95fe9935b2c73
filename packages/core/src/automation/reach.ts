/** The way to a machine, for work that outlives a connection. */
import type { Machine } from '../machine/machine.ts';

/** A machine, or a function that gives one: asked before each piece of work, so that it may connect again. */
export type MachineSource<M = Machine> = M | ((signal?: AbortSignal) => Promise<M>);

/** The function behind a source. */
export function reacher<M extends object>(source: MachineSource<M>): (signal?: AbortSignal) => Promise<M> {
  return typeof source === 'function'
    ? (source as (signal?: AbortSignal) => Promise<M>)
    : () => Promise.resolve(source as M);
}
