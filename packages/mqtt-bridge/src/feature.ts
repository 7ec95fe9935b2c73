/** What features of the bridge are made of: the same small interface for all, so that the bridge itself has none. */
import type { Book, BridgeSettings, Fleet, FleetChange, State } from '@amtkit/core/automation';
import type { Connection } from './connection.ts';
import type { Derived } from './derive.ts';
import type { Incoming, Message } from './message.ts';
import type { Permit } from './permit.ts';
import type { Topics } from './topics.ts';

/** One feature: a file in `plugins/`. */
export interface BridgeFeature {
  readonly name: string;
  /** Filters to subscribe. */
  readonly filters?: readonly string[];
  /** Before the first announcement, on a broker that may retain what an earlier run left. */
  prepare?(): Promise<void>;
  /** All it retains, as it is true now; sent at every connect. Taken lazily: each message is made when it is sent. */
  announce?(): Iterable<Message>;
  /** Retained topics of a machine, to be emptied when it is removed. */
  retainedTopics?(machine: string): Iterable<string>;
  changed?(change: FleetChange): void;
  /** `true`: it was for this feature. A `retained` command must not be obeyed. */
  received?(message: Incoming): boolean;
  /** No more is taken on; resolves when what runs has ended. */
  stop?(): Promise<void>;
}

/** What every feature may use. */
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
  readonly permit: Permit;
  /** The broker runs inside the bridge, and is empty when it starts. */
  readonly embedded: boolean;
  readonly brokerUrl: string;
  readonly startedAt: Date;
  readonly version: string;
  readonly patience: FeaturePatience;
  /** Announcements of all features but one. */
  others(feature: BridgeFeature): Iterable<Message>;
  /** Empties everything retained for a machine that is gone. */
  forget(machine: string): void;
  /** Names of all features. */
  featureNames(): readonly string[];
  readonly log: (line: string) => void;
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
