/** The end of a bridge whose machines others take: it is online until they are taken, so that nothing seems to be gone. */
import type { BridgeSettings, Fleet } from '@amtkit/core/automation';
import type { Connection } from '../connection/connection.ts';
import { deviceTopic } from '../homeassistant/discovery.ts';
import type { Topics } from '../topics.ts';

/** Machines, and of each the retained message that names its owner, where there is one. */
export type Proofs = ReadonlyMap<string, string | undefined>;

/** Machines that answer, and their device messages. Those that do not answer are unavailable whoever has them. */
export function proofsOf(fleet: Fleet, { homeassistant: { enabled, prefix } }: BridgeSettings): Proofs {
  const proofs = new Map<string, string | undefined>();
  for (const { name, reachability, firmware } of fleet.machines.values()) {
    if (reachability !== 'online') continue;
    const uuid = firmware?.uuid;
    proofs.set(name, enabled && uuid !== undefined ? deviceTopic(prefix, uuid) : undefined);
  }
  return proofs;
}

/** How many messages are read together. */
const AT_ONCE = 200;

/** Resolves when other bridges have taken these machines, or the time is over, or the broker is gone. */
export async function untilTaken(
  proofs: Proofs,
  {
    connection,
    topics,
    withinMs,
    isHeld,
  }: {
    readonly connection: Pick<Connection, 'connected' | 'retained'>;
    readonly topics: Topics;
    readonly withinMs: number;
    /** Machines that nobody can take now. */
    readonly isHeld: (machine: string) => boolean;
  },
): Promise<void> {
  let left = new Map(proofs);
  const deadline = performance.now() + withinMs;
  while (left.size > 0 && connection.connected && performance.now() < deadline) {
    const some = [...left].slice(0, AT_ONCE);
    const found = await connection.retained([
      ...some.flatMap(([, topic]) => topic ?? []),
      topics.ofBridge('+', 'info'),
    ]);
    const infos = [...found].filter(
      ([topic]) => topics.bridgeIn(topic)?.path === 'info' && topic !== topics.bridgeInfo,
    );
    const reached = new Set(infos.flatMap(([, info]) => reachedIn(info)));
    for (const [machine, topic] of some) {
      left.delete(machine);
      const isTaken =
        topic === undefined ? reached.has(machine) : found.get(topic)?.includes(topics.bridgeState) === false;
      // Those that are left come after those that were not looked at yet.
      if (!isTaken) left.set(machine, topic);
    }
    left = new Map([...left].filter(([machine]) => !isHeld(machine)));
  }
}

/** Machines that a bridge has and has reached, by its info. */
function reachedIn(info: string): string[] {
  try {
    const { machines } = JSON.parse(info) as { machines?: { owned?: unknown; waiting?: unknown } };
    const waiting = new Set(Array.isArray(machines?.waiting) ? machines.waiting : []);
    return (Array.isArray(machines?.owned) ? machines.owned : []).filter((name) => !waiting.has(name));
  } catch {
    return [];
  }
}
