/** A broker and a fleet, and between them plugins. The bridge itself does nothing. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Audit,
  type Book,
  type BridgeSettings,
  createFleet,
  type Fleet,
  type FleetChange,
  type FleetOptions,
  type Log,
  type LogSink,
  loadPlugins,
  logOf,
  openAudit,
  PluginHost,
  type State,
} from '@amtkit/core/automation';
import { alertSettingsOf } from './alerts.ts';
import { type EmbeddedBroker, startBroker } from './broker.ts';
import type { BrokerAccess } from './client.ts';
import { brokerPlan, secretsOf, settingsOf } from './config.ts';
import { type Connection, type ConnectionPatience, createConnection } from './connection.ts';
import { derive } from './derive.ts';
import { createMqttDesk, type MqttDesk } from './desk.ts';
import { type BridgeContext, defaultFeaturePatience, type FeaturePatience } from './feature.ts';
import { type HealthServer, serveHealth } from './health.ts';
import { createLogLevels, type LogLevels } from './log-level.ts';
import type { Incoming, Message } from './message.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createNews, type News } from './news.ts';
import { createPermit, type Permit } from './permit.ts';
import { availabilityPlugin } from './plugins/availability.ts';
import { commandsPlugin } from './plugins/commands.ts';
import { eventsPlugin } from './plugins/events.ts';
import { homeAssistantPlugin } from './plugins/homeassistant.ts';
import { infoPlugin } from './plugins/info.ts';
import { requestsPlugin } from './plugins/requests.ts';
import { screenPlugin } from './plugins/screen.ts';
import { statePlugin } from './plugins/state.ts';
import { withPlugins } from './publishing.ts';
import { createReload, type Reload, type Reloaded } from './reload.ts';
import { createRetention, type Retention } from './retention.ts';
import { isCommandTopic, OFFLINE, ONLINE, type Topics, topicsOf } from './topics.ts';

/** How a bridge is made: over a book, or over a fleet that is there already. */
export interface BridgeOptions {
  /** Machines, settings, and secrets. */
  readonly book?: Book;
  /** Learned facts of machines. */
  readonly state?: State;
  /** In place of one made from the book. It is left open at the end. */
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
  readonly fleetOptions?: Pick<FleetOptions, 'dial' | 'patience' | 'timeoutMs' | 'strictTls' | 'poll'>;
  readonly patience?: Partial<FeaturePatience & ConnectionPatience>;
  /** What it says of itself, at the level of the settings. @default silent */
  readonly log?: LogSink;
}

/** A bridge that runs. */
export interface Bridge extends AsyncDisposable {
  /** Where MQTT clients find the broker. */
  readonly brokerUrl: string;
  readonly connected: boolean;
  /** Everything was announced for the first time. Waits for ever while there is no broker. */
  readonly ready: Promise<void>;
  readonly fleet: Fleet;
  /** Where `/healthz`, `/readyz` and `/metrics` are, if the settings want them. */
  readonly healthUrl: string | undefined;
  /**
   * Reads the book again and takes over what can change while the bridge runs; says what cannot.
   * @throws InvalidBook, and everything stays as it was
   */
  reload(): Promise<Reloaded>;
  /** Says `offline`, ends what runs, and leaves the broker. */
  close(): Promise<void>;
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
  const topics = topicsOf(settings.topic, settings.id);
  let fleet: Fleet | undefined;
  const tagsOf = (machine: string): readonly string[] | undefined => fleet?.machines.get(machine)?.tags;
  const embedded =
    plan.kind === 'embedded' ? await startBroker({ ...plan.options, base: topics.base, tagsOf, log }) : undefined;
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
    const connection = withPlugins(raw, topics.base, () => fleet?.plugins, log);
    const desk = createMqttDesk(topics.base, connection);
    const permit = options.permit ?? createPermit(settings.permit);
    const audit = settings.audit === undefined ? undefined : openAudit({ ...settings.audit, log });
    const metrics = settings.http === undefined ? undefined : createMetrics();
    fleet = options.fleet ?? (await fleetOf(options, settings, { permit, audit, metrics, desk, log }));
    if (options.fleet === undefined) ends.unshift(fleet);
    const parts = { book, state, settings, topics, permit, fleet, embedded, access, patience, ends, audit, metrics };
    const news = createNews();
    const reload = createReload({ ...parts, instead: options.settings, alerts: options.alerts, logLevels, news, log });
    const bridge = new RunningBridge({ ...parts, connection, desk, logLevels, news, reload, log });
    await bridge.start();
    return bridge;
  } catch (error) {
    for (const each of ends) await each[Symbol.asyncDispose]();
    await embedded?.close();
    throw error;
  }
}

