/** The configuration node of a fleet, as the other nodes see it. */
import { InvalidFlow } from '../problems.ts';
import type { Red, RedNode } from '../red.ts';
import type { Ending, Seat } from './pool.ts';

/** The type of the node in flows. */
export const FLEET = 'amt-fleet';

/** A fleet that is shared by all nodes that name it. */
export interface FleetNode extends RedNode {
  readonly seat: Seat;
  /** Why a node that is closed now ends. */
  endingOf(removed: boolean): Ending;
}

/** The fleet that a node's configuration names. @throws InvalidFlow where there is none */
export function fleetNode(red: Red, id: string | undefined): FleetNode {
  const node = id === undefined || id === '' ? undefined : red.nodes.getNode(id);
  if (node === undefined || node === null || node.type !== FLEET) {
    throw new InvalidFlow('No fleet is chosen.', { hint: 'Open the node and choose an amt-fleet, or add one.' });
  }
  return node as FleetNode;
}
