/** A bridge while it runs: what comes in goes to the plugins, and what changes, too. */
import { readFileSync } from 'node:fs';
import {
  type Audit,
  type Book,
  type BridgeSettings,
  type Fleet,
  type FleetChange,
  type Log,
  PluginHost,
  type State,
} from '@amtkit/core/automation';
import type { BridgePatience } from './bridge-fleet.ts';
import type { EmbeddedBroker } from './broker/broker.ts';
import type { BrokerAccess } from './connection/client.ts';
import type { Connection } from './connection/connection.ts';
import type { MqttDesk } from './connection/desk.ts';
import type { Incoming, Message } from './connection/message.ts';
import { createRetention, type Retention } from './connection/retention.ts';
import { type BridgeContext, defaultFeaturePatience } from './context.ts';
import { derive } from './derive.ts';
import type { News } from './news.ts';
import { type HealthServer, serveHealth } from './operations/health.ts';
import type { LogLevels } from './operations/log-level.ts';
import type { Metrics } from './operations/metrics.ts';
import type { Reload, Reloaded } from './operations/reload.ts';
import type { Permit } from './permit.ts';
import { builtIn } from './plugins/built-in.ts';
import { homeAssistantPlugin } from './plugins/homeassistant.ts';
import { proofsOf } from './sharing/hand-over.ts';
import type { Sharing } from './sharing/sharing.ts';
import { isCommandTopic, machineIn, OFFLINE, ONLINE, type Topics } from './topics.ts';

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

/** What a bridge runs on. */
export interface BridgeParts {
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
  /** Absent where the fleet was handed in: such a bridge owns all of it. */
  readonly sharing: Sharing | undefined;
  readonly startedAt: Date;
  readonly patience: BridgePatience;
  /** What ends with the bridge. */
  readonly ends: readonly AsyncDisposable[];
  readonly logLevels: LogLevels;
  readonly news: News;
  readonly reload: Reload;
  readonly log: Log;
}

/** Broker and fleet, from the opening of the connection to the end. */
export class RunningBridge implements Bridge {
  readonly fleet: Fleet;
  readonly ready: Promise<void>;
  readonly #parts: BridgeParts;
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

  constructor(parts: BridgeParts) {
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
    const { fleet, settings, connection, desk, sharing } = this.#parts;
    const changes = fleet.watch({ signal: this.#watching.signal });
    const context = this.#context();
    await this.#serveHealth(context);
    for (const plugin of builtIn) {
      if (plugin === homeAssistantPlugin && !settings.homeassistant.enabled) continue;
      await this.#plugins.add({ plugin: plugin(context) });
    }
    sharing?.attach({
      sync: () => fleet.sync(),
      outdate: (machines) => fleet.outdate(machines),
      isBusy: (machine) => fleet.machines.get(machine)?.busy === true,
      settled: (early) => {
        for (const message of early) this.#receive(message);
        this.#begun();
      },
      retell: () => void connection.announce(desk.announcements()),
      again: () => void this.#arrive(),
    });
    connection.open({
      filters: [...desk.filters(), ...(sharing?.filters ?? [])],
      echoed: sharing?.echoed ?? [],
      received: (message) => this.#receive(message),
      arrived: () => void this.#arrive(),
      left: () => sharing?.leave(),
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
    const { topics, connection, desk, sharing } = this.#parts;
    const arrival = ++this.#arrivals;
    this.#retention.reset();
    if (!this.#prepared) {
      await desk.prepare();
      if (arrival !== this.#arrivals || !this.connected) return;
      this.#prepared = true;
    }
    if (sharing === undefined) {
      const online = { topic: topics.bridgeState, payload: ONLINE, retain: true };
      if (await connection.announce(chain(desk.announcements(), [online]))) this.#begun();
      return;
    }
    if (!(await sharing.arrive()) || arrival !== this.#arrivals) return;
    await connection.announce(chain([sharing.share.claim()], desk.announcements(), sharing.online()));
  }

  /** Everything was announced. */
  #begun(): void {
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
    const { topics, sharing } = this.#parts;
    if (sharing?.receive(message) === true) return;
    const machine = machineIn(topics.base, message.topic);
    const isCommand = isCommandTopic(topics.base, message.topic);
    if (sharing !== undefined && machine !== undefined) {
      if (isCommand && !sharing.share.isSettled) {
        sharing.early(message);
        return;
      }
      // Only our own plugins hear of the machines of others, to remember what came of their commands.
      if (!sharing.share.owns(machine)) {
        this.#plugins.received(message);
        return;
      }
    }
    if (isCommand) {
      const verdict = this.#retention.judge(message);
      if (verdict === 'ignore') return;
      const sender = this.#parts.embedded?.senderOf(message.topic, message.payload);
      message = { ...message, retained: verdict === 'refuse', sender };
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
    const { book, reload, sharing, log } = this.#parts;
    if (book === undefined) return;
    for await (const change of book.changes({ signal: this.#watching.signal })) {
      if (change.type === 'invalid') log.warn(`${change.error.message} The bridge goes on with what it knew.`);
      else {
        sharing?.share.bookChanged();
        await reload.takeOver().catch((error: Error) => log.warn(`The book was not taken over: ${error.message}`));
      }
    }
  }

  /** A machine that came back under the same name keeps its topics, and so does one that another bridge has now. */
  #forget(machine: string): void {
    const { fleet, connection, desk } = this.#parts;
    if (fleet.machines.has(machine)) return;
    if (!this.#knows(machine)) {
      for (const topic of desk.retainedTopics(machine)) connection.publish({ topic, payload: '', retain: true });
    }
    desk.forget(machine);
  }

  /** It is ours, or another bridge looks after it. */
  #knows(machine: string): boolean {
    const { fleet, book } = this.#parts;
    return fleet.machines.has(machine) || book?.machines.has(machine) === true;
  }

  #context(): BridgeContext {
    const { fleet, embedded, access, desk, patience, sharing, ...shared } = this.#parts;
    const table = fleet.capabilities.map(derive);
    return {
      ...shared,
      share: sharing?.share,
      fleet,
      table,
      byId: new Map(table.map((derived) => [derived.capability.id, derived])),
      embedded: embedded !== undefined,
      alerts: shared.ends.length > 0 && shared.settings.alerts.enabled,
      heard: (topic) => embedded?.hears(topic),
      brokerUrl: access.url,
      version,
      patience: { ...defaultFeaturePatience, ...patience },
      others: (plugin) => desk.announcements(plugin),
      knows: (machine) => this.#knows(machine),
      forget: (machine) => this.#forget(machine),
      plugins: () => [...this.#plugins.statuses(), ...fleet.plugins.statuses()],
    };
  }

  async #close(): Promise<void> {
    const { fleet, settings, topics, embedded, connection, ends, sharing } = this.#parts;
    await sharing?.handOver(proofsOf(fleet, settings));
    await connection.mute();
    this.#retention.stop();
    await this.#plugins.close();
    if (sharing?.isOutdone !== true) {
      connection.publish({ topic: topics.bridgeState, payload: OFFLINE, retain: true });
    }
    await connection.close();
    this.#watching.abort();
    await this.#watch;
    for (const each of ends) await each[Symbol.asyncDispose]();
    await this.#parts.audit?.flush();
    await this.#health?.[Symbol.asyncDispose]();
    await embedded?.close();
  }
}

function* chain(...parts: readonly Iterable<Message>[]): Iterable<Message> {
  for (const part of parts) yield* part;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