async function fleetOf(
  { book, state, fleetOptions }: BridgeOptions,
  settings: BridgeSettings,
  { permit, audit, metrics, desk, log }: Pick<Parts, 'permit' | 'audit' | 'metrics' | 'desk' | 'log'>,
): Promise<Fleet> {
  if (book === undefined) throw new TypeError('A bridge needs a book or a fleet.');
  const alerts = await alertSettingsOf(settings);
  return await createFleet({
    book,
    ...(state === undefined ? {} : { state }),
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

/** What a bridge runs on. */
interface Parts {
  readonly book: Book | undefined;
  readonly state: State | undefined;
  readonly settings: BridgeSettings;
  readonly topics: Topics;
  readonly permit: Permit;
  readonly audit: Audit | undefined;
  readonly metrics: Metrics | undefined;
  readonly fleet: Fleet;
  readonly embedded: EmbeddedBroker | undefined;
  readonly access: BrokerAccess;
  readonly connection: Connection;
  readonly desk: MqttDesk;
  readonly patience: Partial<FeaturePatience & ConnectionPatience>;
  /** What ends with the bridge. */
  readonly ends: readonly AsyncDisposable[];
  readonly logLevels: LogLevels;
  readonly news: News;
  readonly reload: Reload;
  readonly log: Log;
}

/** In the order of announcement: devices, states, availability, then the rest. */
const builtIn = [
  homeAssistantPlugin,
  statePlugin,
  availabilityPlugin,
  eventsPlugin,
  screenPlugin,
  infoPlugin,
  commandsPlugin,
  requestsPlugin,
] as const;

class RunningBridge implements Bridge {
  readonly fleet: Fleet;
  readonly ready: Promise<void>;
  readonly #parts: Parts;
  /** The bridge's own plugins; those of the book are the fleet's. */
  readonly #plugins: PluginHost;
  readonly #retention: Retention;
  readonly #watching = new AbortController();
  #watch: Promise<unknown> = Promise.resolve();
  #tellReady: () => void = () => {};
  #prepared: boolean;
  #announced = false;
  #health: HealthServer | undefined;
  #arrivals = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { fleet, topics, embedded, connection, desk, patience, log } = parts;
    this.#parts = parts;
    this.fleet = fleet;
    this.ready = new Promise((resolve) => {
      this.#tellReady = resolve;
    });
    this.#prepared = embedded !== undefined;
    this.#plugins = new PluginHost({ surface: 'bridge', mqtt: (plugin) => desk.mqttFor(plugin, 'own'), log });
    this.#plugins.attach(fleet);
    const { probeMs = defaultFeaturePatience.probeMs } = patience;
    this.#retention = createRetention({
      connection,
      filters: [...topics.commandFilters, topics.requestFilter],
      probeMs: embedded === undefined ? probeMs : undefined,
      log,
    });
  }

  /** Sets the plugins up, and opens the connection. */
  async start(): Promise<void> {
    const { fleet, settings, connection, desk } = this.#parts;
    const changes = fleet.watch({ signal: this.#watching.signal });
    const context = this.#context();
    await this.#serveHealth(context);
    for (const plugin of builtIn) {
      if (plugin === homeAssistantPlugin && !settings.homeassistant.enabled) continue;
      await this.#plugins.add({ plugin: plugin(context) });
    }
    connection.open({
      filters: desk.filters(),
      received: (message) => this.#receive(message),
      arrived: () => void this.#arrive(),
    });
    this.#watch = Promise.all([this.#followFleet(changes), this.#followBook()]);
  }

  get brokerUrl(): string {
    return this.#parts.access.url;
  }

  get healthUrl(): string | undefined {
    return this.#health?.url;
  }

  get connected(): boolean {
    return this.#parts.connection.connected;
  }

  reload(): Promise<Reloaded> {
    return this.#parts.reload.now();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Announces everything, and only then says that the bridge is there. */
  async #arrive(): Promise<void> {
    const { topics, connection, desk } = this.#parts;
    const arrival = ++this.#arrivals;
    this.#retention.reset();
    if (!this.#prepared) {
      await desk.prepare();
      if (arrival !== this.#arrivals || !this.connected) return;
      this.#prepared = true;
    }
    const online = { topic: topics.bridgeState, payload: ONLINE, retain: true };
    if (!(await connection.announce(then(desk.announcements(), online)))) return;
    this.#announced = true;
    this.#tellReady();
  }

  async #serveHealth(context: BridgeContext): Promise<void> {
    const { settings, metrics, log } = this.#parts;
    if (settings.http === undefined || metrics === undefined) return;
    this.#health = await serveHealth(settings.http, {
      version,
      startedAt: context.startedAt,
      machines: this.fleet.machines,
      connected: () => this.connected,
      announced: () => this.#announced,
      metrics: async () => ({ type: metrics.contentType, text: await metrics.text(context) }),
    });
    log(`Health and metrics are at ${this.#health.url}.`);
  }

  #receive(message: Incoming): void {
    if (isCommandTopic(this.#parts.topics.base, message.topic)) {
      const verdict = this.#retention.judge(message);
      if (verdict === 'ignore') return;
      message = { ...message, retained: verdict === 'refuse' };
    }
    if (!this.fleet.plugins.received(message)) this.#plugins.received(message);
  }

  async #followFleet(changes: AsyncIterable<FleetChange>): Promise<void> {
    for await (const change of changes) {
      this.#plugins.tell(change);
      this.#parts.metrics?.changed(change);
      if (change.type === 'removed') this.#forget(change.machine);
    }
  }

  async #followBook(): Promise<void> {
    const { book, reload, log } = this.#parts;
    if (book === undefined) return;
    for await (const change of book.changes({ signal: this.#watching.signal })) {
      if (change.type === 'invalid') log.warn(`${change.error.message} The bridge goes on with what it knew.`);
      else await reload.takeOver().catch((error: Error) => log.warn(`The book was not taken over: ${error.message}`));
    }
  }

  /** A machine that came back under the same name keeps its topics. */
  #forget(machine: string): void {
    const { fleet, connection, desk } = this.#parts;
    if (fleet.machines.has(machine)) return;
    for (const topic of desk.retainedTopics(machine)) connection.publish({ topic, payload: '', retain: true });
    desk.forget(machine);
  }

  #context(): BridgeContext {
    const { fleet, embedded, access, desk, patience, ...shared } = this.#parts;
    const table = fleet.capabilities.map(derive);
    return {
      ...shared,
      fleet,
      table,
      byId: new Map(table.map((derived) => [derived.capability.id, derived])),
      embedded: embedded !== undefined,
      alerts: shared.ends.length > 0 && shared.settings.alerts.enabled,
      heard: (topic) => embedded?.hears(topic),
      brokerUrl: access.url,
      startedAt: new Date(),
      version,
      patience: { ...defaultFeaturePatience, ...patience },
      others: (plugin) => desk.announcements(plugin),
      forget: (machine) => this.#forget(machine),
      plugins: () => [...this.#plugins.statuses(), ...fleet.plugins.statuses()],
    };
  }

  async #close(): Promise<void> {
    const { topics, embedded, connection, ends } = this.#parts;
    await connection.mute();
    this.#retention.stop();
    await this.#plugins.close();
    connection.publish({ topic: topics.bridgeState, payload: OFFLINE, retain: true });
    await connection.close();
    this.#watching.abort();
    await this.#watch;
    for (const each of ends) await each[Symbol.asyncDispose]();
    await this.#parts.audit?.flush();
    await this.#health?.[Symbol.asyncDispose]();
    await embedded?.close();
  }
}

function* then(messages: Iterable<Message>, last: Message): Iterable<Message> {
  yield* messages;
  yield last;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
