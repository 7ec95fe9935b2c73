/** What the built-in plugins of the bridge share: each file in `plugins/` makes one of it. */
import type { Audit, Book, BridgeSettings, Fleet, Log, PluginStatus, State } from '@amtkit/core/automation';
import type { Connection } from './connection/connection.ts';
import type { Message } from './connection/message.ts';
import type { Derived } from './derive.ts';
import type { News } from './news.ts';
import type { LogLevels } from './operations/log-level.ts';
import type { Reload } from './operations/reload.ts';
import type { Permit } from './permit.ts';
import type { Share } from './sharing/share.ts';
import type { Topics } from './topics.ts';

/** What they may use beside what every plugin is given. */
export interface BridgeContext {
  readonly topics: Topics;
  readonly settings: BridgeSettings;
  readonly fleet: Fleet;
  /** Absent where the fleet was handed in without one. */
  readonly book?: Book | undefined;
  readonly state?: State | undefined;
  /** The capability table with its topics and entities. */
  readonly table: readonly Derived[];
  readonly byId: ReadonlyMap<string, Derived>;
  readonly connection: Connection;
  /** Which machines are ours and which another bridge's. Absent where all are ours. */
  readonly share?: Share | undefined;
  readonly permit: Permit;
  readonly audit?: Audit | undefined;
  /** The broker runs inside the bridge, and is empty when it starts. */
  readonly embedded: boolean;
  /** The fleet tells what happens at machines: a changed last entry of their logs is no news beside that. */
  readonly alerts: boolean;
  /** Whether somebody subscribes to a topic; undefined where the broker does not tell. */
  heard(topic: string): boolean | undefined;
  readonly brokerUrl: string;
  readonly startedAt: Date;
  readonly version: string;
  readonly patience: FeaturePatience;
  /** Announcements of all plugins but one. */
  others(plugin: string): Iterable<Message>;
  /** Whether a machine is ours or another bridge's. */
  knows(machine: string): boolean;
  /** Empties everything retained for a machine that is gone. */
  forget(machine: string): void;
  /** All plugins, built in or of the book. */
  plugins(): readonly PluginStatus[];
  readonly reload: Reload;
  /** Told when the bridge says something else of itself. */
  readonly news: News;
  readonly logLevels: LogLevels;
  readonly log: Log;
}

/** How patient features are; milliseconds. */
export interface FeaturePatience {
  /** How long commands may still run when the bridge stops. @default 5_000 */
  readonly stopMs: number;
  /** Between looks at round trips and at the bridge itself. @default 300_000 */
  readonly healthMs: number;
  /** After a live command, before looking whether the broker retained it. @default 1_000 */
  readonly probeMs: number;
  /** Home Assistant has started: the shortest and the longest wait before everything is told again. @default 1_000 */
  readonly birthMs: number;
  /** @default 5_000 */
  readonly birthSpreadMs: number;
  /** From devices to states, for Home Assistant to make entities. @default 2_000 */
  readonly settleMs: number;
  /** Between two times of telling everything again. @default 15_000 */
  readonly birthPauseMs: number;
  /** How long a device message waits for what the machine has not told yet. @default 10_000 */
  readonly incompleteMs: number;
}

/** What the product promises. */
export const defaultFeaturePatience: FeaturePatience = {
  stopMs: 5000,
  healthMs: 300_000,
  probeMs: 1000,
  birthMs: 1000,
  birthSpreadMs: 4000,
  settleMs: 2000,
  birthPauseMs: 15_000,
  incompleteMs: 10_000,
};
