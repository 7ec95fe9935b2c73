/** A plugin that hears everything. */
import { definePlugin, type HookName, type Plugin } from '../plugin.ts';

/** A plugin that takes down in which order its hooks were called, and with what. */
export function witness(name = 'witness', more: Partial<Plugin> = {}) {
  const told: [hook: string, event: Record<string, unknown>][] = [];
  const hook = (hook: HookName) => (event: unknown) => void told.push([hook, event as Record<string, unknown>]);
  const plugin = definePlugin<unknown>({
    name,
    machineAdded: hook('machineAdded'),
    discovered: hook('discovered'),
    reachabilityChanged: hook('reachabilityChanged'),
    valueChanged: hook('valueChanged'),
    beforeAction: hook('beforeAction'),
    afterAction: hook('afterAction'),
    actionFailed: hook('actionFailed'),
    reimageStage: hook('reimageStage'),
    alert: hook('alert'),
    changed: hook('changed'),
    machineRemoved: hook('machineRemoved'),
    ...more,
  });
  return { plugin, told, hooks: () => told.map(([hook]) => hook) };
}
