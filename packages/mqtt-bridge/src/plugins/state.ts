/** Readings and settings on their topics: retained, one value each. */
import { definePlugin, type Plugin } from '@amtkit/core/automation';
import type { BridgeContext } from '../context.ts';
import { payloadOf } from '../payload.ts';

/** Publishes values as they change. */
export function statePlugin({ topics, fleet, table, byId, connection }: BridgeContext): Plugin {
  const published = table.filter((derived) => derived.published);
  return definePlugin({
    name: 'state',
    setup({ mqtt }) {
      mqtt?.announce(function* () {
        for (const { name, values } of fleet.machines.values()) {
          for (const { capability, path } of published) {
            const value = values.get(capability.id);
            if (value !== undefined) yield { topic: topics.value(name, path), payload: payloadOf(value), retain: true };
          }
        }
      });
      mqtt?.retains(function* (machine) {
        for (const { path } of published) yield topics.value(machine, path);
      });
    },
    valueChanged({ machine, id, value, previous }) {
      if (value === undefined && previous === undefined) return;
      const derived = byId.get(id);
      if (derived?.published !== true) return;
      connection.publish({ topic: topics.value(machine, derived.path), payload: payloadOf(value), retain: true });
    },
  });
}
