/**
 * Whether the firmware of a machine answers, and why not. Says nothing about the PC being on: one that is off stays
 * available, since its power switch must work.
 */
import type { FleetMachine } from '@amtkit/core/automation';
import type { BridgeContext, BridgeFeature } from '../feature.ts';
import type { Message } from '../message.ts';
import { OFFLINE, ONLINE } from '../topics.ts';

/** Publishes `online`/`offline`, and the reasons as JSON. */
export function availabilityFeature({ topics, fleet, connection, patience, log }: BridgeContext): BridgeFeature {
  /** Round trips as they were last told. */
  const told = new Map<string, number>();

  function* messagesOf(machine: FleetMachine): Iterable<Message> {
    const { name, reachability } = machine;
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

  const timer = setInterval(() => {
    for (const machine of fleet.machines.values()) {
      const { name, roundTripMs } = machine;
      if (roundTripMs !== undefined && differs(told.get(name), roundTripMs)) connection.publish(healthOf(machine));
    }
  }, patience.healthMs);
  timer.unref();

  return {
    name: 'availability',
    *announce() {
      for (const machine of fleet.machines.values()) yield* messagesOf(machine);
    },
    *retainedTopics(machine) {
      yield topics.availability(machine);
      yield topics.health(machine);
    },
    changed(change) {
      if (change.type === 'removed') told.delete(change.machine);
      if (change.type !== 'reachability' && change.type !== 'added') return;
      if (change.type === 'reachability' && change.error !== undefined) {
        log(
          `${change.machine}: ${change.error.message}${change.error.hint === undefined ? '' : ` ${change.error.hint}`}`,
        );
      }
      const machine = fleet.machines.get(change.machine);
      if (machine !== undefined) for (const message of messagesOf(machine)) connection.publish(message);
    },
    async stop() {
      clearInterval(timer);
    },
  };
}

/** Noise is not news. */
function differs(before: number | undefined, now: number): boolean {
  return before === undefined || Math.abs(now - before) > Math.max(10, before / 2);
}
