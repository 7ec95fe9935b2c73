/** The plugins of a fleet, as those see them who run it. */
import type { DiscoveredMachine } from '../../discovery/discovered-machine.ts';
import type { FleetChange, FleetMachine } from '../changes.ts';
import type { MqttMessage, Plugin, ReceivedMessage } from '../plugin.ts';

/** A plugin that is to run, and how. */
export interface PluginUse {
  readonly plugin: Plugin;
  /** As the book has them; held against the plugin's schema. */
  readonly options?: unknown;
  /** Names and `@tags` of the machines it is for. @default all */
  readonly machines?: readonly string[] | undefined;
  /** What the book calls it by. */
  readonly use?: string | undefined;
  /** Of its package. */
  readonly version?: string | undefined;
  /** Where its options stand in the book. */
  readonly place?: { readonly file?: string | undefined; readonly key?: string | undefined } | undefined;
  readonly isolation?: 'inline' | 'worker' | undefined;
  /** The thread it runs in. */
  readonly worker?: PluginWorker | undefined;
}

/** The thread of a plugin, for its host. */
export interface PluginWorker {
  /** A change of the fleet, so that the thread's copy of it stays true. */
  follow(change: FleetChange, machine: FleetMachine | undefined): void;
  /** It ended so often that it was not started again. */
  readonly isGivenUp: boolean;
  end(): Promise<void>;
}

/** The plugins of a fleet, for whoever runs it. */
export interface Plugins {
  /** Sets up one more; it cannot add capabilities any more. Returns what stops it. @throws InvalidBook for wrong options */
  add(use: PluginUse): Promise<() => Promise<void>>;
  /** A scan found a machine. */
  discovered(found: DiscoveredMachine): void;
  /** What becomes of a message on its way to the broker; `null`: it is kept back. */
  publishing(message: MqttMessage): MqttMessage | null;
  /** Whether a message from the broker was dealt with. */
  received(message: ReceivedMessage): boolean;
  statuses(): readonly PluginStatus[];
}

/** How a plugin does. */
export interface PluginStatus {
  readonly name: string;
  /** Of its package, where it came from one. */
  readonly version?: string | undefined;
  /** What the book calls it by. */
  readonly use?: string | undefined;
  readonly isolation: 'inline' | 'worker';
  /** `failed`: its setup did not succeed, or its thread ended too often; none of its hooks is called. */
  readonly state: 'running' | 'failed';
  /** How many calls of hooks have thrown or taken too long. */
  readonly failures: number;
  readonly lastError?: string | undefined;
}
