/** Readings and settings on their topics: retained, one value each. */
import type { BridgeContext, BridgeFeature } from '../feature.ts';
import { payloadOf } from '../payload.ts';

/** Publishes values as they change. */
export function stateFeature({ topics, fleet, table, byId, connection }: BridgeContext): BridgeFeature {
  const published = table.filter((derived) => derived.published);
  return {
    name: 'state',
    *announce() {
      for (const { name, values } of fleet.machines.values()) {
        for (const { capability, path } of published) {
          const value = values.get(capability.id);
          if (value !== undefined) yield { topic: topics.value(name, path), payload: payloadOf(value), retain: true };
        }
      }
    },
    *retainedTopics(machine) {
      for (const { path } of published) yield topics.value(machine, path);
    },
    changed(change) {
      if (change.type !== 'value' || (change.value === undefined && change.previous === undefined)) return;
      const derived = byId.get(change.id);
      if (derived?.published !== true) return;
      const topic = topics.value(change.machine, derived.path);
      connection.publish({ topic, payload: payloadOf(change.value), retain: true });
    },
  };
}
