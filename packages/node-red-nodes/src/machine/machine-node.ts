/** The configuration node of a machine, as the other nodes see it. */
import type { Fleet } from '@amtkit/core/automation';
import type { Seat } from '../fleet/pool.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';

/** The type of the node in flows. */
export const MACHINE = 'amt-machine';

/** A machine that work is for. */
export interface Reached {
  readonly fleet: Fleet;
  readonly seat: Seat;
  /** Its name in the fleet. */
  readonly machine: string;
}

/** One machine: of the book, with an address and credentials of its own, or the one that a message names. */
export interface MachineNode extends RedNode {
  /** Which machine it is, each message says. */
  readonly perMessage: boolean;
  /** The fleet it is in. @throws InvalidFlow */
  seat(): Seat;
  /** What it is called, of all that a message may name. @throws InvalidFlow */
  labelFor(msg: Message): string;
  /** @throws InvalidFlow, UnknownMachine, InvalidBook */
  reach(msg: Message): Promise<Reached>;
}

/** The machine that a node's configuration names. @throws InvalidFlow where there is none */
export function machineNode(red: Red, id: string | undefined): MachineNode {
  const node = id === undefined || id === '' ? undefined : red.nodes.getNode(id);
  if (node === undefined || node === null || node.type !== MACHINE) {
    throw new InvalidFlow('No machine is chosen.', { hint: 'Open the node and choose an amt-machine, or add one.' });
  }
  return node as MachineNode;
}
