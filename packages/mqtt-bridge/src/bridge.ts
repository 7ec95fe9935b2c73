/** A broker and a fleet, and between them plugins. The bridge itself does nothing. */
import { randomBytes } from 'node:crypto';
import {
  type Book,
  type BridgeSettings,
  type Fleet,
  type LogSink,
  logOf,
  openAudit,
  type State,
} from '@amtkit/core/automation';
import { type BridgeFleetOptions, type BridgePatience, fleetOf, sharingOf } from './bridge-fleet.ts';
import { startBroker } from './broker/broker.ts';
import { brokerPlan, risksOf, secretsOf, settingsOf } from './config.ts';
import { createConnection } from './connection/connection.ts';
import { createMqttDesk } from './connection/desk.ts';
import { withPlugins } from './connection/publishing.ts';
import { createNews } from './news.ts';
import { createLogLevels } from './operations/log-level.ts';
import { createMetrics } from './operations/metrics.ts';
import { createReload } from './operations/reload.ts';
import { createPermit, type Permit } from './permit.ts';
import { type Bridge, RunningBridge } from './running-bridge.ts';
import { OFFLINE, topicsOf } from './topics.ts';

/** How a bridge is made: over a book, or over a fleet that is there already. */
export interface BridgeOptions {
  /** Machines, settings, and secrets. */
  readonly book?: Book;
  /** Learned facts of machines. */
  readonly state?: State;
  /** In place of one made from the book, and not shared with other bridges. It is left open at the end. */
  readonly fleet?: Fleet;
  /** Of a fleet that was made with its guard. @default one after the settings, which guards only a fleet made here */
  readonly permit?: Permit;
  /** URL of a broker, in place of the one in the settings. */
  readonly broker?: string;
  /** In place of what the book says. */
  readonly settings?: Partial<BridgeSettings>;
  /** In place of single settings of alerts. */
  readonly alerts?: Partial<BridgeSettings['alerts']>;
  /** For a fleet made here. */
  readonly fleetOptions?: BridgeFleetOptions;
  readonly patience?: BridgePatience;
  /** What it says of itself, at the level of the settings. @default silent */
  readonly log?: LogSink;
}

/**
 * Starts a bridge. It does not wait for an external broker: that is looked for until it is there.
 * @throws InvalidBook when the embedded broker cannot start, or a secret is missing
 */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { book, state, patience = {} } = options;
  const settings = settingsOf(book, options.settings, options.alerts);
  const logLevels = createLogLevels(logOf(options.log), settings.log.level);
  const { log } = logLevels;
  const plan = await brokerPlan(settings, book, options.broker);
  logLevels.hide(secretsOf(plan));
  for (const risk of risksOf(plan)) log.warn(risk);
  const topics = topicsOf(settings.topic, settings.id);
  let fleet: Fleet | undefined;
  const tagsOf = (machine: string): readonly string[] | undefined =>
    fleet?.machines.get(machine)?.tags ?? book?.machines.get(machine)?.tags;
  const embedded =
    plan.kind === 'embedded' ? await startBroker({ ...plan.options, base: topics.base, tagsOf, log }) : undefined;
  if (embedded?.webSocketUrl !== undefined) log(`MQTT over WebSocket is at ${embedded.webSocketUrl}.`);
  const ends: AsyncDisposable[] = [];
  try {
    const access = plan.kind === 'external' ? plan.access : embedded;
    if (access === undefined) throw new TypeError('There is no broker.');
    const raw = createConnection({
      broker: access,
      clientId: `amtkit-${settings.id}-${randomBytes(4).toString('hex')}`,
      will: { topic: topics.bridgeState, payload: OFFLINE, retain: true },
      log,
      patience,
    });
    const startedAt = new Date();
    const sharing = sharingOf(options, settings, { topics, connection: raw, startedAt, log });
    if (sharing !== undefined) ends.push({ [Symbol.asyncDispose]: async () => sharing.stop() });
    const connection = withPlugins(raw, topics.base, () => fleet?.plugins, log);
    const desk = createMqttDesk(topics.base, connection);
    const permit = options.permit ?? createPermit(settings.permit);
    const audit = settings.audit === undefined ? undefined : openAudit({ ...settings.audit, log });
    const metrics = settings.http === undefined ? undefined : createMetrics();
    fleet =
      options.fleet ?? (await fleetOf(options, settings, { permit, audit, metrics, desk, share: sharing?.share, log }));
    if (options.fleet === undefined) ends.unshift(fleet);
    const parts = { book, state, settings, topics, permit, fleet, embedded, access, patience, ends, audit, metrics };
    const news = createNews();
    const reload = createReload({ ...parts, instead: options.settings, alerts: options.alerts, logLevels, news, log });
    const more = { sharing, startedAt, connection, desk, logLevels, news, reload, log };
    const bridge = new RunningBridge({ ...parts, ...more });
    await bridge.start();
    return bridge;
  } catch (error) {
    for (const each of ends) await each[Symbol.asyncDispose]();
    await embedded?.close();
    throw error;
  }
}
