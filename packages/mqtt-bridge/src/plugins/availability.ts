/**
 * Whether the firmware of a machine answers, and why not. Says nothing about the PC being on: one that is off stays
 * available, since its power switch must work.
 */
import { definePlugin, type FleetMachine, type Plugin } from '@amtkit/core/automation';
import type { Message } from '../connection/message.ts';
import type { BridgeContext } from '../context.ts';
import { OFFLINE, ONLINE } from '../topics.ts';

/** Publishes `online`/`offline`, and the reasons as JSON. */
export function availabilityPlugin({ topics, fleet, connection, share, patience, log }: BridgeContext): Plugin {
  /** Round trips as they were last told. */
  const told = new Map<string, number>();

  function* messagesOf(machine: FleetMachine): Iterable<Message> {
    const { name, reachability, error } = machine;
    // Until we know better, what another bridge has said of it holds.
    if (reachability === 'unknown' && error === undefined && (share?.others.length ?? 0) > 0) return;
    yield { topic: topics.availability(name), payload: reachability === 'online' ? ONLINE : OFFLINE, retain: true };
    yield healthOf(machine);
  }

  function healthOf({ name, reachability, error, roundTripMs }: FleetMachine): Message {
    if (roundTripMs !== undefined) told.set(name, roundTripMs);
    const health = {
      reachability,
      // Silence may end by itself; everything else needs somebody who looks after it.
      problem: error !== undefined && error.code !== 'CONNECT_FAILED' && error.code !== 'TIMED_OUT',
      code: error?.code,
      message: error?.message,
      hint: error?.hint,
      roundTripMs: roundTripMs === undefined ? undefined : Math.round(roundTripMs),
    };
    return { topic: topics.health(name), payload: JSON.stringify(health), retain: true };
  }

  function tell(name: string): void {
    const machine = fleet.machines.get(name);
    if (machine !== undefined) for (const message of messagesOf(machine)) connection.publish(message);
  }

  function tellRoundTrips(): void {
    for (const machine of fleet.machines.values()) {
      const { name, roundTripMs } = machine;
      if (roundTripMs !== undefined && differs(told.get(name), roundTripMs)) connection.publish(healthOf(machine));
    }
  }

  return definePlugin({
    name: 'availability',
    setup({ mqtt }) {
      mqtt?.announce(function* () {
        for (const machine of fleet.machines.values()) yield* messagesOf(machine);
      });
      mqtt?.retains((machine) => [topics.availability(machine), topics.health(machine)]);
      const timer = setInterval(tellRoundTrips, patience.healthMs);
      timer.unref();
      return () => clearInterval(timer);
    },
    machineAdded: ({ machine }) => tell(machine),
    reachabilityChanged({ machine, error }) {
      if (error !== undefined) {
        const { message, hint, code } = error;
        log.warn(`${machine}: ${message}${hint === undefined ? '' : ` ${hint}`}`, { machine, code });
      }
      tell(machine);
    },
    machineRemoved: ({ machine }) => void told.delete(machine),
  });
}

/** Noise is not news. */
function differs(before: number | undefined, now: number): boolean {
  return before === undefined || Math.abs(now - before) > Math.max(10, before / 2);
}
