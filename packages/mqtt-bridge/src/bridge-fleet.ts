/** The fleet of a bridge over a book, and its share of the machines. */
import {
  type Audit,
  type Book,
  type BridgeSettings,
  createFleet,
  type Fleet,
  type FleetOptions,
  type Log,
  loadPlugins,
  type State,
} from '@amtkit/core/automation';
import { alertSettingsOf } from './alerts.ts';
import type { MqttDesk } from './connection/desk.ts';
import type { ConnectionPatience } from './connection/patience.ts';
import type { FeaturePatience } from './context.ts';
import type { Metrics } from './operations/metrics.ts';
import type { Permit } from './permit.ts';
import type { SharingOptions } from './sharing/options.ts';
import { defaultSharingPatience, type SharingPatience } from './sharing/patience.ts';
import type { Share } from './sharing/share.ts';
import { Sharing } from './sharing/sharing.ts';

/** Options of a fleet that whoever starts a bridge may give. */
export type BridgeFleetOptions = Pick<FleetOptions, 'dial' | 'patience' | 'timeoutMs' | 'strictTls' | 'poll'>;

/** How patient a bridge is. */
export type BridgePatience = Partial<FeaturePatience & ConnectionPatience & SharingPatience>;

/** Where machines come from. */
export interface FleetSource {
  readonly book?: Book;
  readonly state?: State;
  /** One that was handed in has no book to share. */
  readonly fleet?: Fleet;
  readonly fleetOptions?: BridgeFleetOptions;
  readonly patience?: BridgePatience;
}

/** What stands around the fleet. */
interface Around {
  readonly permit: Permit;
  readonly audit: Audit | undefined;
  readonly metrics: Metrics | undefined;
  readonly desk: MqttDesk;
  readonly share: Share | undefined;
  readonly log: Log;
}

/** Makes the fleet. It has those machines that are this bridge's. */
export async function fleetOf(
  { book, state, fleetOptions }: FleetSource,
  settings: BridgeSettings,
  { permit, audit, metrics, desk, share, log }: Around,
): Promise<Fleet> {
  if (book === undefined) throw new TypeError('A bridge needs a book or a fleet.');
  const alerts = await alertSettingsOf(settings);
  return await createFleet({
    book,
    ...(state === undefined ? {} : { state }),
    only: (machine) => share?.wants(machine) !== false,
    guards: [permit.guard],
    plugins: await loadPlugins(book),
    surface: 'bridge',
    mqtt: (plugin) => desk.mqttFor(plugin),
    switchOff: settings.switchOff,
    ...(alerts === undefined ? {} : { alerts }),
    ...(audit === undefined ? {} : { audit }),
    ...(metrics === undefined ? {} : { meter: metrics.meter }),
    log,
    ...fleetOptions,
    patience: { pollMs: settings.pollSeconds * 1000, ...fleetOptions?.patience },
  });
}

/** The sharing of a bridge with others; undefined where the fleet was handed in. */
export function sharingOf(
  { book, fleet, patience }: FleetSource,
  { id }: BridgeSettings,
  around: Pick<SharingOptions, 'topics' | 'connection' | 'startedAt' | 'log'>,
): Sharing | undefined {
  if (book === undefined || fleet !== undefined) return undefined;
  return new Sharing({ ...around, id, book, patience: { ...defaultSharingPatience, ...patience } });
}
