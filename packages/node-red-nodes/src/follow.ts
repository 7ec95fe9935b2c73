/** Nodes that tell what happens at machines by themselves: they follow the changes of a fleet for as long as they live. */
import type { Fleet, FleetChange } from '@amtkit/core/automation';
import { fleetNode } from './fleet/fleet-node.ts';
import { machineNode } from './machine/machine-node.ts';
import type { Red, RedNode } from './red.ts';

/** Which machines are followed: all of a fleet, or one; that a message would name is none in particular, so all are. */
export interface Followed {
  readonly fleet?: string | undefined;
  readonly machine?: string | undefined;
}

/** How long a fleet that cannot be opened is left alone. */
const AGAIN_MS = 30_000;

/**
 * Calls `changed` with every change of the machines, after `begun` with the fleet. What `changed` throws is logged and
 * ends nothing. A fleet whose book is wrong is tried again.
 */
export function follow(
  red: Red,
  node: RedNode,
  followed: Followed,
  changed: (change: FleetChange, fleet: Fleet) => void,
  begun: (fleet: Fleet) => void = () => {},
): void {
  const closed = new AbortController();
  const { signal } = closed;
  const over = keepOn();
  node.on('close', (_removed, done) => {
    closed.abort();
    void over.then(done);
  });

  async function keepOn(): Promise<void> {
    // Configuration nodes are made before, but those that were changed come up in the same turn.
    await Promise.resolve();
    for (let told = ''; !signal.aborted; ) {
      try {
        await once();
        told = '';
      } catch (error) {
        const { message } = error as Error;
        if (message !== told && !signal.aborted) node.warn(message);
        told = message;
      }
      await rest(AGAIN_MS, signal);
    }
  }

  async function once(): Promise<void> {
    const { fleet, only } = await opened(red, followed);
    if (signal.aborted) return;
    const changes = fleet.watch({ signal });
    begun(fleet);
    for await (const change of changes) {
      if (only !== undefined && change.machine !== only) continue;
      try {
        changed(change, fleet);
      } catch (error) {
        node.error(error as Error);
      }
    }
  }
}

async function opened(red: Red, { fleet: id, machine }: Followed): Promise<{ fleet: Fleet; only: string | undefined }> {
  if (machine === undefined) return { fleet: (await fleetNode(red, id).seat.open()).fleet, only: undefined };
  const node = machineNode(red, machine);
  if (node.perMessage) return { fleet: (await node.seat().open()).fleet, only: undefined };
  const reached = await node.reach({});
  return { fleet: reached.fleet, only: reached.machine };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
